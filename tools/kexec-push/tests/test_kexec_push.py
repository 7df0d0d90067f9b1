# SPDX-License-Identifier: GPL-2.0
"""kexec-push against other users of HOST, and against its answers; a false ssh leads back here"""

import hashlib
import os
import subprocess
from pathlib import Path

import pytest
from vmtest.scratch import Scratch

PUSH = Path(__file__).parents[1] / "kexec-push"
DIR = "/var/lib/kexec-push"
NOBODY = 65534
pytestmark = pytest.mark.packages("binutils-aarch64-linux-gnu", "fish")


@pytest.fixture(scope="module")
def vmlinux(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An ELF file for arm64 with a build-id"""
    path = tmp_path_factory.mktemp("vmlinux") / "vmlinux"
    subprocess.run(["aarch64-linux-gnu-gcc", "-nostdlib", "-static", "-Wl,--build-id", "-g", "-x",
                    "c", "-", "-o", path], input=b"void _start(void) { for (;;); }", check=True)
    return path


@pytest.fixture(params=["sh", "fish"])
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Scratch:
    """A machine with another login shell; its kexec reports the file that it is given"""
    scratch = Scratch(tmp_path / "host")
    scratch.own("/var/lib")
    notes = bytes.fromhex("040000001400000003000000474e5500") + bytes(range(20))
    scratch.own("/sys/kernel", notes="")
    (tmp_path / "host/sys-kernel/notes").write_bytes(notes)
    scratch.command("ssh", f'for last in "$@"; do :; done\nexec {request.param} -c "$last"')
    scratch.command("sudo", 'shift; exec "$@"')
    scratch.command("dmesg", "echo '[    0.1] booted'")
    scratch.command("kexec", """
        for word in "$@"; do
            case $word in
            /*) echo "loaded $(sha256sum <"$word")" >>/var/lib/log ;;
            *) echo "word $word" >>/var/lib/log ;;
            esac
        done""")
    return scratch


def log(host: Scratch) -> str:
    """The words that kexec on HOST was given"""
    path = Path(host.binds["/var/lib"]) / "log"
    return path.read_text() if path.exists() else ""


def push(host: Scratch, vmlinux: Path, *options: str) -> tuple[int, str]:
    """Load a file, and do not jump"""
    done = host.run(PUSH, "--load-only", "--whole", *options, "board", vmlinux)
    return done.returncode, done.stdout


def digest(path: Path) -> str:
    """SHA-256"""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_loads(host: Scratch, vmlinux: Path) -> None:
    """The file is copied once; the folder belongs to root alone"""
    code, words = push(host, vmlinux)
    assert (code, "copied and loaded" in words) == (0, True), words
    assert f"loaded {digest(vmlinux)}" in log(host)
    folder = Path(host.binds["/var/lib"]) / "kexec-push"
    assert (folder.stat().st_mode & 0o777, folder.stat().st_uid) == (0o700, os.geteuid())
    assert [p.name for p in folder.iterdir()] == [f"vmlinux-{digest(vmlinux)}"]
    code, words = push(host, vmlinux)
    assert (code, "has it already" in words) == (0, True), words


def test_folder_of_another_user(host: Scratch, vmlinux: Path) -> None:
    """A folder that another user has made is refused"""
    folder = Path(host.binds["/var/lib"]) / "kexec-push"
    folder.mkdir(0o777)
    os.chown(folder, NOBODY, NOBODY)
    code, words = push(host, vmlinux)
    assert code == 1 and f"{DIR} is not a folder of root" in words
    assert log(host) == "" and not list(folder.iterdir())


def test_folder_open_to_others(host: Scratch, vmlinux: Path) -> None:
    """So is a folder that others can read or write"""
    folder = Path(host.binds["/var/lib"]) / "kexec-push"
    folder.mkdir()
    folder.chmod(0o777)
    code, words = push(host, vmlinux)
    assert code == 1 and f"{DIR} is not a folder of root" in words
    assert log(host) == ""


def test_folder_is_a_link(host: Scratch, vmlinux: Path, tmp_path: Path) -> None:
    """A link is refused, and the files that it leads to stay"""
    precious = tmp_path / "precious"
    precious.mkdir(0o700)
    (precious / "vmlinux-1").write_text("mine")
    (Path(host.binds["/var/lib"]) / "kexec-push").symlink_to(precious)
    code, words = push(host, vmlinux)
    assert code == 1 and f"{DIR} is not a folder of root" in words
    assert (precious / "vmlinux-1").read_text() == "mine"


def test_folder_in_memory(host: Scratch, vmlinux: Path) -> None:
    """A memory file system has no room for a whole vmlinux"""
    (Path(host.binds["/var/lib"]) / "kexec-push").mkdir(0o700)
    host.binds[DIR] = "tmpfs"
    host.command("mkdir", "exit 1")
    host.command("stat", """
        case $* in *%F*) echo "directory 0 700" ;; *) exec /usr/bin/stat "$@" ;; esac""")
    code, words = push(host, vmlinux)
    assert code == 1 and "is in memory" in words
    assert log(host) == ""


def test_swapped_after_the_check(host: Scratch, vmlinux: Path) -> None:
    """A file is swapped after its checksum was computed: it is refused"""
    assert push(host, vmlinux)[0] == 0
    host.command("sha256sum", f"""
        /usr/bin/sha256sum "$@"
        [ ! -e {DIR}/vmlinux-{digest(vmlinux)} ] || {{
            echo evil >{DIR}/evil
            mv {DIR}/evil {DIR}/vmlinux-{digest(vmlinux)}
        }}""")
    assert push(host, vmlinux)[0] == 0
    assert log(host).count(f"loaded {digest(vmlinux)}") == 2
    assert log(host).count("loaded ") == 2


def test_changed_copy(host: Scratch, vmlinux: Path) -> None:
    """A copy that has other bytes is copied again"""
    assert push(host, vmlinux)[0] == 0
    name = Path(host.binds["/var/lib"]) / f"kexec-push/vmlinux-{digest(vmlinux)}"
    name.write_bytes(name.read_bytes() + b"more")
    code, words = push(host, vmlinux)
    assert (code, "copied and loaded" in words) == (0, True), words
    assert digest(name) == digest(vmlinux)


def test_incomplete_copy(host: Scratch, vmlinux: Path) -> None:
    """A copy breaks off: it is removed, and not loaded"""
    host.command("dd", f"head -c 1000 {vmlinux}")
    code, words = push(host, vmlinux)
    assert code == 1 and "incomplete" in words
    assert log(host) == ""
    assert not list((Path(host.binds["/var/lib"]) / "kexec-push").iterdir())


def test_removes_only_its_own_files(host: Scratch, vmlinux: Path) -> None:
    """The file of an earlier push goes, others stay"""
    folder = Path(host.binds["/var/lib"]) / "kexec-push"
    folder.mkdir(0o700)
    for name in "vmlinux-0123", "notes.txt", ".hidden":
        (folder / name).write_text("x")
    assert push(host, vmlinux)[0] == 0
    assert sorted(p.name for p in folder.iterdir()) == [
        ".hidden", "notes.txt", f"vmlinux-{digest(vmlinux)}"]


@pytest.mark.parametrize("options, words", [
    ((), "word --command-line=BOOT_IMAGE"), (("--command-line", ""), "word --command-line=\n"),
    (("--command-line=a 'b' $c", "--append=d"), "word --command-line=a 'b' $c d\n"),
    (("--append=d",), "word --command-line=BOOT_IMAGE=x quiet panic=10 d\n"),
    (("--append=panic=0",), "word --command-line=BOOT_IMAGE=x quiet panic=0\n"),
    (("--initrd=none",), "")])
def test_options(host: Scratch, vmlinux: Path, options: tuple[str, ...], words: str) -> None:
    """Each word reaches kexec as it is; an empty command line is one"""
    host.own_file("/proc/cmdline", b"BOOT_IMAGE=x quiet\n")
    assert push(host, vmlinux, *options)[0] == 0
    assert words in log(host)


def test_hostile_answer(host: Scratch, vmlinux: Path) -> None:
    """An answer with control characters is refused, and not printed"""
    host.command("od", r"printf ' 04 00 00 00 02 00 00 00 03 00 00 00 47 4e 55 00 aa bb'")
    host.command("uname", r"printf 'x\033]0;pwned\007\n'")
    code, words = push(host, vmlinux)
    assert code == 1 and "no sensible answer" in words
    assert "\033" not in words


def test_hostile_reason(host: Scratch, vmlinux: Path) -> None:
    """A reason is printed without control characters"""
    host.command("kexec", r"printf 'no\033[2J\n' >&2; exit 1")
    code, words = push(host, vmlinux)
    assert code == 1 and "no[2J" in words
    assert "\033" not in words


@pytest.mark.parametrize("arguments", [
    [], ["board"], ["board", "/none"], ["--wait", "x", "board", "/dev/null"], ["--bad", "x", "y"],
    ["--wait=-1", "board", "/dev/null"], ["--key", "k", "board", "/dev/null"],
    ["-oProxyCommand=id", "/dev/null"]])
def test_wrong_arguments(host: Scratch, arguments: list[str]) -> None:
    """Exit 2, in one line"""
    done = host.run(PUSH, *arguments)
    assert (done.returncode, done.stdout.count("\n")) == (2, 1), done.stdout


def test_no_readelf(host: Scratch, vmlinux: Path) -> None:
    """Without readelf, the message names the package"""
    done = host.run("env", "-i", "PATH=/usr/sbin", "/bin/sh", PUSH, "board", vmlinux)
    assert done.returncode == 1 and "readelf is missing: apt-get install binutils" in done.stdout
