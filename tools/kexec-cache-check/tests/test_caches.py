# SPDX-License-Identifier: GPL-2.0
"""With a data cache that never cleans itself, a kernel that kexec starts finds the bytes it was
given in memory: no line of it and of its device tree is dirty, and no load finds memory that is
newer in the cache. Each rule is broken, too.
"""

import re
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import pytest
from vmtest.build import Preparer
from vmtest.guest import Console
from vmtest.machine import MAX_CPU, Machine
from vmtest.plugin import Lab
from vmtest.project import TOP, Cache

SUITES = "all caches"
LINUX = "NEWEST"
NVHE = Machine(board="virt,virtualization=on", smp=2)
VHE = Machine(board="virt,virtualization=on", cpu=MAX_CPU, smp=2)
EL1 = Machine(smp=2)


@dataclass(frozen=True)
class Checker:
    """kexec-cache-check, and the QEMU that it runs"""

    command: Path
    qemu: str

    def run(self, *words: str) -> tuple[int, list[str]]:
        """The exit code and the lines of the command itself"""
        done = subprocess.run([self.command, *words], check=False, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout.splitlines()


@pytest.fixture(scope="module")
def checker(cache: Cache, preparer: Preparer, tmp_path_factory: pytest.TempPathFactory) -> Checker:
    """The model of a cache, compiled"""
    preparer.run("qemu")
    folder = tmp_path_factory.mktemp("cache-check")
    subprocess.run(["make", "-s", "-C", TOP / "tools/kexec-cache-check", f"OUT={folder}"],
                   check=True)
    return Checker(folder / "kexec-cache-check",
                   str(cache.root / "qemu-10.0/usr/bin/qemu-system-aarch64"))


class Case(NamedTuple):
    """A load under the model"""

    machine: Machine
    append: str
    file: str = "vmlinux"
    options: str = ""
    build: str = ""             # the newest, unless it is named
    kernels: int = 2            # all that run
    pad: int = 0                # zeroes behind the initrd


@dataclass(frozen=True)
class Run:
    """A guest, and the report of the model"""

    guest: Console
    report: str

    def dirty(self) -> int:
        """The number of files of which a line was dirty when a kernel was entered"""
        return len(re.findall(r"^kernel \d+: [1-9]\d* of \d+ lines of ", self.report, re.MULTILINE))

    def clean(self, kernels: int) -> None:
        """Assert: so many kernels ran, without a violation"""
        assert re.fullmatch(f"end: {kernels} kernels, .* 0 sorts .* 0 DC,.*",
                            self.report.splitlines()[-1])
        assert self.dirty() == 0 and "violation: " not in self.report
        # The model sees the stores of each of them with the MMU off
        for n in range(1, kernels + 1):
            assert re.search(rf"^kernel {n}: CPU 0 turns the MMU on, after \d+ loads, [1-9]",
                             self.report, re.MULTILINE)


def run(lab: Lab, preparer: Preparer, checker: Checker, name: str, case: Case) -> Run:
    """Load the file there, twice if three kernels are to run"""
    build = preparer.linux(case.build.replace("NEWEST", lab.build.name) or lab.build.name)
    disk = lab.disk("caches", name)
    disk.build = build
    source = build.image if case.file == "Image" else build.vmlinux
    for n in range(1, case.kernels):
        disk.kernel(f"k{n}", source, vmlinux=build.vmlinux)
    disk.pad_initrd(case.pad)
    report = lab.folder / f"{name}.report"
    machine = replace(case.machine, qemu=(
        str(checker.command), "--map", str(build.out / "System.map"), "--log", str(report),
        *case.options.split(), checker.qemu))
    guest = lab.run(machine, disk, case.append, 300)
    shutil.copy(report, lab.cache.logs / f"check-caches-{name}.report")
    return Run(guest, report.read_text())


SOUND = {
    "nvhe": Case(NVHE, "copy=1 cma=0", options="--loads"),
    "nvhe-place": Case(NVHE, "cma=0", options="--loads"),
    "vhe-cma": Case(VHE, "cma=64M", options="--loads"),
    "image": Case(EL1, "copy=1 cma=0", "Image", "--loads"),
    "image-place": Case(EL1, "cma=0", "Image", "--loads"),
    "image-cma": Case(EL1, "cma=64M", "Image"),
    # The kernel has room in CMA, and its initrd has not
    "mixed": Case(EL1, "cma=16M@0x60000000", options="--loads", pad=24000000),
    "crash": Case(EL1, "cma=0 crash=1", options="--loads", kernels=3),
    "6.12": Case(EL1, "cma=0", build="6.12"),
    "16k": Case(Machine(cpu=MAX_CPU, smp=2), "cma=0", build="NEWEST-16k-secure"),
    "64k": Case(EL1, "cma=0", build="NEWEST-64k"),
}


@pytest.mark.parametrize("name", SOUND)
def test_clean(lab: Lab, preparer: Preparer, checker: Checker, name: str) -> None:
    """All lines are clean, and the kernel that was loaded runs"""
    case = SOUND[name]
    found = run(lab, preparer, checker, name, case)
    found.clean(case.kernels)
    found.guest.booted(case.kernels - 1, f"k{case.kernels - 1}")


# The cleaning of a place, without which the kernel and its device tree are dirty
BROKEN = {
    "no-copied": Case(EL1, "copy=1 cma=0", options="--ignore-dc copied"),
    "no-cma": Case(VHE, "cma=64M", options="--ignore-dc machine_kexec_post_load"),
    "no-place": Case(EL1, "cma=0", options="--ignore-dc machine_kexec_post_load"),
}


@pytest.fixture(scope="module", params=BROKEN)
def broken(request: pytest.FixtureRequest, lab: Lab, preparer: Preparer,
           checker: Checker) -> tuple[str, Run]:
    """Cleaning has no effect"""
    return request.param, run(lab, preparer, checker, request.param, BROKEN[request.param])


def test_dirty(broken: tuple[str, Run]) -> None:
    """The model finds the dirty kernel and device tree; of a copied kernel, also the fetch of a
    dirty line, from the first instruction on, and stores that may be lost"""
    name, found = broken
    assert found.dirty() == 2
    if name == "no-copied":
        assert re.search(r"violation: fetch of a dirty line, MMU off: kernel 2, CPU 0, "
                         r"at 0x[0-9a-f]+ \(_text\+0\)", found.report)
        assert re.search(r"violation: store over a dirty line, MMU off: kernel 2.* \(boot_args",
                         found.report)


def test_stale(lab: Lab, preparer: Preparer, checker: Checker) -> None:
    """Without the invalidation of the first page tables of a kernel, a stale line may hide them"""
    case = Case(EL1, "cma=0", options="--loads --ignore-dc dcache_inval_poc")
    found = run(lab, preparer, checker, "no-inval", case)
    assert re.search(r"violation: load of what was stored with the MMU off and not invalidated: "
                     r"kernel 2, CPU 0, at 0x[0-9a-f]+ \(__pi_init_idmap_pg_dir", found.report)


def test_plain(lab: Lab, preparer: Preparer, checker: Checker) -> None:
    """Linux without the fixes leaves a kernel in CMA dirty if its initrd has no room there"""
    case = Case(Machine(smp=2, memory="5G"), "cma=64M", "Image", "--ram 0x40000000:0x140000000",
                "NEWEST-plain", pad=83000000)
    found = run(lab, preparer, checker, "plain", case)
    dirty = re.search(r"^kernel 2: (\d+) of \d+ lines of the kernel", found.report, re.MULTILINE)
    assert dirty and int(dirty[1]) > 10000


@pytest.mark.parametrize("words", ["", "--bad", "--map /none true", "--map MAP",
                                   "--map MAP --ram x true"])
def test_wrong_arguments(lab: Lab, checker: Checker, words: str) -> None:
    """Wrong arguments are reported in one line"""
    status, lines = checker.run(*words.replace("MAP", str(lab.build.out / "System.map")).split())
    assert (status, len(lines)) == (2, 1), lines


def test_no_qemu(lab: Lab, checker: Checker) -> None:
    """A command that is no QEMU is reported"""
    assert checker.run("--map", str(lab.build.out / "System.map"), "false") == (
        1, ["kexec-cache-check: QEMU failed (1), or is no QEMU 10.0"])
