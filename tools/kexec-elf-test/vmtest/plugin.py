# SPDX-License-Identifier: GPL-2.0
"""pytest's options, suites and fixtures for the tests of the project

A module of tests states SUITES = "check all@EACH" (see suites.py), and LINUX = "NEWEST-64k" if it
needs a certain build. Its tests ask for fixtures: build is the Linux that the test runs on, lab
makes disks and runs guests.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from . import guest
from .build import Build, Preparer
from .disk import Disk
from .elf import Editor, output, strip
from .guest import Console
from .machine import Machine
from .project import TEST, Cache, kernels, linux_versions
from .suites import DEFAULT, SUITES, runs
from .tap import TapFile


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("vmtest")
    group.addoption("--linux", default=linux_versions()[0], choices=kernels(), metavar="NAME",
                    help="the Linux that guests boot first (default: the newest)")
    group.addoption("--list-packages", action="store_true",
                    help="print the packages that tests need")


def pytest_configure(config: pytest.Config) -> None:
    for name, words in SUITES.items():
        config.addinivalue_line("markers", f"{name}: {words}")
    config.addinivalue_line("markers", "asked: runs on the Linux of --linux")
    config.addinivalue_line("markers", "packages(name, ...): Debian's packages that a test needs")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> TapFile | None:
    if file_path.suffix == ".t" and file_path.parent == TEST / "t":
        return TapFile.from_parent(parent, path=file_path)     # type: ignore[no-any-return]
    return None


def suites_of(module: Any) -> str:
    """The statement of a module"""
    return str(getattr(module, "SUITES", DEFAULT))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that needs a Linux runs on each that its suites name"""
    if "linux" not in metafunc.fixturenames:
        return
    asked = str(metafunc.config.getoption("--linux"))
    only = str(getattr(metafunc.module, "LINUX", ""))
    # pytest compares parameters with "is", and makes the fixtures again for another
    metafunc.parametrize("linux", [
        pytest.param(sys.intern(name), marks=[getattr(pytest.mark, m) for m in sorted(suites)] +
                     ([pytest.mark.asked] if only or name == asked else []))
        for name, suites in runs(suites_of(metafunc.module), asked, only).items()],
        indirect=True, scope="module")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Other tests run once"""
    for item in items:
        if isinstance(item, pytest.Function) and "linux" not in item.fixturenames:
            for mark in ["asked"] + [w.partition("@")[0] for w in suites_of(item.module).split()]:
                item.add_marker(mark)


def pytest_collection_finish(session: pytest.Session) -> None:
    if session.config.getoption("--list-packages"):
        found: set[str] = set()
        for item in session.items:
            found.update(getattr(item, "fields", {}).get("packages", "").split())
            for mark in item.iter_markers("packages"):
                found.update(mark.args)
        print("packages:", *sorted(found))
        pytest.exit("listed", 0)


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """With -v, the name of a line of TAP"""
    name = getattr(report, "check", None)
    if not name:
        return None
    letter = {"passed": ".", "failed": "F", "skipped": "s"}[report.outcome]
    return report.outcome, letter, f"{report.outcome.upper()} {name}"


@pytest.fixture(scope="session")
def cache() -> Cache:
    """The folder of sources and builds"""
    return Cache.default()


@pytest.fixture(scope="session")
def preparer(cache: Cache) -> Preparer:
    """Makes sources and builds"""
    return Preparer(cache)


@pytest.fixture(scope="module")
def linux(request: pytest.FixtureRequest) -> str:
    """The name of a Linux, from pytest_generate_tests()"""
    return str(request.param)


@pytest.fixture(scope="module")
def build(linux: str, preparer: Preparer) -> Build:
    """The Linux on which the test runs, built"""
    return preparer.linux(linux)


@pytest.fixture(scope="session")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Editor:
    """vmlinux-edit"""
    command = tmp_path_factory.mktemp("editor") / "vmlinux-edit"
    output("gcc", "-O2", "-Wall", "-Wextra", "-o", command, TEST / "qemu/vmlinux-edit.c", "-lelf")
    return Editor(command)


@dataclass(frozen=True)
class Lab:
    """Makes disks with kernels of a build, and runs guests with them"""

    name: str
    build: Build
    cache: Cache
    editor: Editor
    folder: Path

    @cached_property
    def stripped(self) -> Path:
        """The vmlinux of the build, without debug information"""
        return strip(self.build.vmlinux, self.folder / "stripped")

    def disk(self, job: str, name: str = "", ballast: int = 1000000,
             user_space: Path | None = None) -> Disk:
        """A disk with the job of that name, and an initrd with so many random bytes; another user
        space than the usual can take the place of init and job"""
        return Disk.new(self.folder / (name or job), job, self.build, self.editor,
                        user_space or self.cache.initramfs, ballast)

    def run(self, machine: Machine, disk: Disk, append: str = "", seconds: int = 120,
            linger: int = 3) -> Console:
        """Boot the build of the disk, and run the job there"""
        name = f"{self.name}-{disk.folder.name}-{disk.build.name}"
        return guest.run(machine, disk, self.cache, name, append, seconds, linger)


@pytest.fixture(scope="module")
def lab(request: pytest.FixtureRequest, build: Build, cache: Cache, editor: Editor,
        preparer: Preparer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Disks and guests of a module of tests"""
    preparer.user_space()
    folder = tmp_path_factory.mktemp("lab")
    name = request.module.__name__.rpartition("test_")[2]
    yield Lab(name, build, cache, editor, folder)
