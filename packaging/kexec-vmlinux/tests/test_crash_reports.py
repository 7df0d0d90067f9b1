# SPDX-License-Identifier: GPL-2.0
"""crash-reports: each new dump gets a report, and hostile reports do no harm"""

import os
from pathlib import Path

import pytest
from vmtest.scratch import Scratch

REPORTS = Path(__file__).parents[1] / "crash-reports"
SOUND = "Crash report of x\n\npanic:\n  Kernel panic - not syncing: Oops\n\nlog:\n"


@pytest.fixture
def machine(tmp_path: Path) -> Scratch:
    """A machine with two dumps, and a third that is incomplete"""
    scratch = Scratch(tmp_path / "machine")
    crash = tmp_path / "crash"
    crash.mkdir()
    for name in "202611300101", "202611300102":
        (crash / name).mkdir()
        (crash / name / f"dump.{name}").write_bytes(b"dump")
    (crash / "202611300103").mkdir()
    (crash / "202611300103/dump-incomplete").write_bytes(b"dump")
    (crash / "kexec_cmd").write_text("x")
    (tmp_path / "reports").mkdir()
    scratch.command("kernel-gdb", f"[ $# = 2 ] || exit 2\nprintf '%s' '{SOUND}'")
    return scratch


def crash(machine: Scratch) -> Path:
    """The folder of dumps"""
    return machine.folder.parent / "crash"


def run(machine: Scratch, tmp_path: Path, *verbs: str) -> str:
    """Run it, as the service does"""
    words = ""
    for verb in verbs or ("make", "install"):
        done = machine.run("env", f"RUNTIME_DIRECTORY={tmp_path}/reports", REPORTS, verb,
                           tmp_path / "crash")
        assert done.returncode == 0, done.stdout
        words += done.stdout
    return words


def test_reports(machine: Scratch, tmp_path: Path) -> None:
    """Each whole dump has a report for root alone, made once"""
    words = run(machine, tmp_path)
    assert words.count("Kernel panic - not syncing: Oops\n") == 2
    for name in "202611300101", "202611300102":
        report = crash(machine) / name / "report.txt"
        assert report.read_text() == SOUND and report.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in (crash(machine) / "202611300103").iterdir()] == ["dump-incomplete"]
    for file in (tmp_path / "reports").iterdir():
        file.unlink()
    assert run(machine, tmp_path) == ""


def test_no_vmlinux(machine: Scratch, tmp_path: Path) -> None:
    """The reason is logged, and a later boot tries again"""
    machine.command("kernel-gdb",
                    "echo 'kernel-gdb: no vmlinux: install linux-image-7-dbg' >&2; exit 1")
    words = run(machine, tmp_path)
    assert words.count("install linux-image-7-dbg\n") == 2
    assert not list(crash(machine).glob("*/report.txt"))


def test_hostile_names(machine: Scratch, tmp_path: Path) -> None:
    """Links, names with paths, and folders of others: their contents stay as they were"""
    secret = tmp_path / "secret"
    secret.write_text("secret\n")
    reports = tmp_path / "reports"
    (reports / "202611300101").symlink_to(secret)
    (reports / "1..").write_text(SOUND)
    (reports / "9999").write_text(SOUND)
    target = crash(machine) / "202611300102/report.txt"
    target.symlink_to(tmp_path / "elsewhere")
    (reports / "202611300102").write_text(SOUND)
    run(machine, tmp_path, "install")
    assert not (tmp_path / "elsewhere").exists()
    assert not any("secret" in p.read_text() for p in crash(machine).glob("*/report.txt")
                   if p.exists())
    assert sorted(p.name for p in crash(machine).iterdir()) == [
        "202611300101", "202611300102", "202611300103", "kexec_cmd"]


def test_folder_of_another_user(machine: Scratch, tmp_path: Path) -> None:
    """A folder that is not root's gets no report"""
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    os.chown(crash(machine) / "202611300101", 65534, 65534)
    words = run(machine, tmp_path)
    assert "202611300101" not in words
    assert not (crash(machine) / "202611300101/report.txt").exists()


def test_control_characters_and_size(machine: Scratch, tmp_path: Path) -> None:
    """A report is text of some MB"""
    (tmp_path / "reports/202611300101").write_bytes(SOUND.encode() + b"\033[2J" + b"x" * 9000000)
    words = run(machine, tmp_path, "install")
    data = (crash(machine) / "202611300101/report.txt").read_bytes()
    assert b"\033" not in data and len(data) <= 4000000 and "\033" not in words


def test_no_dumps(machine: Scratch, tmp_path: Path) -> None:
    """An empty folder"""
    for path in crash(machine).rglob("dump*"):
        path.unlink()
    assert run(machine, tmp_path) == ""


@pytest.mark.parametrize("words", [[], ["bad"]])
def test_wrong(machine: Scratch, words: list[str]) -> None:
    """Exit 2, in one line"""
    done = machine.run(REPORTS, *words)
    assert (done.returncode, done.stdout.count("\n")) == (2, 1)


def test_last_words(machine: Scratch, tmp_path: Path) -> None:
    """The end of the log, without control characters, by either tool"""
    last_words = REPORTS.with_name("last-words")
    console = tmp_path / "console"
    log = "".join(f"line {i}\n" for i in range(100)) + "Kernel panic\033[2J\n"
    machine.command("vmcore-dmesg", f"printf '%s' '{log}'")
    command = ("env", f"LAST_WORDS_CONSOLE={console}", last_words, "echo", "then", "this")
    assert machine.run(*command).stdout == "then this\n"
    words = console.read_text()
    assert "Kernel panic[2J\n" in words and "line 99" in words and "line 1\n" not in words
    machine.command("vmcore-dmesg", "exit 1")
    machine.command("makedumpfile", 'echo "Kernel panic, by makedumpfile" >"$4"')
    assert machine.run(*command).stdout == "then this\n"
    assert "Kernel panic, by makedumpfile\n" in console.read_text()


@pytest.mark.parametrize("knows", [True, False])
def test_save_dump(machine: Scratch, tmp_path: Path, knows: bool) -> None:
    """makedumpfile, or all memory if it does not know the kernel; the log in any case"""
    save_dump = REPORTS.with_name("bin") / "makedumpfile"
    (tmp_path / "vmcore").write_text("memory\n")
    machine.command("makedumpfile", f"{'' if knows else 'echo not supported >&2; exit 1'}\n"
                    'case $1 in --dump-dmesg) ;; *) echo "makedumpfile $*" ;; esac')
    machine.command("vmcore-dmesg", "echo log")
    done = machine.run(save_dump, "-F", "-c", tmp_path / "vmcore")
    expected = (f"makedumpfile -F -c {tmp_path}/vmcore\n" if knows else
                "kexec-vmlinux: makedumpfile does not know this kernel: all memory is copied\n"
                "memory\n")
    assert (done.returncode, done.stdout) == (0, expected)
    done = machine.run(save_dump, "--dump-dmesg", tmp_path / "vmcore", tmp_path / "log")
    assert done.returncode == 0 and (knows or (tmp_path / "log").read_text() == "log\n")
