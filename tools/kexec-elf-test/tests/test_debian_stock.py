# SPDX-License-Identifier: GPL-2.0
"""make demo-debian KERNEL=debian: Debian 13 with Debian's kernel, and two packages of ours"""

import os
import subprocess
from pathlib import Path

import pytest
from vmtest.build import Preparer
from vmtest.console import read_log
from vmtest.project import TEST

SUITES = "debian"


@pytest.fixture(scope="module")
def demo(preparer: Preparer, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str, Path]:
    """The output of the demo, its console, and the folder of the dump"""
    preparer.run("machine", "stock")
    folder = tmp_path_factory.mktemp("dump")
    done = subprocess.run([TEST / "demo/demo-debian.sh"], check=False, text=True,
                          env={**os.environ, "PREPARED": "1", "KERNEL": "debian",
                               "DUMP": str(folder)},
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    console = next(line.partition("console: ")[2] for line in done.stdout.splitlines()
                   if "console: " in line)
    return done.stdout, console, folder


def test_dump(demo: tuple[str, str, Path]) -> None:
    """The report comes from the same file as the dump"""
    words, _, folder = demo
    last = words.splitlines()[-1]
    assert "shows the dump with the same file" in last, words[-3000:]
    names = sorted(p.name.partition(".")[0] for p in folder.iterdir())
    assert names == ["dump", "report", "vmlinux"]


def test_machine(demo: tuple[str, str, Path]) -> None:
    """The kernel is Debian's: it has kexec_load() alone, and kdump-vmlinux sets kdump up with -a"""
    words, console, _ = demo
    facts = {hop: dict(kernel.facts()) for hop, kernel in read_log(console).items()}
    assert "deb13" in str(facts[0]["release"]) and facts[0]["release"] == facts[1]["release"]
    assert "has kexec_load() alone" in words
    assert (facts[0]["kexec"], facts[1]["kdump"]) == ("0", "active 1")


def test_report(demo: tuple[str, str, Path]) -> None:
    """The next boot has written a report, by itself"""
    words, _, folder = demo
    assert "report.txt: Kernel panic - not syncing: sysrq triggered crash" in words
    text = (folder / "report.txt").read_text()
    assert "deb13" in text and "sysrq_handle_crash(" in text
    assert text.count("cannot be read") == 0, text
