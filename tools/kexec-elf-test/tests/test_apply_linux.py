# SPDX-License-Identifier: GPL-2.0
"""make apply on the source of Linux: changes, and refusals, which leave the tree as it was"""

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

SUITES = "check all@EACH"
APPLY = TOP / "scripts/apply.sh"
OURS = "arch/arm64/kernel/kexec_elf.c"
Done = tuple[int, str]


def run(*words: str | Path, folder: Path | None = None, path: Path | None = None) -> Done:
    """The exit code and the messages"""
    environment = {**os.environ, **({"PATH": f"{path}:{os.environ['PATH']}"} if path else {})}
    done = subprocess.run(words, check=False, cwd=folder, env=environment, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    return done.returncode, done.stdout.rstrip("\n")


def apply(*words: str | Path, path: Path | None = None) -> Done:
    """apply.sh"""
    return run(APPLY, *words, path=path)


def bash(script: str, *words: str | Path) -> str:
    """The output of a script that uses scripts/patches.sh"""
    status, text = run("bash", "-euc", f". {TOP}/scripts/patches.sh; {script}", "bash", *words)
    assert status == 0, text
    return text


def state(folder: Path) -> dict[str, str]:
    """A digest of each file"""
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
            for p in folder.rglob("*") if p.is_file() and ".git" not in p.parts}


@dataclass(frozen=True)
class Source:
    """A patched source of Linux, of which trees are made"""

    linux: Path
    version: str
    patches: list[Path]
    applied: Path           # such a tree, with the project

    @property
    def original(self) -> Path:
        """The files that the patches touch, as they were"""
        return self.linux / ".kexec-vmlinux/orig"

    def tree(self, folder: Path) -> Path:
        """A new Linux tree of these files alone"""
        shutil.copytree(self.original, folder)
        (folder / "arch/arm64/kernel").mkdir(parents=True, exist_ok=True)
        for name in "Makefile", "Kbuild":
            shutil.copy(self.linux / name, folder)
        return folder


@pytest.fixture(scope="module")
def source(linux: str, cache: Cache, preparer: Preparer,
           tmp_path_factory: pytest.TempPathFactory) -> Source:
    """The source, and a tree with the project"""
    preparer.run("source", linux)
    path = cache.source(linux.partition("-")[0])
    version = bash('source_version "$1"', path)
    applied = tmp_path_factory.mktemp("applied") / "tree"
    found = Source(path, version, [Path(p) for p in
                                   bash('patches_for "$1"', version).splitlines()], applied)
    found.tree(applied)
    status, text = apply(applied)
    assert status == 0, text
    return found


@pytest.fixture
def tree(source: Source, tmp_path: Path) -> Path:
    """A tree without the project"""
    return source.tree(tmp_path / "tree")


def refused(tree: Path, words: str, *options: str) -> None:
    """Assert: in one line, with exit code 1, and the tree is as it was"""
    before = state(tree)
    status, text = apply(*options, tree)
    assert status == 1 and re.match(f"apply: {words}", text) and "\n" not in text, text
    assert state(tree) == before


def test_apply(source: Source, tree: Path) -> None:
    """A tree without git gets our files and the patches"""
    status, text = apply(tree)
    assert status == 0
    assert re.match(rf"apply: laid over Linux {source.version}, [1-9]\d* files changed", text)
    assert "Kexec vmlinux" in (tree / OURS).read_text()
    assert "kexec_elf.o" in (tree / "arch/arm64/kernel/Makefile").read_text()


def test_twice(source: Source, tmp_path: Path) -> None:
    """A second time touches no file, and undo leaves the tree as it was"""
    tree = tmp_path / "tree"
    shutil.copytree(source.applied, tree)
    before, file = state(tree), tree / "kernel/kexec_core.c"
    os.utime(file, (10 ** 9, 10 ** 9))
    assert ", 0 files changed" in apply(tree)[1]
    assert state(tree) == before and file.stat().st_mtime == 10 ** 9
    assert "undone" in apply("--undo", tree)[1]
    assert state(tree) == state(source.tree(tmp_path / "fresh"))


