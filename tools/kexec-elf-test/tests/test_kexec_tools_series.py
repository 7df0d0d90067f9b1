# SPDX-License-Identifier: GPL-2.0
"""make apply and make series for each kexec-tools: the same tree, and each patch builds"""

import filecmp
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from vmtest.build import Preparer
from vmtest.project import TOP, Cache, lines
from vmtest.series import LETTER, Series, Writer, written

SUITES = "check all"
APPLY = TOP / "scripts/apply.sh"
MAIN = os.environ.get("KEXEC_TOOLS", "")
RELEASES = [w[0] for w in lines(TOP / "patches/kexec-tools/versions") if w[1] != "git"]


@dataclass(frozen=True)
class Release:
    """A source of kexec-tools, and a writer of its series"""

    source: Path
    writer: Writer
    version: str

    def copy(self, name: str) -> Path:
        """A copy of the source"""
        to = self.writer.folder / name
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(self.source, to, symlinks=True)
        return to


@pytest.fixture(scope="module", params=[*RELEASES, *(["main"] if MAIN else [])])
def release(request: pytest.FixtureRequest, cache: Cache, preparer: Preparer,
            tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release, and the main branch if KEXEC_TOOLS names its source"""
    preparer.run("all-kexec-tools")
    source = cache.root / f"src/kexec-tools-{request.param}"
    if request.param == "main":
        source = Path(MAIN).resolve()
    writer = Writer(source, tmp_path_factory.mktemp("release"))
    version = writer.run("bash", "-c", f'. {TOP}/scripts/patches.sh; source_version "$1"', "-",
                         source)[1]
    return Release(source, writer, version)


def state(tree: Path) -> dict[str, bytes]:
    """All files"""
    return {str(p.relative_to(tree)): p.read_bytes() for p in tree.rglob("*")
            if p.is_file() and ".git" not in p.relative_to(tree).parts}


def test_apply(release: Release) -> None:
    """Laid over a tarball; a second time changes no file; undo leaves the tree as it was"""
    tree, run = release.copy("tar"), release.writer.run
    assert re.match(f"apply: laid over kexec-tools {release.version}, [1-9][0-9]* files",
                    run(APPLY, tree)[1])
    assert ", 0 files changed" in run(APPLY, tree)[1]
    assert "undone" in run(APPLY, "--undo", tree)[1]
    assert state(tree) == state(release.source)


def test_changed(release: Release) -> None:
    """A changed tree is refused as a whole"""
    tree = release.copy("changed")
    file = tree / "kexec/kexec.c"
    file.write_text(file.read_text().replace("do_kexec_file_load", "load_file"))
    before = state(tree)
    assert re.match(r"apply: patches/kexec-tools/.*\.patch does not apply to this kexec-tools "
                    f"{release.version}", release.writer.run(APPLY, tree)[1])
    assert state(tree) == before


@pytest.fixture(scope="module")
def series(release: Release) -> Series:
    """All series"""
    _, text = release.writer.write(release.source, "out")
    assert re.search(f"out/vmlinux: [1-9] patches for kexec-tools {release.version}", text), text
    return written(release.writer, release.writer.folder / "out", "kexec-tools")


def test_letters(release: Release, series: Series) -> None:
    """Each cover letter names the release"""
    for topic in series.topics:
        assert f"For kexec-tools {release.version}" in (series.out / topic / LETTER).read_text()


def test_each_builds(release: Release, series: Series, preparer: Preparer) -> None:
    """The tree builds before the first patch and after each, and ends as make apply leaves it"""
    tree, run = release.copy("git"), release.writer.run
    release.writer.commit(tree)
    preparer.run("configure-kexec-tools", str(tree))

    def build() -> None:
        status, text = run("make", "-C", tree, f"-j{os.cpu_count()}", "build/sbin/kexec")
        assert status == 0, text[-2000:]

    build()
    for patch in series.all():
        assert run("git", "-C", tree, "am", "-q", patch) == (0, ""), patch
        build()
    applied = release.copy("applied")
    run(APPLY, applied)
    shutil.rmtree(applied / ".kexec-vmlinux")
    run("git", "clone", "-q", tree, "clean")
    names = [str(p.relative_to(applied)) for p in applied.rglob("*")
             if p.is_file() and ".git" not in p.relative_to(applied).parts]
    assert filecmp.cmpfiles(applied, release.writer.folder / "clean", names,
                            shallow=False)[1:] == ([], [])


def test_too_old(tmp_path: Path) -> None:
    """A release before all patches"""
    (tmp_path / "old/kexec").mkdir(parents=True)
    (tmp_path / "old/kexec/kexec.c").touch()
    (tmp_path / "old/configure.ac").write_text("AC_INIT([kexec-tools],[2.0.20],[x])\n")
    _, text = Writer(tmp_path, tmp_path).run(APPLY, "old")
    assert f"apply: no patches for kexec-tools 2.0.20: {RELEASES[-1]} is the oldest" in text
