# SPDX-License-Identifier: GPL-2.0
"""Each fuzzer goes on from the corpus of the last run for 10 seconds, without a finding. Two of
them find a loader with an error.
"""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from vmtest.build import Build, clean_environment
from vmtest.project import TEST

SUITES = "check all"
pytestmark = pytest.mark.packages("libfdt-dev", "liblzma-dev", "libzstd-dev", "zlib1g-dev")
# The files of Linux that are compiled for the host
FILES = ("arch/arm64/kernel", "arch/arm64/include", "crypto/asymmetric_keys", "drivers/of/kexec.c",
         "include", "kernel", "tools/include")


def fuzz(build: Build, kind: str, **more: str) -> tuple[int, str]:
    """The exit code, and the words"""
    environment = {**clean_environment(**build.environment()), **more}
    done = subprocess.run([TEST / "host.sh", "fuzz", "--time", "10", kind], check=False, text=True,
                          errors="replace", env=environment, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


@pytest.mark.parametrize("kind", ["vmlinux", "Image", "signed", "forged", "changing",
                                  "kexec-tools"])
def test_finds_nothing(build: Build, kind: str) -> None:
    """Files are placed, and each obeys the rules"""
    status, text = fuzz(build, kind)
    assert status == 0 and re.search("^placed: [1-9]", text, re.MULTILINE), text


@pytest.fixture(scope="module")
def wrong(build: Build, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the compiled files of Linux, and a cache of its own"""
    tree = tmp_path_factory.mktemp("wrong")
    (tree / "kexec-vmlinux/log").mkdir(parents=True)
    for name in FILES:
        to = tree / "linux-wrong" / name
        to.parent.mkdir(parents=True, exist_ok=True)
        if (build.source / name).is_dir():
            shutil.copytree(build.source / name, to, symlinks=True)
        else:
            shutil.copy(build.source / name, to)
    return tree


@pytest.mark.parametrize("kind, file, right, error, words", [
    ("vmlinux", "arch/arm64/kernel/kexec_elf.c", "__GFP_ZERO | ", "",
     "the kernel has other bytes than its file"),
    # Either comes first
    ("signed", "kernel/kexec_file.c", r"(?m)^\tret = mod_split_sig.*", "\treturn 0;",
     r"it is loaded without a signature|the reason is not printed"),
], ids=["vmlinux", "signed"])
def test_finds_error(build: Build, wrong: Path, kind: str, file: str, right: str, error: str,
                     words: str) -> None:
    """The fuzzer finds a loader with that error"""
    source = wrong / "linux-wrong" / file
    sound = source.read_text()
    pattern = right if right.startswith("(?m)") else re.escape(right)
    changed = re.sub(pattern, error, sound)
    assert changed != sound
    source.write_text(changed)
    status, text = fuzz(build, kind, LINUX=str(wrong / "linux-wrong"), XDG_CACHE_HOME=str(wrong))
    source.write_text(sound)
    assert status == 1 and re.search(words, text), text
