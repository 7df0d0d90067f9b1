# SPDX-License-Identifier: GPL-2.0
"""kernel-gdb --report on dumps of different crashes: the function that LKDTM was told to call"""

import json
import re
import shutil
import subprocess
from typing import NamedTuple

import pytest
from vmtest.build import Preparer
from vmtest.machine import Machine
from vmtest.plugin import Lab
from vmtest.project import TOP

SUITES = "check crash@NEWEST,6.12 all@EACH"
pytestmark = pytest.mark.packages("e2fsprogs", "python3-drgn")
REPORT = TOP / "tools/kernel-gdb/kernel-gdb"


class Kind(NamedTuple):
    """The contents of a report, and their section"""

    message: str
    function: str
    section: str = "crashed task"


KINDS = {
    "EXCEPTION": Kind("Unable to handle kernel NULL pointer dereference", "lkdtm_EXCEPTION"),
    "BUG": Kind("kernel BUG at|Oops - BUG", "lkdtm_BUG"),
    "PANIC": Kind("Kernel panic - not syncing: dumptest", "lkdtm_PANIC"),
    "WRITE_RO": Kind("Unable to handle kernel write to read-only memory", "lkdtm_WRITE_RO"),
    "EXHAUST_STACK": Kind("kernel stack overflow", "recursive_loop"),
    "HUNG_TASK": Kind("sysrq triggered crash", "lkdtm_HUNG_TASK", "blocked tasks"),
    "OOM": Kind("Out of memory", "out_of_memory"),
}


@pytest.fixture(scope="module", params=KINDS)
def report(request: pytest.FixtureRequest, lab: Lab,
           preparer: Preparer) -> tuple[str, dict[str, list[str]]]:
    """A crash, and the report of its dump"""
    preparer.run("all-kexec-tools")     # and makedumpfile
    kind = request.param
    disk = lab.disk("report", f"report-{kind}")
    disk.kernel("kernel", lab.stripped)
    shutil.copytree(lab.cache.root / "arm64/dump-tools", disk.folder / "dump-tools")
    save = lab.folder / f"{kind}.save"
    subprocess.run(["mke2fs", "-q", "-F", "-t", "ext2", "-N", "64", save, "96M"], check=True)
    machine = Machine(memory="256M", more=(
        "-drive", f"if=none,id=save,format=raw,file={save}",
        "-device", "virtio-blk-device,drive=save,serial=save"))
    console = lab.run(machine, disk, f"crashkernel=88M oops=panic page_poison=0 kind={kind} "
                      f"token=token-{kind}", seconds=180)
    assert console.fact(0, "loaded") == "1", console.tail()
    dump = lab.folder / f"{kind}.dump"
    subprocess.run(["debugfs", "-R", f"dump /dump {dump}", save], check=True, capture_output=True)
    save.unlink()
    done = subprocess.run([REPORT, "--report", "--json", lab.build.vmlinux, dump], check=False,
                          text=True, capture_output=True)
    assert done.returncode == 0, done.stderr + console.tail()
    dump.unlink()
    return kind, json.loads(done.stdout)


def test_message(report: tuple[str, dict[str, list[str]]]) -> None:
    """The message of the crash"""
    kind, sections = report
    assert any(re.search(KINDS[kind].message, line) for line in sections["panic"]), sections
    assert sections["time"][0].startswith("2026-11-30 00:00:0")


def test_function(report: tuple[str, dict[str, list[str]]]) -> None:
    """The function that has crashed, with its line"""
    kind, sections = report
    lines = [line for line in sections[KINDS[kind].section]
             if f" {KINDS[kind].function}(" in line and ".c:" in line]
    assert lines, "\n".join(sections[KINDS[kind].section])
    if kind == "OOM":
        assert any("invoked oom-killer" in line for line in sections["events"])
        counters = dict(line.split(": ") for line in sections["memory"] if ": " in line)
        assert int(counters["anonymous"].split()[0]) * 2 > int(counters["total"].split()[0])


def test_all_sections(report: tuple[str, dict[str, list[str]]]) -> None:
    """Each section is read, but for the sizes of slabs, which this kernel does not count"""
    kind, sections = report
    assert f"host: token-{kind}" in sections["kernel"]
    unread = [line for lines in sections.values() if isinstance(lines, list) for line in lines
              if "cannot be read" in line]
    assert len(unread) <= 1 and all("nr_slabs" in line for line in unread), unread
