# SPDX-License-Identifier: GPL-2.0
"""make demo-crash: gdb and drgn find in the dump the state before the crash, with KASLR and
without. The dumps and arguments that kernel-gdb refuses.
"""

import hashlib
import json
import re
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from vmtest.build import Preparer, clean_environment
from vmtest.console import read_log
from vmtest.elf import build_id, loads
from vmtest.plugin import Lab
from vmtest.project import TEST, TOP

SUITES = "check all crash@NEWEST,6.12"
pytestmark = pytest.mark.packages("gdb-multiarch", "makedumpfile", "python3-drgn")
GDB = TOP / "tools/kernel-gdb/kernel-gdb"
BATCH = ("-nx", "-batch")
FORMATS = ("vmcore", "dump.elf", "dump", "flat")
# Without the copy that report.py makes of a vmlinux with an empty PT_LOAD
DRGN_ALONE = """
import sys, drgn
prog = drgn.Program()
prog.set_core_dump(sys.argv[2])
prog.load_debug_info([sys.argv[1]])
print(prog["init_uts_ns"].name.release.string_().decode())
"""


@dataclass(frozen=True)
class Done:
    """The exit code and the texts of a command"""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """All lines"""
        return (self.out + self.err).splitlines()

    def section(self, begin: str, end: str = "") -> str:
        """The part from a line to the next empty one, or to another"""
        lines = self.out.splitlines()
        rest = lines[next(i for i, line in enumerate(lines) if re.match(begin, line)):]
        stop = next((i for i, line in enumerate(rest) if re.match(end or "$", line)), len(rest))
        return "\n".join(rest[:stop])


def run(*words: str | Path, folder: Path | None = None, merge: bool = False,
        environment: dict[str, str] | None = None) -> Done:
    """Run a command"""
    done = subprocess.run(words, check=False, text=True, errors="replace", cwd=folder,
                          env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT if merge else subprocess.PIPE)
    return Done(done.returncode, done.stdout, done.stderr or "")


def gdb(*words: str | Path, folder: Path | None = None) -> Done:
    """kernel-gdb, with all its words in .out"""
    return run(GDB, *words, folder=folder, merge=True)


def demo(lab: Lab, **settings: str) -> Done:
    """make demo-crash"""
    environment = {**clean_environment(**lab.build.environment()), "MEM": "512M", **settings}
    return run(TEST / "demo/demo-crash.sh", environment=environment)


@dataclass(frozen=True)
class Crash:
    """A dump, and the demo that made it"""

    done: Done
    dumps: Path
    vmlinux: Path
    kaslr: bool


def flat(dump: Path, to: Path) -> None:
    """Write a dump in the format of makedumpfile -F, for pipes"""
    data = dump.read_bytes()
    with open(to, "wb") as out:
        out.write(struct.pack(">16sqq", b"makedumpfile", 1, 1).ljust(4096, b"\0"))
        for at in range(0, len(data), 65536):
            part = data[at:at + 65536]
            out.write(struct.pack(">qq", at, len(part)) + part)
        out.write(struct.pack(">qq", -1, -1))


@pytest.fixture(scope="module")
def crashes(lab: Lab, preparer: Preparer) -> dict[bool, Crash]:
    """A crash without KASLR, and one with it"""
    preparer.run("all-kexec-tools")     # and makedumpfile
    found = {}
    for kaslr in False, True:
        dumps = lab.folder / f"dumps-{kaslr}"
        dumps.mkdir()
        done = demo(lab, DUMP=str(dumps), APPEND="" if kaslr else "nokaslr")
        assert done.status == 0, done.err
        found[kaslr] = Crash(done, dumps, lab.build.vmlinux, kaslr)
    flat(found[True].dumps / "dump", found[True].dumps / "flat")
    return found


@pytest.fixture(params=[False, True], ids=["nokaslr", "kaslr"])
def crash(request: pytest.FixtureRequest, crashes: dict[bool, Crash]) -> Crash:
    """Either"""
    return crashes[request.param]


@pytest.fixture
def dumps(crashes: dict[bool, Crash]) -> Iterator[Path]:
    """The folder of the second, which stays as it is"""
    folder = crashes[True].dumps

    def state() -> dict[str, str]:
        return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}

    before = state()
    yield folder
    assert state() == before


