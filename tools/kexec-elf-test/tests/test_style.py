# SPDX-License-Identifier: GPL-2.0
"""The checkers of the kernel: checkpatch, sparse, W=1, kernel-doc; shellcheck, SPDX tags, and the
length of files. The pages and the help name settings and targets that exist.
"""

import fcntl
import os
import re
import subprocess
from pathlib import Path

import pytest
from vmtest.build import Build, Preparer, clean_environment
from vmtest.project import TEST, TOP

SUITES = "check all@EACH"
PATCHES = sorted(TOP.glob("patches/linux/*/*.patch"))
OURS = sorted(p for p in (TOP / "arch/arm64/kernel").iterdir() if p.suffix in (".c", ".h"))
TOOLS = sorted(p for s in (".c", ".h") for p in (TOP / "tools").rglob(f"*{s}"))
OBJECTS = [f"arch/arm64/kernel/kexec_{name}.o" for name in ("elf", "image", "place")]
MOST_LINES = 470
# The sender signs the series off; commit ids are from the history of Linux; MAINTAINERS has the
# folder; moved code keeps its indentation
IN_PATCHES = ("MISSING_SIGN_OFF", "UNKNOWN_COMMIT_ID", "FILE_PATH_CHANGES", "PARENTHESIS_ALIGNMENT")
# Code of Linux
IN_COMPAT = ("CONFIG_DESCRIPTION", "SUSPECT_CODE_INDENT")
# Messages that name an option, and stand-ins for parts of the kernel
IN_TOOLS = ("EMBEDDED_FUNCTION_NAME", "MACRO_ARG_UNUSED", "IS_ENABLED_CONFIG", "NEW_TYPEDEFS",
            "PREFER_DEFINED_ATTRIBUTE_MACRO")


def words(*command: str | Path, folder: Path = TOP) -> str:
    """The output of a checker"""
    return subprocess.run(command, check=False, cwd=folder, text=True, errors="replace",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout


def checkpatch(build: Build, folder: Path, *options: str | Path) -> str:
    """The output of checkpatch, which leaves a file in the current folder"""
    return words(build.source / "scripts/checkpatch.pl", f"--root={build.source}", "--quiet",
                 *options, folder=folder)


def sources() -> list[Path]:
    """The files of the project, without patches, corpora and Debian's files"""
    roots = [TOP / name for name in ("arch", "packaging", "tools", "scripts")]
    files = [p for root in roots for p in root.rglob("*") if p.is_file()] + [TOP / "Makefile"]
    return sorted(p for p in files if not {"corpus", "debian", "__pycache__"} & set(p.parts))


def is_shell(path: Path) -> bool:
    """Is it a shell script?"""
    head = path.read_bytes().split(b"\n", 3)[:3]
    return bool(re.search(rb"^#!.*sh\b|shellcheck shell", b"\n".join(head), re.MULTILINE))


SCRIPTS = [p for p in (*sources(), TOP / ".ci/run") if is_shell(p)]


def names(paths: list[Path]) -> list[str]:
    """Identifiers for parameters"""
    return [str(p.relative_to(TOP)) for p in paths]


@pytest.mark.parametrize("patch", PATCHES, ids=names(PATCHES))
def test_patch(build: Build, tmp_path: Path, patch: Path) -> None:
    """checkpatch --strict; an override states the difference and its reason"""
    ignore = [*IN_PATCHES, *(IN_COMPAT if patch.parent.name == "compat" else ())]
    assert checkpatch(build, tmp_path, "--strict", "--ignore", ",".join(ignore), patch) == ""
    if "@" in patch.name:
        assert re.search("^Differs: .*[a-z]", patch.read_text(), re.MULTILINE)


@pytest.mark.parametrize("file", OURS, ids=names(OURS))
def test_ours(build: Build, tmp_path: Path, file: Path) -> None:
    """checkpatch --strict on the files of the project in the kernel"""
    assert checkpatch(build, tmp_path, "--strict", "--no-tree", "-f", file) == ""


@pytest.mark.parametrize("file", TOOLS, ids=names(TOOLS))
def test_tools(build: Build, tmp_path: Path, file: Path) -> None:
    """checkpatch on C of the host"""
    ignore = ",".join(IN_TOOLS)
    assert checkpatch(build, tmp_path, "--no-tree", "--ignore", ignore, "-f", file) == ""


def test_kernel_doc(build: Build) -> None:
    """kernel-doc"""
    script = build.source / "scripts/kernel-doc"
    wall = ["-Wall"] if "-Wall" in words(script, "-h") else []
    assert words(script, "-none", *wall, *OURS) == ""


def test_sparse(build: Build, preparer: Preparer) -> None:
    """sparse and W=1 on our files; kernel/kexec_*.c have warnings of their own"""
    folder = os.open(build.out, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)      # Another run may build them, too
    try:
        for name in OBJECTS:
            (build.out / name).unlink(missing_ok=True)
        found = preparer.make(build.name, "C=1", "W=1", *OBJECTS)
        assert [line for line in found.splitlines()
                if re.search("kexec_(elf|image|place)", line)] == []
        assert all((build.out / name).exists() for name in OBJECTS)
    finally:
        os.close(folder)


@pytest.mark.parametrize("script", SCRIPTS, ids=names(SCRIPTS))
def test_shellcheck(script: Path) -> None:
    """shellcheck"""
    assert words("shellcheck", "-S", "warning", script) == ""


def test_spdx() -> None:
    """Each file has an SPDX tag"""
    assert [str(p) for p in sources()
            if b"SPDX-License-Identifier: GPL-2.0" not in p.read_bytes()[:400]] == []


def test_length() -> None:
    """No file has more lines than that"""
    assert [str(p) for p in sources() if p.read_bytes().count(b"\n") > MOST_LINES] == []


def test_settings() -> None:
    """Each setting that the Makefile passes on is in make help, or in --help"""
    scripts = [TOP / "packaging/deb.sh", TEST / "check.sh", TEST / "bench/bench.sh",
               *(TEST / "demo").glob("demo*.sh")]
    text = words("make", "-s", "help") + "".join(
        subprocess.run([script, "--help"], check=True, text=True, stdout=subprocess.PIPE,
                       env=clean_environment()).stdout for script in scripts)
    settings = re.findall("^export (.*)", (TOP / "Makefile").read_text(), re.MULTILINE)
    assert settings and [name for line in settings for name in line.split()
                         if not re.search(rf"\b{name}\b", text)] == []


def test_targets() -> None:
    """Each target that a page names is in the Makefile, except for install of kexec-tools"""
    pages = "".join(p.read_text() for p in TOP.rglob("*.md") if ".git" not in p.parts)
    named = set(re.findall("(?m)(?:^|`| )make ([a-z][a-z-]+)", pages))
    targets = set(re.findall("(?m)^([a-z-]+):", (TOP / "Makefile").read_text()))
    assert named - targets == {"install"}
