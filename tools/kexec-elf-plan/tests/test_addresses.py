# SPDX-License-Identifier: GPL-2.0
"""kexec-elf-plan, given the /proc/iomem of a guest, prints the addresses that the kernel there
chooses: a dozen loads, each compared address by address. Its answers to wrong arguments.
"""

import gzip
import json
import re
import subprocess
import xml.dom.minidom
from dataclasses import dataclass
from pathlib import Path

import pytest
from vmtest.build import clean_environment
from vmtest.devicetree import DeviceTree
from vmtest.elf import build_id
from vmtest.guest import Console
from vmtest.machine import Machine, sparse_memory
from vmtest.plugin import Lab
from vmtest.project import TEST, TOP

SUITES = "check all"
pytestmark = pytest.mark.packages("libfdt-dev", "zlib1g-dev")
DRAWN = ("kernel", "initrd", "device tree", "elfcorehdr")
SEVERAL = "kernels=k1,k2,k3,k4 bare=1"


@dataclass(frozen=True)
class Plan:
    """The command, for a build"""

    lab: Lab

    def run(self, *words: str | Path) -> tuple[int, str]:
        """The exit code and the text"""
        environment = clean_environment(**self.lab.build.environment())
        done = subprocess.run([TEST / "host.sh", "plan", *words], check=False, text=True,
                              env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return done.returncode, done.stdout

    def places(self, iomem: Path, *words: str | Path) -> str:
        """The addresses of a load, in the words of console.py"""
        size = re.search("-(16|64)k", self.lab.build.name)
        _, text = self.run("--json", "--iomem", iomem, "--page-size",
                           f"{size[1]}K" if size else "4K", *words)
        plan = json.loads(text)
        assert plan["accepted"], plan["said"]
        return ", ".join(sorted([f"base {plan['base']:#x} span {plan['span']:#x}"] + [
            f"{r['kind']} {r['start']:#x}" for r in plan["regions"] if r["kind"] in DRAWN]))


@pytest.fixture(scope="module")
def plan(lab: Lab) -> Plan:
    """kexec-elf-plan"""
    return Plan(lab)


@dataclass(frozen=True)
class Guest:
    """A guest with the kernels that it has loaded, and its /proc/iomem"""

    console: Console
    iomem: Path

    def file(self, name: str) -> Path:
        """A file on its disk"""
        return self.console.disk.folder / name


def load(lab: Lab, name: str, append: str, machine: Machine, more_initrd: int = 0) -> Guest:
    """Load the kernels that append names. The plan takes all memory for free, so they are copied,
    to the lowest hole."""
    disk = lab.disk("plan", f"plan-{name}")
    disk.pad_initrd(more_initrd)
    if not more_initrd:
        # The kernel takes an initrd as it is: compressed, it has another size
        initrd = disk.folder / "initrd"
        initrd.write_bytes(gzip.compress(initrd.read_bytes(), 1))
    disk.kernel("k1", lab.build.vmlinux)
    disk.kernel("k2", lab.build.image)
    disk.kernel("k3", lab.stripped)
    disk.kernel("k4", lab.build.vmlinux)
    disk.gzip("k4")
    console = lab.run(machine, disk, append)
    iomem = lab.folder / f"{name}.iomem"
    iomem.write_text("".join(f"{line}\n" for line in
                             re.findall("^@iomem (.*)", console.text, re.MULTILINE)))
    return Guest(console, iomem)


@pytest.fixture(scope="module")
def copied(lab: Lab) -> str:
    """The options that make the kernel copy a segment"""
    return "cma=0 copy=1" if lab.build.loads_in_place else "cma=0"


@pytest.fixture(scope="module")
def small(lab: Lab, copied: str) -> Guest:
    """512 MB"""
    return load(lab, "512m", f"{copied} {SEVERAL}", Machine(memory="512M"))


@pytest.mark.parametrize("nth, file, initrd", [
    (1, "k1", "initrd"), (2, "k2", "initrd"), (3, "k3", "size"), (4, "k4", "initrd"),
    (5, "k1", "")], ids=["vmlinux", "Image", "stripped", "gzip", "no initrd"])
def test_same(plan: Plan, small: Guest, nth: int, file: str, initrd: str) -> None:
    """The plan has the addresses of the kernel"""
    path = small.file("initrd")
    words: dict[str, list[str]] = {"": [], "initrd": ["--initrd", str(path)],
                                   "size": ["--initrd", str(path.stat().st_size)]}
    assert plan.places(small.iomem, *words[initrd], small.file(file)) == \
        small.console.fact(0, f"load.{nth}.places")


def test_crash(plan: Plan, lab: Lab, copied: str) -> None:
    """3 GB: for kexec -e, and as a crash kernel"""
    guest = load(lab, "3g", f"{copied} kernels=k1 crashkernel=128M page_poison=0",
                 Machine(memory="3G"))
    words = "--initrd", guest.file("initrd"), guest.file("k1")
    assert plan.places(guest.iomem, *words) == guest.console.fact(0, "load.1.places")
    assert plan.places(guest.iomem, "--crash", *words) == guest.console.fact(0, "load.2.places")


def test_base_0(plan: Plan, lab: Lab, copied: str) -> None:
    """RAM begins at physical address 0"""
    guest = load(lab, "base0", f"{copied} kernels=k1",
                 Machine(board="xlnx-versal-virt", cpu="", smp=0))
    assert plan.places(guest.iomem, "--initrd", guest.file("initrd"), guest.file("k1")) == \
        guest.console.fact(0, "load.1.places")


def test_retry(plan: Plan, lab: Lab, copied: str) -> None:
    """Two ranges of memory are further apart than an initrd may be from its kernel"""
    tree = DeviceTree(Machine().device_tree(lab.folder / "dtb"))
    tree.usable(0x40000000, 0x10000000, 0x840000000, 0x80000000)
    tree.reserve(0x41800000, 0xe800000)
    guest = load(lab, "34g", f"{copied} swiotlb=512 kernels=k1,k2 page_poison=0",
                 Machine(memory="34G", board="virt,memory-backend=ram",
                         more=(*sparse_memory("34G"), "-dtb", str(tree.path))), 12000000)
    for nth, file in (1, "k1"), (2, "k2"):
        assert plan.places(guest.iomem, "--initrd", guest.file("initrd"), guest.file(file)) == \
            guest.console.fact(0, f"load.{nth}.places")


def test_cma(plan: Plan, lab: Lab) -> None:
    """The kernel is put into CMA, and so is the plan's. Drivers have memory in CMA, too: the place
    within it cannot be known."""
    if not lab.build.loads_in_place:
        pytest.skip(f"Linux {lab.build.name} does not load into CMA")
    guest = load(lab, "cma", "kernels=k1", Machine())
    assert guest.console.number(0, "load.base") in guest.console.area(0, "cma")
    _, text = plan.run("--iomem", guest.iomem, "--cma", guest.console.fact(0, "cma"),
                       "--initrd", guest.file("initrd"), guest.file("k1"))
    assert re.search("nothing copied(?s:.*)in CMA, in place", text)


def test_free_memory(plan: Plan, lab: Lab) -> None:
    """Without CMA, the kernel is put into free memory, and the plan tells that it can be"""
    if not lab.build.loads_in_place:
        pytest.skip(f"Linux {lab.build.name} copies each kernel")
    guest = load(lab, "free", "cma=0 kernels=k1", Machine())
    assert guest.console.fact(0, "load.copied") == "0"
    _, text = plan.run("--iomem", guest.iomem, "--initrd", guest.file("initrd"), guest.file("k1"))
    assert "copied at the jump, or nothing if that memory is free" in text


def test_no_room(plan: Plan, small: Guest) -> None:
    """Without room, the plan has the words of the kernel, and exits with 1"""
    status, text = plan.run("--iomem", small.iomem, "--initrd", "495M", small.file("k1"))
    assert status == 1 and "leaves room for the initrd" in text


def test_no_kernel(plan: Plan, small: Guest) -> None:
    """For another file than a kernel, it has the cure from the documentation"""
    status, text = plan.run("--iomem", small.iomem, "/bin/sh")
    assert (status, text.splitlines()[-1]) == (
        1, "  The file is an object file, a program, or a module.")


def test_wrong_arguments(plan: Plan, small: Guest) -> None:
    """Wrong arguments, and an iomem that was not read as root"""
    assert plan.run() == (2, "")
    assert plan.run("--iomem", small.iomem, "--page-size", "8K", small.file("k1"))[0] == 2
    zeroes = small.iomem.with_suffix(".zero")
    zeroes.write_text(re.sub("[0-9a-f]", "0", small.iomem.read_text()))
    assert plan.run("--iomem", zeroes, small.file("k1"))[0] == 1


def test_picture(plan: Plan, small: Guest, tmp_path: Path) -> None:
    """The picture is SVG, and the text has the build-id of the file"""
    _, text = plan.run("--iomem", small.iomem, "--svg", tmp_path / "svg", small.file("k1"))
    picture = xml.dom.minidom.parse(str(tmp_path / "svg")).documentElement
    assert picture and picture.tagName == "svg"
    assert build_id(small.file("k1")) in text


def test_manual(plan: Plan) -> None:
    """Each option is in the manual page"""
    page = (TOP / "tools/kexec-elf-plan/kexec-elf-plan.8").read_text().replace("\\-", "-")
    options = set(re.findall("--[a-z-]+", plan.run("--help")[1]))
    assert options and [option for option in options if option not in page] == []