def test_no_empty_load(lab: Lab) -> None:
    """vmlinux has no empty PT_LOAD, which stops drgn"""
    assert all(load.memsz for load in loads(lab.build.vmlinux))


def test_kaslr(crash: Crash) -> None:
    """KASLR was on or off, and the vmlinux that reads the dump has captured it"""
    console = re.findall("^demo-crash: console: (.*)", crash.done.err, re.MULTILINE)[0]
    said = str(dict(read_log(console)[0].facts())["kaslr"])
    assert said.startswith("enabled" if crash.kaslr else "disabled")
    assert re.search(f"captured by vmlinux .*, build-id {build_id(crash.vmlinux)}", crash.done.out)


@pytest.mark.parametrize("reader", ["gdb", "drgn"])
def test_reader(crash: Crash, reader: str) -> None:
    """The backtrace of the task that panicked goes down to the system call; the other CPU has a
    backtrace, too"""
    part = crash.done.section(f"{reader}:")
    for words in (r"sysrq_handle_crash.*__handle_sysrq.*write_sysrq_trigger.*el0_svc",
                  "lkdtm_SOFTLOCKUP.*lkdtm_do_action.*vfs_write"):
        assert re.search(words, part, re.DOTALL)


def test_drgn_formats(crash: Crash) -> None:
    """drgn reads the same in the dumps that makedumpfile has filtered"""
    reports = [run("/usr/bin/python3", "-B", TEST / "demo/report.py", crash.vmlinux,
                   crash.dumps / name, merge=True).out for name in ("vmcore", "dump", "dump.elf")]
    assert reports[0] and reports == [reports[0]] * 3


def test_drgn_alone(crash: Crash) -> None:
    """drgn reads the dump with vmlinux as it is"""
    done = run("/usr/bin/python3", "-B", "-c", DRGN_ALONE, crash.vmlinux, crash.dumps / "vmcore",
               merge=True)
    release = re.findall("^ *release: (.*)", crash.done.out, re.MULTILINE)[0]
    assert done.lines[-1] == release


@pytest.mark.parametrize("name", FORMATS)
def test_gdb(crashes: dict[bool, Crash], dumps: Path, name: str) -> None:
    """kernel-gdb has compared the build-id; tasks are threads with names, and the task that
    panicked is the current one; a sleeping task has a backtrace; unmapped memory is reported"""
    out = gdb(crashes[True].vmlinux, dumps / name, *BATCH, "-ex", "info threads", "-ex", "bt",
              "-ex", "thread apply 3-5 bt", "-ex", "print *(int *)0xffff800000000000").out
    for words in (f"build-id {build_id(crashes[True].vmlinux)} is in its memory",
                  "Thread [0-9]+ .sh. .on CPU [01].*Thread [0-9]+ .kthreadd",
                  "sysrq_handle_crash.*el0t_64_sync", r"ret_from_fork \(\)",
                  "Cannot access memory at address 0xffff800000000000"):
        assert re.search(words, out, re.DOTALL), words


def frames(text: str) -> list[tuple[str, str]]:
    """Function, and file and line, of each frame"""
    return re.findall(r"^ *#\d+ +(?:0x[0-9a-f]+ in )?([a-z_0-9]+) ?\(.* at (?:.*/)?"
                      r"([a-z_-]+\.[ch]:\d+)$", text, re.MULTILINE)


@pytest.mark.parametrize("name", FORMATS)
def test_report(crashes: dict[bool, Crash], dumps: Path, name: str) -> None:
    """The report has the stack of gdb, the panic, the other CPU, and all sections except the sizes
    of slabs, which this kernel does not count"""
    vmlinux = crashes[True].vmlinux
    stack = frames(gdb(vmlinux, dumps / "dump", *BATCH, "-ex", "set width 0", "-ex", "bt").out)
    done = gdb("--report", vmlinux, dumps / name)
    assert done.status == 0 and stack
    assert frames(done.section("crashed task:")) == stack
    assert "Kernel panic - not syncing: sysrq triggered crash" in done.out
    assert re.search(r"on CPU 1:.*lkdtm_SOFTLOCKUP\(", done.section("other CPUs:", "blocked"),
                     re.DOTALL)
    assert done.out.count("cannot be read") == 1


