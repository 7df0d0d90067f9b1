# SPDX-License-Identifier: GPL-2.0
"""scripts/edit.sh: the patches as a git tree, and back"""

import filecmp
import hashlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from vmtest.build import Preparer
from vmtest.project import TOP, Cache, linux_versions

SUITES = "check all"
NEWEST, OLDEST = linux_versions()[0], linux_versions()[-1]
READ = ":/Report which file cannot be read"
LOADER = "arch/arm64/kernel/kexec_elf.c"


@dataclass(frozen=True)
class Editing:
    """A copy of the project, a cache of the files that the patches touch, and a git tree"""

    folder: Path
    environment: dict[str, str]

    @property
    def project(self) -> Path:
        """The copy of the project"""
        return self.folder / "project"

    @property
    def tree(self) -> Path:
        """The git tree"""
        return self.folder / "tree"

    def run(self, *words: str | Path, folder: Path | None = None) -> tuple[int, str]:
        """The exit code, and the messages in a line"""
        done = subprocess.run(words, check=False, text=True, cwd=folder or self.tree,
                              env=self.environment, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        return done.returncode, " ".join(done.stdout.splitlines())

    def edit(self, *words: str | Path) -> tuple[int, str]:
        """edit.sh"""
        return self.run(self.project / "scripts/edit.sh", *words, folder=self.folder)

    def save(self) -> str:
        """Write the tree back"""
        return self.edit("--save", self.tree)[1]

    def git(self, *words: str) -> str:
        """git, in the tree"""
        status, text = self.run("git", *words)
        assert status == 0, text
        return text

    def change(self, file: str, pattern: str, to: str) -> None:
        """Change the first match in a file"""
        path = self.tree / file
        text, count = re.subn(pattern, to, path.read_text(), count=1)
        assert count
        path.write_text(text)

    def fixup(self, commit: str) -> None:
        """Commit all changes, for that commit"""
        self.git("commit", "-qa", "--fixup", commit)

    def squash(self) -> None:
        """Put the changes into their commits"""
        self.git("rebase", "-qi", "--autosquash", "original")

    def differences(self) -> list[str]:
        """The patches that differ from those of the project"""
        mine, theirs = ({p.relative_to(top): p.read_bytes()
                         for p in (top / "patches").rglob("*") if p.is_file()}
                        for top in (self.project, TOP))
        return sorted(str(p) for p in mine.keys() | theirs.keys() if mine.get(p) != theirs.get(p))

    def state(self) -> str:
        """A digest of the copy of the project"""
        files = sorted(p for p in self.project.rglob("*") if p.is_file())
        return hashlib.sha256(b"".join(str(p).encode() + p.read_bytes() for p in files)).hexdigest()

    def patch(self, pattern: str) -> Path:
        """The only patch that matches"""
        found, = (self.project / "patches").glob(pattern)
        return found


@pytest.fixture(scope="module")
def caches(cache: Cache, preparer: Preparer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache with the original files of each Linux"""
    folder = tmp_path_factory.mktemp("cache")
    for version in linux_versions():
        preparer.run("source", version)
        source = cache.source(version)
        to = folder / "kexec-vmlinux/src" / source.name
        shutil.copytree(source / ".kexec-vmlinux/orig", to)
        for name in "Makefile", "Kbuild":
            shutil.copy(source / name, to)
    return folder


def start(folder: Path, caches: Path, version: str) -> Editing:
    """The project as it is, and a tree of it"""
    config = folder / "gitconfig"
    config.write_text("[user]\n\tname = A. Hacker\n\temail = hacker@example.org\n")
    editing = Editing(folder, {
        **os.environ, "XDG_CACHE_HOME": str(caches), "GIT_CONFIG_GLOBAL": str(config),
        "GIT_CONFIG_NOSYSTEM": "1", "GIT_SEQUENCE_EDITOR": ":"})
    for name in "arch", "Documentation", "tools/testing", "patches", "scripts":
        shutil.copytree(TOP / name, editing.project / name)
    status, text = editing.edit(version, editing.tree)
    assert status == 0, text
    return editing


@pytest.fixture
def newest(tmp_path: Path, caches: Path) -> Editing:
    """A tree of the newest Linux"""
    return start(tmp_path, caches, NEWEST)


def test_unchanged(newest: Editing) -> None:
    """One commit for each patch, with our files; without a change, no file is written"""
    patches = subprocess.run(["bash", "-c", '. scripts/patches.sh; patches_for "$1" | wc -l', "-",
                              NEWEST], check=True, cwd=TOP, text=True, stdout=subprocess.PIPE)
    assert len(newest.git("log", "--format=%h", "original..").split()) == int(patches.stdout)
    assert newest.git("ls-files", LOADER) == LOADER
    # A later patch may change our file
    if len(newest.git("log", "--format=%h", "--", LOADER).split()) == 1:
        assert filecmp.cmp(newest.tree / LOADER, TOP / LOADER, shallow=False)
    assert (newest.save(), newest.differences()) == ("", [])


def test_save(newest: Editing, caches: Path) -> None:
    """A changed patch, a file of ours, a new patch and a dropped one are written back"""
    newest.change("kernel/kexec_file.c", "could not read the initrd", "cannot read the initrd")
    newest.fixup(READ)
    newest.change(LOADER, r"(?m)^ \* Kexec vmlinux .*", " * Another title")
    newest.fixup(":/^arm64: kexec_file: Load vmlinux")
    with open(newest.tree / "kernel/kexec_elf.c", "a", encoding="utf-8") as file:
        file.write("\n/* The end */\n")
    newest.git("commit", "-qam", "kexec_elf: Add a comment")
    newest.squash()
    drop = newest.git("log", "-1", "--format=%h", "--grep=segments are too large")
    newest.git("rebase", "-q", "--onto", f"{drop}^", drop)
    said = newest.save()
    for words in (f"edit: {LOADER} ", "patches/linux/messages/[0-9]*-unreadable.patch",
                  "patches/linux/[a-z-]*/[0-9]*-kexec_elf-add-a-comment.patch",
                  "too-large.patch is gone"):
        assert re.search(words, said), said
    text = newest.patch("linux/messages/*unreadable.patch").read_text()
    assert re.search(r"(?m)^\+.*cannot read the initrd", text)
    assert len(newest.differences()) == said.count("patches/")
    assert newest.save() == ""
    for version in NEWEST, OLDEST:
        source, = (caches / "kexec-vmlinux/src").glob(f"linux-{version}.*")
        apply = newest.project / "scripts/apply.sh"
        assert f"laid over Linux {version}" in newest.run(apply, source)[1]
        newest.run(apply, "--undo", source)


def test_newest_alone(newest: Editing) -> None:
    """A change that does not fit an older Linux leaves the older as it was, in an override"""
    newest.change("kernel/kexec_file.c", "could not read the kernel", r"\g<0> here")
    newest.change("kernel/kexec_file.c", r"(?m)^static int kexec_alloc_contig\(",
                  r"/* newest */\n\g<0>")
    newest.fixup(READ)
    newest.squash()
    assert re.search(r"unreadable stays as it was for Linux [0-9.]*: change it there, too.*"
                     r"unreadable@[0-9.]*\.patch", newest.save())
    assert filecmp.cmp(next(TOP.glob("patches/linux/messages/*unreadable.patch")),
                       newest.patch("linux/messages/*unreadable@*.patch"), shallow=False)


def test_oldest_alone(tmp_path: Path, caches: Path) -> None:
    """A change that fits only an older Linux is an override, which wants a reason"""
    oldest = start(tmp_path, caches, OLDEST)
    oldest.change("kernel/kexec_file.c", "could not read the kernel", r"\g<0> here")
    oldest.change("kernel/kexec_file.c", "#include <crypto/hash.h>\n", r"\g<0>/* oldest */\n")
    oldest.fixup(READ)
    oldest.squash()
    assert f"unreadable@{OLDEST}.patch" in oldest.save()
    text = oldest.patch("linux/messages/*unreadable@*.patch").read_text()
    assert len(re.findall("(?m)^Differs: $", text)) == 1
    assert filecmp.cmp(next(TOP.glob("patches/linux/messages/*unreadable.patch")),
                       oldest.patch("linux/messages/*unreadable.patch"), shallow=False)


def test_refused(newest: Editing) -> None:
    """Uncommitted changes, two commits of one name, a folder with files, and an unknown version are
    refused, and all files stay as they were"""
    before = newest.state()
    with open(newest.tree / "kernel/kexec_file.c", "a", encoding="utf-8") as file:
        file.write("\n")
    assert "has changes that are not committed" in newest.save()
    newest.git("checkout", "-q", ".")
    newest.change("kernel/kexec_file.c", "could not read the kernel", "cannot read the kernel")
    newest.git("commit", "-qam", "Patch the same twice")
    newest.git("notes", "add", "-f", "-m", "Patch: messages/0010-elf")
    assert "edit: two commits are messages/0010-elf" in newest.save()
    assert newest.state() == before
    assert "tree is not empty" in newest.edit(NEWEST, newest.tree)[1]
    assert "edit: no source of Linux 5.99 in " in newest.edit("5.99", newest.folder / "none")[1]


@pytest.mark.parametrize("words", ["", NEWEST, "--save", "--bad x", "linux none"])
def test_wrong_arguments(tmp_path: Path, words: str) -> None:
    """Wrong arguments"""
    done = subprocess.run([TOP / "scripts/edit.sh", *words.split()], check=False, cwd=tmp_path,
                          capture_output=True)
    assert done.returncode == 2


def test_help() -> None:
    """--help"""
    assert b"Exit:" in subprocess.run([TOP / "scripts/edit.sh", "--help"], check=True,
                                      stdout=subprocess.PIPE).stdout
