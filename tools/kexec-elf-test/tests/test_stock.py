# SPDX-License-Identifier: GPL-2.0
"""kexec(8) on kernels without our patches, configured as distributions do: a table of kernel, file
and option, with the result and the printed line of each cell. log/stock-KERNEL.txt has the table.
"""

import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest
from vmtest.build import Preparer
from vmtest.guest import Console
from vmtest.machine import Machine
from vmtest.plugin import Lab
from vmtest.project import TOP, Cache, lines

SUITES = ("stock@NEWEST-plain,NEWEST-rhel-plain,NEWEST-load-only-plain,6.1-plain "
          "all@NEWEST-plain,NEWEST-rhel-plain,NEWEST-load-only-plain,6.1-plain")
pytestmark = pytest.mark.packages("xz-utils")

WAYS = ("-l", "-s -l", "-a -l", "-c -l", "-s -p", "-a -p", "-c -p")
FILES = ("vmlinux", "vmlinux.xz", "Image", "Image.gz")


class Mode(NamedTuple):
    """How the kernel is booted"""

    append: str
    strict: bool    # it takes only signed files


MODES = {"open": Mode("", False), "lockdown": Mode("lockdown=integrity", True),
         "appraise": Mode("ima_appraise=enforce ima_policy=secure_boot", True)}


class Calls(NamedTuple):
    """The system calls that a build has"""

    file: bool
    load: bool
    signed: bool


def calls(name: str) -> Calls:
    """Of a build"""
    return Calls("load-only" not in name, "rhel" not in name, "rhel" in name)


def expected(have: Calls, mode: Mode, way: str, file: str) -> tuple[bool, str]:
    """Does it load? If not, a part of the line that is printed"""
    if "-c" in way or ("-s" not in way and not have.file):
        if not have.load:
            return False, "Function not implemented: this kernel has kexec_file_load(): use -s"
        return True, ""
    if not have.file:
        return False, "This kernel has no kexec_file_load(): use -a or -c"
    if mode.strict:
        return False, ("this kernel takes only signed files, and has no loader for vmlinux: load a "
                       "signed Image, or boot a kernel with the loader" if "vmlinux" in file else
                       "sign")
    return True, ""


@pytest.fixture(scope="module", params=MODES)
def tried(request: pytest.FixtureRequest, lab: Lab) -> tuple[Console, Calls, Mode, list[str]]:
    """All cells, and then each way of loading a vmlinux, up to a crash"""
    if not lab.build.name.endswith("-plain"):
        pytest.skip(f"Linux {lab.build.name} has the loader")
    mode, have = MODES[request.param], calls(lab.build.name)
    if mode.strict and not have.signed:
        pytest.skip(f"Linux {lab.build.name} verifies no signatures")
    disk = lab.disk("stock", f"stock-{request.param}")
    (disk.folder / "cell-vmlinux").write_bytes(lab.stripped.read_bytes())
    (disk.folder / "cell-Image").write_bytes(lab.build.image.read_bytes())
    for command, file in ("xz -0k", "vmlinux"), ("gzip -1k", "Image"):
        subprocess.run([*command.split(), disk.folder / f"cell-{file}"], check=True)
    (disk.folder / "ways").write_text("".join(f"{way}\n" for way in WAYS))
    jumps = [way for way in WAYS if expected(have, mode, way, "vmlinux")[0]]
    # The last one captures
    jumps = [w for w in jumps if "-l" in w] + [f"crash {w}" for w in jumps if "-p" in w][:1]
    for i, _ in enumerate(jumps):
        disk.kernel(f"k{i + 1}", lab.build.vmlinux)
    (disk.folder / "next").write_text("".join(f"{w} k{i + 1}\n" for i, w in enumerate(jumps)))
    console = lab.run(Machine(smp=2), disk,
                      f"crashkernel=128M carry=crashkernel=128M {mode.append}", seconds=400)
    table = [f"{way:6} {file:11} {console.fact(0, way.replace(' ', '') + '.' + file)}\n"
             for way in WAYS for file in FILES]
    (lab.cache.logs / f"stock-{lab.build.name}-{request.param}.txt").write_text("".join(table))
    return console, have, mode, jumps


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("way", WAYS)
def test_cell(tried: tuple[Console, Calls, Mode, list[str]], way: str, file: str) -> None:
    """It loads, or one line has the reason and the cure"""
    console, have, mode, _ = tried
    cell = f"{way.replace(' ', '')}.{file}"
    status, count, words = (console.fact(0, cell) + "  ").split(" ", 2)
    loads, reason = expected(have, mode, way, file)
    loaded = console.fact(0, f"loaded{cell}").split()
    if loads:
        assert (status, loaded) == ("0", ["0", "1"] if "-p" in way else ["1", "0"]), words
    else:
        assert status not in ("0", "") and loaded == ["0", "0"], words
        # For -c -p, kexec also reports that this kernel's list of symbols lacks _text
        assert count == ("2" if way == "-c -p" and have.file else "1"), words
        assert reason in words, words


def test_boots(tried: tuple[Console, Calls, Mode, list[str]]) -> None:
    """The next kernels are the loaded ones; the last one captures"""
    console, _, _, jumps = tried
    for hop, way in enumerate(jumps, 1):
        console.booted(hop, f"k{hop}")
        assert (console.fact(hop, "vmcore") == "ELF") == way.startswith("crash")


@pytest.mark.packages("qemu-user-static")
def test_neither(cache: Cache, preparer: Preparer, tmp_path: Path) -> None:
    """qemu-user is a kernel without either call: -s reports it in one line"""
    preparer.user_space()
    newest = next(w[0] for w in lines(TOP / "patches/kexec-tools/versions") if w[1] != "git")
    file = tmp_path / "vmlinux"
    subprocess.run(["aarch64-linux-gnu-gcc", "-static", "-x", "c", "-", "-o", file], check=True,
                   input=b"int main(void) { return 0; }")
    done = subprocess.run(
        ["qemu-aarch64-static", cache.root / f"build/kexec-tools-{newest}/build/sbin/kexec",
         "-s", "-l", file], check=False, text=True, capture_output=True)
    assert (done.returncode, done.stderr) == (
        253, "This kernel has no kexec_file_load(), and no kexec_load()\n")
