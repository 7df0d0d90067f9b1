# SPDX-License-Identifier: GPL-2.0
"""kexec-elf-plan: odd files and machines, and the output for a reader

test_addresses.py compares its addresses with the addresses of the kernel.
"""

import json
import subprocess
import xml.dom.minidom
from dataclasses import dataclass
from pathlib import Path

import pytest
from vmtest.build import Build, clean_environment
from vmtest.elf import strip
from vmtest.project import TEST

SUITES = "check all"
pytestmark = pytest.mark.packages("libelf-dev", "libfdt-dev", "xz-utils", "zstd")
IOMEM = """40000000-7fffffff : System RAM
  40210000-4198ffff : Kernel code
  41990000-4217ffff : reserved
"""


@dataclass(frozen=True)
class Plan:
    """The command, a kernel, and a folder for files"""

    command: Path
    vmlinux: Path
    folder: Path

    def run(self, *words: str | Path, iomem: str = IOMEM) -> tuple[int, str, str]:
        """The exit code, stdout and stderr, for a machine"""
        (self.folder / "iomem").write_text(iomem)
        done = subprocess.run([self.command, "--iomem", self.folder / "iomem", *words], check=False,
                              text=True, capture_output=True)
        return done.returncode, done.stdout, done.stderr

    def json(self, *words: str | Path, iomem: str = IOMEM) -> dict[str, object]:
        """The plan as JSON"""
        status, out, err = self.run("--json", *words, iomem=iomem)
        assert status == 0, err
        return dict(json.loads(out))


@pytest.fixture(scope="module")
def plan(build: Build, tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Built from the Linux of the test"""
    folder = tmp_path_factory.mktemp("plan")
    subprocess.run([TEST / "host.sh", "build-plan", folder], check=True, stdout=subprocess.DEVNULL,
                   env=clean_environment(**build.environment()))
    return Plan(folder / "kexec-elf-plan", strip(build.vmlinux, folder / "vmlinux"), folder)


@pytest.mark.parametrize("program, suffix", [("gzip", "gz"), ("xz", "xz"), ("zstd", "zst")])
def test_compressed(plan: Plan, program: str, suffix: str) -> None:
    """A compressed kernel is planned like the kernel; if it is cut, one line reports that"""
    packed = plan.folder / f"packed.{suffix}"
    with packed.open("wb") as file:
        subprocess.run([program, "-1c", plan.vmlinux], check=True, stdout=file)
    whole = plan.json(plan.vmlinux)
    assert plan.json(packed) | {"kernel": 0} == whole | {"kernel": 0}
    cut = plan.folder / f"cut.{suffix}"
    cut.write_bytes(packed.read_bytes()[:-100])
    status, _, err = plan.run(cut)
    assert (status, err.splitlines()[-1]) == (
        1, f"kexec-elf-plan: {cut} is damaged or cut short, says {program}")


@pytest.mark.parametrize("iomem", [
    pytest.param(IOMEM.replace("\n", "\r\n"), id="CRLF"),
    pytest.param("80000000-bfffffff : System RAM\n" + IOMEM, id="unsorted"),
    pytest.param("00000000-00000fff : device\n" + IOMEM, id="device"),
    pytest.param(IOMEM + "".join(f"  {0x50000000 + i * 0x2000:x}-{0x50000fff + i * 0x2000:x} : "
                                 "reserved\n" for i in range(3000)), id="many-ranges"),
    pytest.param(IOMEM + "  41000000-41000fff : Kernel data\n" * 4000, id="nested"),
])
def test_machines(plan: Plan, iomem: str) -> None:
    """A machine as /proc/iomem or an editor writes it"""
    assert plan.json(plan.vmlinux, iomem=iomem)["accepted"] is True


def test_overlap(plan: Plan) -> None:
    """Ranges of RAM that overlap are refused"""
    status, _, err = plan.run(plan.vmlinux, iomem=IOMEM + "70000000-8fffffff : System RAM\n")
    assert status == 1 and "System RAM at 0x70000000 overlaps the range before" in err


@pytest.mark.parametrize("size, expected", [("30M", 30 << 20), ("30m", 30 << 20),
                                            ("1g", 1 << 30), ("64k", 64 << 10)])
def test_size_of_initrd(plan: Plan, size: str, expected: int) -> None:
    """Units in either case"""
    regions = plan.json("--initrd", size, plan.vmlinux,
                        iomem="40000000-13fffffff : System RAM\n")["regions"]
    assert isinstance(regions, list)
    assert [r["size"] for r in regions if r["kind"] == "initrd"] == [expected]


@pytest.mark.parametrize("name", [
    b"a\xef\xbf\xbfb", b"a\xffb", b"a\033[0m", b"a<&\"'>", b"\xc3\xa4", b"\xf0\x9f\x90\xa7",
    b"a\xed\xa0\x80", b"a\xc2\x85b"])
def test_names(plan: Plan, name: bytes) -> None:
    """Any name gives JSON and XML that can be read"""
    file = plan.folder / name.decode("utf-8", "surrogateescape")
    file.write_bytes(plan.vmlinux.read_bytes())
    svg = plan.folder / "picture.svg"
    shown = plan.json("--svg", svg, file)["kernel"]
    assert isinstance(shown, dict) and "\033" not in shown["file"]
    assert xml.dom.minidom.parse(str(svg)).documentElement.tagName == "svg"


@pytest.mark.parametrize("gib", [1, 4, 32, 1024])
def test_map(plan: Plan, gib: int) -> None:
    """The text map shows the kernel and the initrd, however large the machine is"""
    end = 0x40000000 + (gib << 30) - 1
    status, out, _ = plan.run("--initrd", "30M", plan.vmlinux,
                              iomem=f"40000000-{end:x} : System RAM\n")
    row = next(line for line in out.splitlines() if line.startswith("  0x000040000000"))
    assert status == 0 and {"K", "I"} <= set(row.split()[1]), out
    width = (gib << 30) / 64
    assert abs(row.split()[1].count("I") - (30 << 20) / width) <= 1.5


def test_picture(plan: Plan) -> None:
    """The picture has a size, a legend of all kinds, and a colour for each part of the kernel"""
    svg = plan.folder / "picture.svg"
    assert plan.run("--svg", svg, "--initrd", "30M", plan.vmlinux)[0] == 0
    root = xml.dom.minidom.parse(str(svg)).documentElement
    assert root.getAttribute("width") and root.getAttribute("height")
    texts = [t.firstChild.data for t in root.getElementsByTagName("text") if t.firstChild]
    assert {"text", "data", "initrd", "free", "reserved", "crashkernel"} <= set(texts)
    colours = {r.getElementsByTagName("title")[0].firstChild.data.partition(",")[0]:
               r.getAttribute("fill") for r in root.getElementsByTagName("rect")
               if r.getElementsByTagName("title")}
    assert colours["text"] != colours["data"]
