# SPDX-License-Identifier: GPL-2.0
"""The cost of booting a changed kernel: by kexec, and by a restart of the machine, with firmware
and without. The cache folder keeps the seconds of wall time, log/check-restart-*.txt.
"""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from vmtest.guest import Console
from vmtest.machine import UEFI, Machine
from vmtest.plugin import Lab

SUITES = "debug"
pytestmark = pytest.mark.packages("qemu-efi-aarch64")
RESET = ("-action", "reboot=reset")
MACHINES = {
    "qemu": Machine(cpu="neoverse-n1", smp=2, more=RESET),
    "uefi": Machine(cpu="neoverse-n1", smp=2, board="virt,acpi=off", more=(*RESET, *UEFI)),
}
STEPS = ["boot", "load", "jump", "boot", "restart", "boot", "off"]


def watch(log: Path) -> list[tuple[str, float]]:
    """Each step on the console, and the seconds after which it came"""
    start = time.monotonic()
    steps: list[str] = []
    times: list[float] = []
    while "off" not in steps and time.monotonic() - start < 120:
        time.sleep(0.01)
        text = log.read_text(errors="replace") if log.exists() else ""
        steps = re.findall(r"^@(boot|load|jump|restart|off)\b", text, re.MULTILINE)
        times += [time.monotonic() - start] * (len(steps) - len(times))
    return list(zip(steps, times))


@pytest.fixture(scope="module", params=MACHINES)
def run(request: pytest.FixtureRequest, lab: Lab) -> tuple[Console, list[tuple[str, float]], str]:
    """Boot k1 by kexec, and restart the machine from there"""
    disk = lab.disk("loop", request.param)
    disk.kernel("k1", lab.build.vmlinux)
    with ThreadPoolExecutor() as pool:
        steps = pool.submit(watch, disk.folder.with_suffix(".log"))
        guest = lab.run(MACHINES[request.param], disk)
        return guest, steps.result(), request.param


def test_kexec(run: tuple[Console, list[tuple[str, float]], str]) -> None:
    """kexec boots the vmlinux"""
    guest = run[0]
    assert guest.fact(1, "build-id") == guest.disk.build_ids["k1"]


def test_restarts(run: tuple[Console, list[tuple[str, float]], str]) -> None:
    """The machine restarts, by its firmware if it has one"""
    guest, steps, name = run
    assert [step for step, _ in steps] == STEPS
    assert name == "qemu" or "UEFI firmware" in guest.text


def test_times(run: tuple[Console, list[tuple[str, float]], str], lab: Lab) -> None:
    """The seconds of each way are in a file"""
    _, steps, name = run
    at = [seconds for _, seconds in steps]
    words = (f"power on {at[0]:.1f} s; kexec -s -l {at[2] - at[1]:.1f} s, "
             f"kexec -e {at[3] - at[2]:.1f} s; restart {at[5] - at[4]:.1f} s\n")
    (lab.cache.logs / f"check-restart-{name}.txt").write_text(words)
    assert at == sorted(at)
