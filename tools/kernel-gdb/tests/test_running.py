# SPDX-License-Identifier: GPL-2.0
"""kernel-gdb on the kernel that kexec has started, through the stub of QEMU and with the vmlinux
that was loaded: from start_kernel() on, and while it runs; wherever KASLR has put it, in EL1 and
EL2, with KPTI. The targets and arguments that it refuses.
"""

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from vmtest.build import Preparer, clean_environment
from vmtest.debugger import BATCH, LET_GO, commands, debug, gdb
from vmtest.disk import Disk
from vmtest.elf import build_id, strip, symbol
from vmtest.guest import Console
from vmtest.machine import MAX_CPU, Machine
from vmtest.plugin import Lab
from vmtest.project import TEST

SUITES = "check all crash@NEWEST,6.12"
pytestmark = pytest.mark.packages("gdb-multiarch", "python3-drgn")


def at_stub(disk: Disk, machine: Machine) -> Machine:
    """The same with 512 MB and a stub"""
    stub = ("-gdb", f"unix:{disk.folder.with_suffix('.stub')},server=on,wait=off")
    return replace(machine, memory="512M", more=stub)


@pytest.fixture(scope="module")
def machine(lab: Lab) -> Machine:
    """A CPU without VHE, unless the kernel has 16K pages, which cortex-a57 lacks"""
    large = lab.build.configured("CONFIG_ARM64_16K_PAGES")
    return Machine(cpu=MAX_CPU if large else "cortex-a57", smp=2)


@pytest.fixture(scope="module")
def early(lab: Lab, machine: Machine) -> tuple[Console, str]:
    """Attach before the kernel runs. The console has the place where it was loaded."""
    disk = lab.disk("debug-start", "early")
    kernel = disk.kernel("k1", lab.build.vmlinux)

    def attach(text: str) -> str:
        base = re.findall("^@base (0x[0-9a-f]+)", text, re.MULTILINE)[-1]
        return gdb(f"--early={base}", kernel, disk.folder.with_suffix(".stub"), *BATCH, *commands(
            "bt", "hbreak kernel_power_off", "continue", "bt",
            'printf "cmdline: %s\\n", saved_command_line'))[1]

    return debug(lab, disk, at_stub(disk, machine), attach)


@pytest.mark.parametrize("words", [
    r"hit .*start_kernel \(\) at [^ ]*init/main.c:[0-9]+",
    r"#1 .*__primary_switched \(\) at [^ ]*head.S:[0-9]+",
    r"hit .*kernel_power_off \(\) at [^ ]*reboot.c:[0-9]+",
    r"#[1-9] .*__do_sys_reboot", r"cmdline: .*hop=1"])
def test_early(early: tuple[Console, str], words: str) -> None:
    """start_kernel() of the second kernel is reached, and kernel_power_off() later"""
    assert re.search(words, early[1])


def test_early_kernel(early: tuple[Console, str]) -> None:
    """It is the kernel of the file, under KASLR"""
    guest, text = early
    assert f"build-id {guest.disk.build_ids['k1']} is in its memory" in text
    assert guest.fact(1, "kaslr") == "enabled"
    guest.booted(1, "k1")


RUNNING = {
    "EL1": ("", "vectors of CPU [01]"),
    "EL2": ("virt,virtualization=on", "vectors of CPU [01]"),
    # With KPTI, and two CPUs in user space that run a loop
    "KPTI": ("6.12", "(page tables|vectors) of CPU [01]"),
}


@pytest.fixture(scope="module", params=RUNNING)
def attached(request: pytest.FixtureRequest, lab: Lab, machine: Machine,
             preparer: Preparer) -> tuple[Console, str, str]:
    """Attach to a running k1, which sets its host name over and over"""
    name = request.param
    disk = lab.disk("debug-running", name)
    if name == "EL2":
        machine = Machine(cpu=MAX_CPU, smp=2, board=RUNNING[name][0])
    if name == "KPTI":
        disk.build, machine = preparer.linux("6.12"), Machine(smp=2)
        (disk.folder / "busy").touch()
    kernel = disk.kernel("k1", disk.build.vmlinux)

    def attach(_: str) -> str:
        return gdb(kernel, disk.folder.with_suffix(".stub"), *BATCH, *commands(
            "hbreak __arm64_sys_sethostname", "continue", "bt",
            'printf "release: %s\\n", init_uts_ns.name.release', "delete",
            'printf "mask: %lx\\n", $pauth_cmask_high'), *LET_GO)[1]

    guest, text = debug(lab, disk, at_stub(disk, machine), attach)
    return guest, text, RUNNING[name][1]


def test_offset(attached: tuple[Console, str, str]) -> None:
    """The offset is the offset of the kernel, and the build-id was compared"""
    guest, text, by = attached
    linked = int(symbol(guest.disk.folder / "k1", "_stext"), 16)
    offset = int(guest.fact(1, "stext"), 16) - linked
    assert re.search(f"offset {offset:#x} by {by}", text)
    assert f"build-id {guest.disk.build_ids['k1']} is in the target's memory" in text