def test_git(source: Source, tree: Path) -> None:
    """A git tree, after git stash, is as it should be, and git am takes the patches"""
    def git(*words: str) -> None:
        status, text = run("git", "-c", "user.name=x", "-c", "user.email=x@example.org", *words,
                           folder=tree)
        assert status == 0, text

    git("init", "-q")
    git("config", "user.name", "x")
    git("config", "user.email", "x@example.org")
    git("add", "-A")
    git("commit", "-qm", "Linux")
    apply(tree)
    git("stash", "-q")
    assert "laid over" in apply(tree)[1]
    for folder in "kernel", "arch":
        assert state(tree / folder) == state(source.applied / folder)
    git("checkout", "-q", ".")
    git("clean", "-fdxq")
    assert bash('commit_patches "$@"', tree, *source.patches) == ""


@pytest.mark.parametrize("then", ["apply", "undo"])
def test_interrupted(source: Source, tree: Path, tmp_path: Path, then: str) -> None:
    """After an interrupted run, some files are new, and the state is not there yet"""
    shutil.copytree(source.applied / ".kexec-vmlinux", tree / ".kexec-vmlinux")
    (tree / ".kexec-vmlinux/new").rename(tree / ".kexec-vmlinux/next")
    for name in "kernel/kexec_core.c", OURS:
        shutil.copy(source.applied / name, tree / name)
    assert apply(*(["--undo"] if then == "undo" else []), tree)[0] == 0
    wanted = source.tree(tmp_path / "fresh") if then == "undo" else source.applied
    assert state(tree) == state(wanted)


def test_two_at_once(source: Source, tree: Path) -> None:
    """Two at once leave the tree as one does"""
    with subprocess.Popen([APPLY, tree], stdout=subprocess.DEVNULL) as other:
        apply(tree)
        other.wait()
    assert state(tree) == state(source.applied)


def test_full_disk(tree: Path, tmp_path: Path) -> None:
    """A disk that is full: the tree stays as it was, until there is room; undo works once"""
    before, small = state(tree), tmp_path / "bin"
    small.mkdir()
    (small / "cp").write_text('#!/bin/sh\nfor to; do :; done\ncase $to in\n*/.kexec-vmlinux/*) '
                              ': >"$to"; echo "cp: no space left on device" >&2; exit 1 ;;\n'
                              'esac\nexec /bin/cp "$@"\n')
    (small / "cp").chmod(0o755)
    status, _ = apply(tree, path=small)
    assert status == 1 and state(tree / "kernel") == {
        name.removeprefix("kernel/"): digest for name, digest in before.items()
        if name.startswith("kernel/")}
    assert "laid over" in apply(tree)[1]
    assert "undone" in apply("--undo", tree)[1] and state(tree) == before
    assert "nothing to undo" in apply("--undo", tree)[1]


def test_hard_links(tree: Path, tmp_path: Path) -> None:
    """A tree that shares files with another by hard links leaves the other alone"""
    other = tmp_path / "other"
    shutil.copytree(tree, other, copy_function=os.link)
    before = state(other)
    apply(tree)
    assert state(other) == before


def as_version(tree: Path, version: int, level: int) -> None:
    """Give a tree another version"""
    makefile = tree / "Makefile"
    text = re.sub("(?m)^VERSION = .*", f"VERSION = {version}", makefile.read_text(), count=1)
    makefile.write_text(re.sub("(?m)^PATCHLEVEL = .*", f"PATCHLEVEL = {level}", text, count=1))


def test_versions(tree: Path) -> None:
    """A version before all patches is refused, an untested one is reported"""
    as_version(tree, 5, 10)
    refused(tree, f"no patches for Linux 5.10: {linux_versions()[-1]} is the oldest")
    as_version(tree, 9, 99)
    assert re.search("Linux 9.99 is not tested; tested are |does not apply to this Linux 9.99",
                     apply(tree)[1])


@pytest.mark.parametrize("version, served", [
    ("6.1", "b/0020-old a/0010-x@6.12"), ("6.12", "b/0020-old a/0010-x@6.12"),
    ("6.13", "a/0010-x@7.2"), ("6.17", "b/0030-new a/0010-x@7.2"),
    ("7.2", "b/0030-new a/0010-x@7.2"), ("7.3", "b/0030-new a/0010-x"),
    ("7.10", "b/0030-new a/0010-x"), ("8.0", "b/0030-new a/0010-x")])
