# SPDX-License-Identifier: GPL-2.0
"""A machine hibernates and resumes. Hibernation makes its page tables with the functions that make
the tables of kexec (arch/arm64/mm/trans_pgd.c), and the code that writes the old memory back runs
on them.
"""

import os
import re
import subprocess
from dataclasses import replace
from typing import NamedTuple

import pytest
from vmtest.guest import Console
from vmtest.machine import MAX_CPU, Machine
from vmtest.plugin import Lab

SUITES = "all cost"
LINUX = "NEWEST-hibernate,NEWEST-64k"


class Case(NamedTuple):
    """A machine, and more for its command line"""

    machine: Machine
    append: str = ""


CASES = {
    "4096": [
        Case(Machine(smp=2, memory="512M")),
        Case(Machine(cpu=MAX_CPU, memory="3G"), "rodata=off"),
        Case(Machine(board="virt,virtualization=on", cpu=MAX_CPU, smp=2), "nokaslr")],
    "65536": [Case(Machine(cpu=MAX_CPU, smp=2))],
}


def sleep_and_wake(lab: Lab, case: Case, page: str, name: str) -> list[Console]:
    """To sleep and to wake, with a disk to swap to. The memory of the machine holds a file of
    random bytes, which is on no disk."""
    swap = lab.folder / f"{name}.swap"
    os.truncate(os.open(swap, os.O_CREAT | os.O_WRONLY), 1 << 30)
    subprocess.run(["/sbin/mkswap", "-p", page, swap], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    drive = ("-drive", f"if=none,id=swap,format=raw,file={swap}",
             "-device", "virtio-blk-device,drive=swap")
    machine = replace(case.machine, more=drive)
    return [lab.run(machine, lab.disk("hibernate", f"{name}-{stage}"),
                    f"resume=/dev/vdb {case.append}") for stage in ("sleep", "wake")]


@pytest.fixture(scope="module")
def machines(lab: Lab) -> list[list[Console]]:
    """Both consoles of each machine for the size of pages"""
    page = "65536" if lab.build.configured("CONFIG_ARM64_64K_PAGES") else "4096"
    return [sleep_and_wake(lab, case, page, f"machine{i}") for i, case in enumerate(CASES[page])]


def test_sleeps(machines: list[list[Console]]) -> None:
    """Each machine goes to sleep"""
    for asleep, _ in machines:
        assert asleep.facts(0, "failed", "token-after") == ["", ""], asleep.tail()
        assert re.fullmatch("[0-9a-f]{64}", asleep.fact(0, "hash"))


def test_wakes(machines: list[list[Console]]) -> None:
    """It wakes up with the same memory"""
    for asleep, awake in machines:
        assert awake.facts(0, "token-after", "hash-after") == asleep.facts(0, "token", "hash")
