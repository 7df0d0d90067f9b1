# SPDX-License-Identifier: GPL-2.0
"""The selftest that the series adds: installed with Linux's "make install", and run by its
run_kselftest.sh in a guest.
"""

import os
import re
import subprocess

import pytest
from vmtest.guest import Console
from vmtest.machine import Machine
from vmtest.plugin import Lab

SUITES = "check all@NEWEST,6.12"
pytestmark = pytest.mark.packages("rsync")
TEST = "kexec/test_kexec_file_arm64"


@pytest.fixture(scope="module")
def guest(lab: Lab) -> Console:
    """Run twice: alone, and while a kernel is loaded"""
    disk = lab.disk("kselftest")
    disk.kernel("k1", lab.build.vmlinux)
    done = subprocess.run(
        ["make", "-s", "-C", lab.build.source / "tools/testing/selftests",
         f"O={lab.folder / 'build'}", "ARCH=arm64", "CROSS_COMPILE=aarch64-linux-gnu-",
         "TARGETS=kexec", "LDFLAGS=-static", f"INSTALL_PATH={disk.folder / 'kselftest'}",
         "install"], check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert os.access(disk.folder / "kselftest" / TEST, os.X_OK), done.stdout
    return lab.run(Machine(smp=2, memory="512M"), disk)


def test_passes(guest: Console) -> None:
    """All cases pass, in KTAP"""
    assert guest.fact(0, "status") == "0"
    assert re.search("# # Totals: pass:7 fail:0 xfail:0 xpass:0 skip:0 error:0$", guest.text,
                     re.MULTILINE)
    assert re.search("^ok 1 selftests: kexec: test_kexec_file_arm64$", guest.text, re.MULTILINE)


def test_leaves_alone(guest: Console) -> None:
    """The test leaves a loaded kernel alone: it skips its cases, and the kernel boots"""
    totals = re.findall("^# Totals: (.*)", guest.text, re.MULTILINE)
    assert re.search("pass:0 fail:0 .* skip:7 ", totals[-1])
    guest.booted(1, "k1")
