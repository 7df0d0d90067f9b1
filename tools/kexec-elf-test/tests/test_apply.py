# SPDX-License-Identifier: GPL-2.0
"""make apply on the source of kexec-tools: if anything fails, the tree stays as it was"""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from vmtest.build import Preparer
from vmtest.project import TOP, Cache, lines

SUITES = "check all"
pytestmark = pytest.mark.packages("patch")
APPLY = TOP / "scripts/apply.sh"
PATCHED = "kexec/kexec-elf.c"


@pytest.fixture
def tree(cache: Cache, preparer: Preparer, tmp_path: Path) -> Iterator[Path]:
    """The source of the newest kexec-tools"""
    preparer.user_space()
    newest = next(w[0] for w in lines(TOP / "patches/kexec-tools/versions") if w[1] != "git")
    shutil.copytree(cache.root / f"src/kexec-tools-{newest}", tmp_path / "tree", symlinks=True)
    yield tmp_path / "tree"


def state(tree: Path) -> dict[str, bytes | str]:
    """All files, and where links lead"""
    return {str(p.relative_to(tree)): os.readlink(p) if p.is_symlink() else p.read_bytes()
            for p in tree.rglob("*") if p.is_symlink() or p.is_file()}


def apply(*words: str | Path, path: Path | None = None) -> tuple[int, str]:
    """The exit code, and the messages. A job in the background ignores SIGINT, and a shell cannot
    trap a signal that was ignored before."""
    environment = {**os.environ, **({"PATH": f"{path}:{os.environ['PATH']}"} if path else {})}
    done = subprocess.run(["env", "--default-signal=INT", APPLY, *words], check=False, text=True,
                          env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


def command(folder: Path, name: str, script: str) -> Path:
    """A folder with that command, to be put in front of PATH"""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\nexec /bin/{name} \"$@\"\n")
    (folder / name).chmod(0o755)
    return folder


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("stop", ["kexec/zlib.c", "kexec/kexec.c", "kexec/kernel-file.c"])
def test_full_disk(tree: Path, tmp_path: Path, stop: str, again: bool) -> None:
    """A file that cannot be written, early or late: the tree is as it was"""
    if again:       # an older state of the project
        assert apply(tree)[0] == 0
        for file in (tree / ".kexec-vmlinux/new" / stop, tree / stop):
            file.write_bytes(file.read_bytes() + b"/* older */\n")
    before = state(tree)
    path = command(tmp_path / "bin", "mv", f"case $* in */part*/tree/{stop}) exit 1 ;; esac")
    code, words = apply(tree, path=path)
    assert (code, words.count("is as it was")) == (1, 1), words
    assert state(tree) == before
    assert apply(tree)[0] == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(tree: Path, tmp_path: Path, number: signal.Signals) -> None:
    """A signal in the middle: the tree is as it was"""
    before = state(tree)
    path = command(tmp_path / "bin", "mv", "case $* in */part*/tree/kexec/kexec.c) "
                   f"kill -{int(number)} $PPID; sleep 0.2 ;; esac")
    code, words = apply(tree, path=path)
    assert (code, words.count("is as it was")) == (1, 1), words
    assert state(tree) == before


def test_undo_fails(tree: Path, tmp_path: Path) -> None:
    """The same for --undo"""
    assert apply(tree)[0] == 0
    before = state(tree)
    path = command(tmp_path / "bin", "mv", "case $* in */part*/tree/kexec/zlib.c) exit 1 ;; esac")
    assert apply("--undo", tree, path=path)[0] == 1
    assert state(tree) == before


def test_links(tree: Path, tmp_path: Path) -> None:
    """A tree of symbolic links: the files elsewhere stay as they are, and --undo restores links"""
    (tmp_path / "real.c").write_bytes((tree / PATCHED).read_bytes())
    (tree / PATCHED).unlink()
    (tree / PATCHED).symlink_to(tmp_path / "real.c")
    before, elsewhere = state(tree), (tmp_path / "real.c").read_bytes()
    assert apply(tree)[0] == 0
    assert (tree / PATCHED).read_bytes() != elsewhere
    assert (tmp_path / "real.c").read_bytes() == elsewhere
    assert apply("--undo", tree)[0] == 0
    assert state(tree) == before


def test_message(tree: Path) -> None:
    """A hunk that does not apply: the patch, the file and the hunk are named"""
    file = tree / PATCHED
    file.write_text(file.read_text().replace("build_mem_notes", "other"))
    code, words = apply(tree)
    assert code == 1
    assert re.fullmatch(r"apply: patches/kexec-tools/fixes/\S+\.patch does not apply to this kexec-"
                        rf"tools \S+: {PATCHED}: Hunk #\d+ FAILED at \d+\n", words), words


@pytest.mark.parametrize("name", ['a"b', "a b", "a'b", "a;touch owned", "a`touch owned`b"])
def test_make(tree: Path, tmp_path: Path, name: str) -> None:
    """make apply with any name"""
    tree.rename(tmp_path / name)
    done = subprocess.run(["make", "-s", "-C", TOP, "apply", f"KEXEC_TOOLS={tmp_path / name}"],
                          check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env={k: v for k, v in os.environ.items() if k != "LINUX"})
    assert done.returncode == 0 and "laid over" in done.stdout, done.stdout
    assert not (TOP / "owned").exists()
