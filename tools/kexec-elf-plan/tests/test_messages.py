# SPDX-License-Identifier: GPL-2.0
"""The documentation has each error that the loaders print, and no other"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from vmtest.build import Build
from vmtest.project import TOP

sys.path.append(str(Path(__file__).parents[1]))
from cures import items  # noqa: E402 (the path comes first)

SUITES = "check all@EACH"
PAGE = TOP / "Documentation/arch/arm64/kexec-vmlinux.rst"
# Files in which each error is about the loaded file, and others with some such errors. The page
# need not have the messages of Linux itself.
OURS = ("arch/arm64/kernel/kexec_elf.c", "arch/arm64/kernel/kexec_image.c",
        "arch/arm64/kernel/kexec_place.c", "kernel/kexec_elf.c")
SHARED = ("kernel/kexec_core.c", "kernel/kexec_file.c", "arch/arm64/kernel/machine_kexec.c",
          "arch/arm64/kernel/machine_kexec_file.c")
# The variable parts of a message: conversions in the sources; in the documentation, words
CONVERSION = re.compile(r"(?:0x)?%[0-9]*[a-z]+")
VARIABLE = re.compile(r"\b(?:N|ADDRESS|ERROR)\b|(?<=for )(?:16K|big)\b")
Fixed = tuple[str, ...]


def fixed(parts: list[str]) -> Fixed:
    """The fixed words of a message, in order"""
    return tuple(" ".join(part.split()) for part in parts if part.strip())


def printed(path: Path) -> Iterator[tuple[Fixed, str]]:
    """The messages that a file of C prints as errors"""
    for m in re.finditer(r'\bpr_err\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)', path.read_text()):
        message = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', m[1]))
        message = message.removesuffix("\\n").rstrip(".")
        # "built for %uK pages" is documented with a number, "%s-endian" with a word
        plain = message.replace("%uK", "%u").replace("%s-", "%s ")
        yield fixed(CONVERSION.split(plain)), message


def documented(page: str) -> Iterator[tuple[Fixed, str]]:
    """The messages in the page"""
    for message, _ in items(page):
        plain = message.replace("16K pages", "N pages").replace("big-endian", "N endian")
        yield fixed(VARIABLE.split(plain)), message


def differences(linux: Path, page: str) -> list[str]:
    """The messages that only the sources or only the documentation has"""
    ours, shared = (dict(pair for name in names for pair in printed(linux / name))
                    for names in (OURS, SHARED))
    told = dict(documented(page))
    return sorted([f"sources: {ours[key]}" for key in ours.keys() - told.keys()] +
                  [f"documentation: {told[key]}"
                   for key in told.keys() - ours.keys() - shared.keys()])


@pytest.fixture(scope="module")
def page() -> str:
    """The page of the documentation"""
    return PAGE.read_text()


def test_same(build: Build, page: str) -> None:
    """The messages in the sources are the messages in the documentation"""
    assert differences(build.source, page) == []


def test_difference(build: Build, page: str) -> None:
    """A message that differs is found"""
    assert differences(build.source, page.replace("no Image header at the entry point",
                                                  "no Image header")) == [
        "documentation: no Image header: magic is N",
        "sources: no Image header at the entry point: magic is 0x%08x"]