def test_report_json(crashes: dict[bool, Crash], dumps: Path) -> None:
    """The report as JSON"""
    report = json.loads(gdb("--report", "--json", crashes[True].vmlinux, dumps / "dump").out)
    assert " ".join(report).endswith("time kernel panic crashed task other CPUs blocked tasks "
                                     "events memory modules log")


@pytest.mark.parametrize("share", [0.9, 0.5, 0])
def test_report_of_cut(crashes: dict[bool, Crash], dumps: Path, tmp_path: Path,
                       share: float) -> None:
    """The report of a dump that is cut has as much as there is"""
    data = (dumps / "dump").read_bytes()
    cut = data[:int(len(data) * share) or 50000]
    (tmp_path / "cut").write_bytes(cut)
    done = gdb("--report", crashes[True].vmlinux, tmp_path / "cut")
    assert done.status == 0
    assert re.match(f"Crash report .*it has {len(cut)} of .*release: [67].*build-id: "
                    f"{build_id(crashes[True].vmlinux)}", done.out, re.DOTALL)


def test_finds_vmlinux(crashes: dict[bool, Crash], dumps: Path, tmp_path: Path) -> None:
    """Without VMLINUX, it is looked for by build-id, and not in the current folder"""
    own = build_id(crashes[True].vmlinux)
    done = gdb(dumps / "dump", *BATCH)
    assert done.status == 1
    assert re.match(f"kernel-gdb: no vmlinux with build-id {own}: name it, or install "
                    r"linux-image-[^ ]*-dbg \(looked at /usr/lib/debug/boot/", done.out)
    (tmp_path / "vmlinux").symlink_to(crashes[True].vmlinux)
    done = gdb(dumps / "dump", *BATCH, "-ex", "print 4711", folder=tmp_path)
    assert "no vmlinux with build-id" in done.out


@pytest.mark.parametrize("name, size", [("dump.elf", 100000), ("dump", 100000), ("dump", 4000000)])
def test_cut(crashes: dict[bool, Crash], dumps: Path, tmp_path: Path, name: str,
             size: int) -> None:
    """A dump that is cut is refused"""
    cut = tmp_path / "cut"
    cut.write_bytes((dumps / name).read_bytes()[:size])
    done = gdb(crashes[True].vmlinux, cut)
    assert (done.status, done.lines) == (
        1, [f"kernel-gdb: {cut}: truncated or damaged: the file has {size} bytes"])


def test_other_files(crashes: dict[bool, Crash], dumps: Path, lab: Lab) -> None:
    """A file in another format, a vmlinux without debug information or of another build, and wrong
    arguments are refused"""
    vmlinux, dump, own = crashes[True].vmlinux, dumps / "dump.elf", build_id(lab.build.vmlinux)
    done = gdb(vmlinux, vmlinux)
    assert done.status == 1 and "not a dump of" in done.out
    done = gdb(lab.stripped, dump)
    assert (done.status, len(done.lines)) == (1, 1)
    other = lab.folder / "other"
    lab.editor.edit(vmlinux, other, f"build-id={own}:{'0123456789' * 4}")
    done = gdb(other, dump)
    assert done.status == 1
    assert re.match(f"kernel-gdb: .* is of a kernel with build-id {own}; .*/other has 0123456789",
                    done.out)
    done = gdb("--bad", vmlinux, dump)
    assert (done.status, len(done.lines)) == (2, 1)


def test_small_region(lab: Lab) -> None:
    """A region that is too small is reported with the sizes"""
    done = demo(lab, CRASHKERNEL="6M")
    assert done.status == 1
    assert re.search("kexec -s -p failed: .*the crashkernel region has 0x600000 bytes",
                     done.err.splitlines()[-1])


@pytest.mark.parametrize("setting", ["SMP=1", "DUMP=/none"])
def test_wrong_setting(lab: Lab, setting: str) -> None:
    """A wrong setting is reported in one line"""
    name, _, value = setting.partition("=")
    done = demo(lab, **{name: value})
    assert (done.status, len(done.err.splitlines())) == (2, 1)


def test_help() -> None:
    """--help"""
    assert "CRASHKERNEL=128M" in run(TEST / "demo/demo-crash.sh", "--help").out
