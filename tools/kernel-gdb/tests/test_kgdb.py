# SPDX-License-Identifier: GPL-2.0
"""kernel-gdb over kgdb on a serial line, in the kernel that kexec has started, under KASLR: after
sysrq-g, and with kgdbwait. The commands of Linux, and the symbols of a module.
"""

import re
import shutil
import time

import pytest
from vmtest.debugger import BATCH, LET_GO, commands, debug, gdb
from vmtest.guest import Console
from vmtest.machine import Machine
from vmtest.plugin import Lab

SUITES = "all debug"
LINUX = "NEWEST-debug"
pytestmark = pytest.mark.packages("gdb-multiarch", "python3-drgn")
MACHINE = Machine(smp=2, memory="512M",
                  more=("-chardev", "pty,id=kgdb", "-device", "pci-serial,chardev=kgdb"))


def session(lab: Lab, name: str, append: str, *words: str) -> tuple[Console, str]:
    """A guest, and gdb on the pty that QEMU has made for its second serial line"""
    disk = lab.disk("debug-kgdb", name)
    vmlinux = disk.kernel("vmlinux", lab.build.vmlinux)
    shutil.copy(lab.build.out / "drivers/misc/lkdtm/lkdtm.ko", disk.folder)

    def attach(_: str) -> str:
        # The kernel is silent while it is in kgdb
        time.sleep(2)
        said = disk.folder.with_suffix(".qemu").read_text()
        pty = re.findall(r"^char device redirected to (.*) \(label kgdb\)$", said, re.MULTILINE)
        return gdb(vmlinux, pty[0], *BATCH, *commands(*words), *LET_GO)[1]

    return debug(lab, disk, MACHINE, attach, append)


@pytest.fixture(scope="module")
def sysrq(lab: Lab) -> tuple[Console, str]:
    """After sysrq-g"""
    modules = lab.build.out / "drivers/misc"
    return session(
        lab, "sysrq", "", f"source {lab.build.out}/vmlinux-gdb.py", "bt", "info threads",
        "pipe lx-ps | grep -c .", f"kernel-modules {modules}", "info symbol lkdtm_do_action",
        "echo by lx-symbols:\\n", f"lx-symbols {modules}", "info symbol lkdtm_do_action",
        "echo again:\\n", "kernel-modules", 'printf "release: %s\\n", init_uts_ns.name.release',
        "break __arm64_sys_sethostname", "continue", "bt", "delete")


@pytest.mark.parametrize("words", [
    "sysrq_handle_dbg.*write_sysrq_trigger.*el0_svc",
    r"Thread [0-9]+ \(kthreadd\).*Thread [0-9]+ \(kswapd0\)",
    r"hit .*__arm64_sys_sethostname \(.*sys\.c:[0-9]+"],
    ids=["backtrace", "tasks", "breakpoint"])
def test_sysrq(sysrq: tuple[Console, str], words: str) -> None:
    """The backtrace goes down to the system call, all tasks are threads, a breakpoint is hit"""
    assert re.search(words, sysrq[1], re.DOTALL)


def test_kernel(sysrq: tuple[Console, str]) -> None:
    """Under KASLR, the offset is found and the build-id compared; a variable is read where the
    kernel runs, another is set, and the kernel runs on"""
    guest, text = sysrq
    assert re.search(r"offset 0x[0-9a-f]+ by kgdb_breakpoint\(\): build-id "
                     f"{guest.disk.build_ids['vmlinux']} is in the target's memory", text)
    assert guest.facts(1, "kaslr", "panic") == ["enabled", "4711"]
    assert f"release: {guest.fact(1, 'release')}" in text
    guest.booted(1, "vmlinux")


def test_modules(sysrq: tuple[Console, str]) -> None:
    """kernel-modules finds the file of a module by its build-id, also again; so does lx-symbols"""
    first, rest = sysrq[1].split("by lx-symbols:")
    second, third = rest.split("again:")
    for part in first, second:
        assert re.search(r"lkdtm_do_action.* in section \.text of .*lkdtm\.ko", part)
    assert "symbols of modules are loaded: 1" in third


def test_wait(lab: Lab) -> None:
    """kgdbwait: gdb attaches while the kernel boots"""
    guest, text = session(lab, "wait", "wait=1", "bt")
    assert f"build-id {guest.disk.build_ids['vmlinux']} is in the target's memory" in text
    assert re.search("kgdb_initial_breakpoint.*do_initcall", text, re.DOTALL)
    assert guest.fact(1, "panic") == "4711"
    guest.booted(1, "vmlinux")