def test_served(tmp_path: Path, version: str, served: str) -> None:
    """A patch is for every version, an override for its own and older ones, in the order of the
    topics"""
    for name, field in {"a/0010-x": "", "a/0010-x@6.12": "", "a/0010-x@7.2": "",
                        "b/0020-old": "Until: 6.12", "b/0030-new": "Since: 6.17"}.items():
        file = tmp_path / f"{name}.patch"
        file.parent.mkdir(exist_ok=True)
        # A field in the message does not count
        file.write_text(f"Subject: x\n\nSince: 99.9\n---\n{field}\n\ndiff --git a/x b/x\n")
    (tmp_path / "topics").write_text("# a comment\n\nb:\na: b\nc:\n")
    found = bash('PATCHES=$1; patches_for "$2"', tmp_path, version).split()
    assert [str(Path(p).relative_to(tmp_path)).removesuffix(".patch")
            for p in found] == served.split()
    assert bash('PATCHES=$1; topics', tmp_path).split() == ["b", "a", "c"]
    assert bash('PATCHES=$1; topics a', tmp_path).split() == ["b", "a"]
    assert bash('PATCHES=$1; topics c', tmp_path).split() == ["c"]


def hunks(text: str) -> set[str]:
    """The functions that hunks name"""
    return {m for m in re.findall("(?m)^@@ .* @@ ?(.*)", text) if m}


def test_hunks(source: Source, tmp_path: Path) -> None:
    """A hunk with little context goes to the function that its patch states"""
    laid = tmp_path / "laid"
    shutil.copytree(source.original, laid)

    def git(*words: str) -> str:
        status, text = run("git", "-c", "user.name=x", "-c", "user.email=x@example.org", *words,
                           folder=laid)
        assert status == 0, text
        return text

    git("init", "-q")
    # As Linux has it, so that functions are named alike
    (laid / ".git/info/attributes").write_text("*.[ch] diff=cpp\n")
    git("add", "-f", ".")
    git("commit", "-qm", "Linux")
    for patch in source.patches:
        git("add", "-A", "-f")
        with open(patch, "rb") as file:
            subprocess.run(["patch", "-d", laid, "-p1", "-F0", "-s", "--no-backup-if-mismatch"],
                           check=True, stdin=file)
        found = set().union(*(hunks(git("diff", f"-U{lines}")) for lines in (1, 2, 3)))
        bash('bring "$1" "$2"', patch, laid)
        assert hunks(patch.read_text().partition("\ndiff ")[2]) <= found, patch


def test_does_not_apply(source: Source, tree: Path, tmp_path: Path) -> None:
    """A hunk that does not apply, and a tree that has one of the patches; patch could take it for a
    change to be taken out"""
    core = tree / "kernel/kexec_core.c"
    core.write_text(core.read_text().replace("nr_segments", "number"))
    refused(tree, rf"patches/linux/.*\.patch does not apply to this Linux {source.version}")
    merged, first = source.tree(tmp_path / "merged"), source.patches[0]
    with open(first, "rb") as file:
        subprocess.run(["patch", "-d", merged, "-p1", "-s"], check=True, stdin=file)
    refused(merged, f"patches/linux/[a-z-]*/{first.name} does not apply")


def test_other_files(source: Source, tree: Path, tmp_path: Path) -> None:
    """A missing file, a file of another's by our name, and a file that was edited since"""
    (tree / "kernel/kexec_elf.c").unlink()
    refused(tree, f"Linux {source.version}: kernel/kexec_elf.c is not there")
    foreign = source.tree(tmp_path / "foreign")
    (foreign / OURS).write_text("theirs\n")
    refused(foreign, f"{OURS} is there already")
    edited = tmp_path / "edited"
    shutil.copytree(source.applied, edited)
    with open(edited / "kernel/kexec_file.c", "a", encoding="utf-8") as file:
        file.write("\n")
    refused(edited, "kernel/kexec_file.c was changed since")
    refused(edited, "kernel/kexec_file.c was changed since", "--undo")


def test_no_linux(tmp_path: Path) -> None:
    """A folder that is no Linux"""
    refused(tmp_path, ".* is not a source tree of Linux")


@pytest.mark.parametrize("words", ["", "a b", "--bad x"])
def test_wrong_arguments(words: str) -> None:
    """Wrong arguments"""
    assert apply(*words.split())[0] == 2


def test_help() -> None:
    """--help"""
    assert "Exit:" in apply("--help")[1]