@pytest.mark.parametrize("words", [
    r"hit .*__arm64_sys_sethostname \(.*sys.c:[0-9]+", r"#[1-9] .*el0_svc \(",
    "mask: fff[f0]000000000000"])
def test_stops(attached: tuple[Console, str, str], words: str) -> None:
    """A function is reached by name, from the system call; gdb knows the bits of a signature"""
    assert re.search(words, attached[1])


def test_variables(attached: tuple[Console, str, str]) -> None:
    """A variable is read, and another is set"""
    guest, text, _ = attached
    assert f"release: {guest.fact(1, 'release')}" in text
    assert guest.fact(1, "panic") == "4711"
    guest.booted(1, "k1")


WRONG = {
    "other": "build-id {k1}; .*/k2 has {k2}", "stripped": "stripped: .*: stripped",
    "no-vmlinux": "job: not an ELF file", "nothing": "/none: no such file, and not HOST:PORT",
    "refused": "localhost:9: .*Connection refused",
    "unnamed": "no vmlinux .* name it|build-id {k1}",
    "found": "no vmlinux .* name it|build-id {k1}",
}


@pytest.fixture(scope="module")
def wrong(lab: Lab, machine: Machine) -> tuple[Console, dict[str, tuple[int, str]]]:
    """Wrong files and targets, while the target runs; at last, it is let go"""
    disk = lab.disk("debug-running", "refuse")
    k1, k2 = disk.kernel("k1", lab.build.vmlinux), disk.kernel("k2", lab.build.vmlinux)
    stripped = strip(k1, disk.folder / "k1.stripped")
    stub, folder = disk.folder.with_suffix(".stub"), lab.folder / "with-vmlinux"
    folder.mkdir()
    (folder / "vmlinux").symlink_to(k1)
    found: dict[str, tuple[int, str]] = {}

    def go_wrong(_: str) -> str:
        cases: dict[str, list[str | Path]] = {
            "other": [k2, stub], "stripped": [stripped, stub],
            "no-vmlinux": [disk.folder / "job", stub], "nothing": [k1, "/none"],
            "refused": [k1, "localhost:9"], "unnamed": [stub], "found": [stub]}
        for name, words in cases.items():
            found[name] = gdb(*words, *BATCH, *commands("print 4711"),
                              folder=folder if name == "found" else lab.folder)
        return gdb(k1, stub, *BATCH, *LET_GO)[1]

    guest, _ = debug(lab, disk, at_stub(disk, Machine(cpu=machine.cpu)), go_wrong)
    return guest, found


@pytest.mark.parametrize("name", WRONG)
def test_wrong(wrong: tuple[Console, dict[str, tuple[int, str]]], name: str) -> None:
    """It is refused in one line, before any command of gdb"""
    guest, found = wrong
    status, text = found[name]
    assert status == 1 and len(text.splitlines()) == 1
    assert re.match(f"kernel-gdb: .*({WRONG[name].format(**guest.disk.build_ids)})", text)


def test_runs_on(wrong: tuple[Console, dict[str, tuple[int, str]]]) -> None:
    """The target has run on after all of them"""
    assert wrong[0].fact(1, "panic") == "4711"


def demo(lab: Lab, **settings: str) -> subprocess.CompletedProcess[str]:
    """make demo-debug"""
    environment = {**clean_environment(**lab.build.environment()), **settings}
    return subprocess.run([TEST / "demo/demo-debug.sh"], check=False, text=True, env=environment,
                          capture_output=True)


def test_demo(lab: Lab) -> None:
    """make demo-debug: source line, backtrace, tasks, and its last line"""
    done = demo(lab, MEM="512M")
    assert re.search(r"sys\.c:[0-9]+.*#0 .*el0t_64_sync.*swapper/0.*init", done.stdout,
                     re.DOTALL), done.stderr
    assert re.fullmatch(
        f"demo-debug: attached to vmlinux .*, build-id {build_id(lab.build.vmlinux)}, "
        r"offset 0x[0-9a-f]+; .*to (\d+), and the kernel says \1", done.stdout.splitlines()[-1])


@pytest.mark.parametrize("setting", ["ATTACH=2", "VMLINUX=/none"])
def test_demo_wrong(lab: Lab, setting: str) -> None:
    """A wrong setting is reported in one line"""
    name, _, value = setting.partition("=")
    done = demo(lab, **{name: value})
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


@pytest.mark.parametrize("words", ["", "--bad VMLINUX STUB", "--early=x VMLINUX STUB",
                                   "--early=0x40000000 STUB", "VMLINUX STUB more"])
def test_wrong_arguments(lab: Lab, words: str) -> None:
    """Wrong arguments are reported in one line"""
    names = {"VMLINUX": str(lab.build.vmlinux), "STUB": str(lab.folder / "none")}
    status, text = gdb(*(names.get(word, word) for word in words.split()))
    assert (status, len(text.splitlines())) == (2, 1)


def test_help() -> None:
    """--help"""
    assert "TARGET is one of these" in gdb("--help")[1]
