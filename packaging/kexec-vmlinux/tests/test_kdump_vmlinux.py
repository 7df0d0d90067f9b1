# SPDX-License-Identifier: GPL-2.0
"""kdump-vmlinux on the settings of users: changed once, after all checks, and put back

kdump-config is replaced by a script that reads the settings as Debian's does: it sources them, and
evaluates a command that it pastes together.
"""

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest
from vmtest.scratch import Scratch

KDUMP = Path(__file__).parents[1] / "kdump-vmlinux"
HOOK = ("[ ! -r /etc/default/kdump-vmlinux ] || . /etc/default/kdump-vmlinux "
        "# kdump-vmlinux --undo removes this line")
NOTE = bytes.fromhex("040000001400000003000000474e5500") + bytes(range(1, 21))
pytestmark = pytest.mark.packages("perl", "util-linux", "xz-utils")

KDUMP_CONFIG = """
[ -r /etc/default/kdump-tools ] && . /etc/default/kdump-tools
case $1 in
unload) echo 0 >/sys/kernel/kexec_crash_loaded ;;
load)
    [ "$USE_KDUMP" -ne 0 ] || exit 0
    [ -e "$KDUMP_KERNEL" ] || exit 0
    KEXEC_CMD="kexec -p $KDUMP_KEXEC_ARGS --initrd=$KDUMP_INITRD $KDUMP_KERNEL"
    eval $KEXEC_CMD || echo "failed to load kdump kernel" ;;
esac
exit 0
"""
KEXEC = """
case $* in
*/elf) echo "kexec_file_load failed: Operation not permitted"; exit 1 ;;
-v) echo "kexec-tools 2.0.32"; exit ;;
esac
[ ! -e /run/broken ] || { echo "Cannot load $*" >&2; exit 1; }
for word in "$@"; do echo "$word"; done >/run/kexec
echo 1 >/sys/kernel/kexec_crash_loaded
"""


@pytest.fixture
def machine(tmp_path: Path) -> Scratch:
    """A machine on which all is well, but for its settings"""
    scratch = Scratch(tmp_path / "machine")
    sys_kernel = scratch.own("/sys/kernel", kexec_crash_size=str(384 << 20),
                             kexec_crash_loaded="0\n")
    (sys_kernel / "notes").write_bytes(NOTE)
    scratch.own("/etc/default", **{"kdump-tools": "USE_KDUMP=1\n# the user's\n"})
    lib = scratch.own("/var/lib")
    (lib / "kdump").mkdir()
    (lib / "kdump" / f"initrd.img-{os.uname().release}").write_text("initrd")
    scratch.own("/run")
    scratch.own_file("/proc/kallsyms", b"ffff800080000000 T kexec_place_kernel\n")
    scratch.command("kdump-config", KDUMP_CONFIG)
    scratch.command("kdump-vmlinux", f'exec {KDUMP} "$@"')
    scratch.command("kexec", KEXEC)
    scratch.command("makedumpfile", "echo 'makedumpfile: version 1.7.6 (released)'")
    scratch.command("kexec-elf-plan", """echo '{ "span": 30000000 }'""")
    scratch.command("setpriv", 'while [ "${1#--}" != "$1" ]; do shift; done; exec "$@"')
    (tmp_path / "vmlinux").write_bytes(b"\x7fELF" + bytes(100) + NOTE + bytes(100))
    return scratch


def settings(machine: Scratch) -> Path:
    """The file of the user"""
    return Path(machine.binds["/etc/default"]) / "kdump-tools"


def own(machine: Scratch) -> Path:
    """The file of kdump-vmlinux"""
    return Path(machine.binds["/etc/default"]) / "kdump-vmlinux"


def run(machine: Scratch, *arguments: str | Path) -> tuple[int, str]:
    """Run the command"""
    done = machine.run(KDUMP, *arguments)
    return done.returncode, done.stdout


def set_up(machine: Scratch, tmp_path: Path) -> str:
    """Run it with the vmlinux; returns the words that kexec was given"""
    code, words = run(machine, "--vmlinux", tmp_path / "vmlinux")
    assert code == 0, words
    return (Path(machine.binds["/run"]) / "kexec").read_text()


def leftovers(machine: Scratch) -> list[str]:
    """Unexpected files in the folder of settings"""
    return sorted(p.name for p in settings(machine).parent.iterdir()
                  if p.name not in ("kdump-tools", "kdump-vmlinux"))


def test_check_before_set_up(machine: Scratch) -> None:
    """--check may be the first command: before set-up, it lists the faults"""
    code, text = run(machine, "--check")
    assert code == 1 and "WRONG" in text and "run kdump-vmlinux" in text


def test_set_up_and_undo(machine: Scratch, tmp_path: Path) -> None:
    """One line is added, kexec gets the vmlinux with -s, and --undo puts the file back"""
    before = settings(machine).read_bytes()
    words = set_up(machine, tmp_path)
    assert words.split() == ["-p", "-s", f"--initrd=/var/lib/kdump/initrd.img-{os.uname().release}",
                             str(tmp_path / "vmlinux")]
    assert settings(machine).read_text() == before.decode() + HOOK + "\n"
    assert run(machine, "--check")[0] == 0
    code, words = run(machine, "--undo")
    assert code == 0 and "is as it was before" in words
    assert settings(machine).read_bytes() == before
    assert not own(machine).exists() and not leftovers(machine)
    code, words = run(machine, "--undo")
    assert code == 0 and "nothing to undo" in words


@pytest.mark.parametrize("text", [
    b"USE_KDUMP=1", b"", b"X=1\n\n\n", b"[ -e /none ] && X=y\n", b"echo $UNSET\nfalse\n",
    b"KDUMP_KEXEC_ARGS='--dtb=\"/boot/my board.dtb\" --append=a$b'\n", b"KDUMP_KEXEC_ARGS=-c\n",
    b"set -eu\nfalse || :\n", b"# \xff\n", b"X=1 # kdump-vmlinux: begin\n"])
def test_settings_of_users(machine: Scratch, tmp_path: Path, text: bytes) -> None:
    """Settings with an odd end, or odd values: -s counts, or -a where --dtb needs it, and --undo
    restores each byte"""
    settings(machine).write_bytes(text)
    words = set_up(machine, tmp_path).splitlines()
    assert words[-3] == ("-a" if b"--dtb" in text else "-s")
    assert words[-1] == str(tmp_path / "vmlinux")
    assert subprocess.run(["sh", "-n", settings(machine)], check=False).returncode == 0
    if b"board" in text:
        assert "--dtb=/boot/my board.dtb" in words
    assert run(machine, "--undo")[0] == 0
    assert settings(machine).read_bytes() == text


FRAGMENTS = [
    b"USE_KDUMP=0\n", b"USE_KDUMP=1\n", b"# comment\n", b"#", b"\n", b"\\\n", b"X=1\\",
    b"X='1\n2'\n", b'X="$(echo 1)"\n', b"X=`echo 1`\n", b"cat <<E\nE\n", b"cat <<E\n",
    b"cat <<'E'\nX", b"X='", b'X="', b"if :; then\nX=1\nfi\n", b"if :; then\n", b"f() {\n",
    b"}\n", b"return 1\n", b"exit 0\n", b"set -eu\n", b"false\n", b"exec 2>/dev/null\n",
    b"\xff\xfe\n", b"X=1\r\n", b"KDUMP_KEXEC_ARGS=-c\n", b"KDUMP_KERNEL=/x\n",
    b"unset USE_KDUMP\n", b"readonly X=1\n", b"readonly USE_KDUMP=0\n", b"trap : EXIT\n",
    b"alias echo=false\n", HOOK.encode(), HOOK.encode() + b"\n", b"cd /\n",
]


@pytest.mark.parametrize("seed", range(30))
def test_combined_settings(machine: Scratch, tmp_path: Path, seed: int) -> None:
    """Parts of shell, together: either the vmlinux is loaded and --undo restores the file, or
    nothing changes"""
    chance = random.Random(seed)
    text = b"".join(chance.choice(FRAGMENTS) for _ in range(chance.randrange(1, 5)))
    settings(machine).write_bytes(text)
    code, words = run(machine, "--vmlinux", tmp_path / "vmlinux")
    assert code in (0, 1) and not leftovers(machine), (text, words)
    if code:
        assert "nothing is changed" in words, (text, words)
        assert settings(machine).read_bytes() == text and not own(machine).exists()
        return
    given = (Path(machine.binds["/run"]) / "kexec").read_text().splitlines()
    assert (given[-3], given[-1]) == ("-s", str(tmp_path / "vmlinux")), text
    assert run(machine, "--check", "--vmlinux", tmp_path / "vmlinux")[0] == 0, text
    assert run(machine, "--undo")[0] == 0
    assert HOOK.encode() in text or settings(machine).read_bytes() == text


@pytest.mark.parametrize("text", ["X='\n", "exit 0\n", "if true\n"])
def test_settings_that_cannot_be_read(machine: Scratch, tmp_path: Path, text: str) -> None:
    """kdump-config could not read them either: the settings stay as they were"""
    settings(machine).write_text(text)
    code, words = run(machine, "--vmlinux", tmp_path / "vmlinux")
    assert code == 1 and "nothing is changed" in words
    assert settings(machine).read_text() == text
    assert not own(machine).exists() and not leftovers(machine)


@pytest.mark.parametrize("name", ["x$(touch P)", "my vmlinux", "a'b", 'a"b', "a;b", "a\nb"])
def test_name_of_vmlinux(machine: Scratch, tmp_path: Path, name: str) -> None:
    """A name that kdump-config would evaluate is refused"""
    (tmp_path / name).write_bytes((tmp_path / "vmlinux").read_bytes())
    code, words = run(machine, "--vmlinux", tmp_path / name)
    assert code == 2 and "make a link to the file" in words
    assert HOOK not in settings(machine).read_text()


def test_relative_name(machine: Scratch, tmp_path: Path) -> None:
    """A relative name is resolved: it works at boot, too"""
    code, words = run(machine, f"--vmlinux={os.path.relpath(tmp_path / 'vmlinux')}")
    assert code == 0, words
    assert f"--vmlinux={tmp_path}/vmlinux" in own(machine).read_text()


def test_load_fails(machine: Scratch, tmp_path: Path) -> None:
    """The settings are put back, and the crash kernel of before is loaded again"""
    set_up(machine, tmp_path)
    before = settings(machine).read_bytes(), own(machine).read_bytes()
    (tmp_path / "other").write_bytes((tmp_path / "vmlinux").read_bytes())
    machine.command("kexec", KEXEC.replace("/run/broken", '"$(echo "$*" | grep other)"')
                    .replace("[ ! -e", "[ -z"))
    code, words = run(machine, "--vmlinux", tmp_path / "other")
    assert code == 1 and "the settings are as they were before, and so is the crash kernel" in words
    assert (settings(machine).read_bytes(), own(machine).read_bytes()) == before
    assert (Path(machine.binds["/sys/kernel"]) / "kexec_crash_loaded").read_text() == "1\n"
    assert str(tmp_path / "vmlinux") in (Path(machine.binds["/run"]) / "kexec").read_text()


def test_first_load_fails(machine: Scratch, tmp_path: Path) -> None:
    """The file is as it was, and the reason is printed"""
    before = settings(machine).read_bytes()
    (Path(machine.binds["/run"]) / "broken").touch()
    code, words = run(machine, "--vmlinux", tmp_path / "vmlinux")
    assert code == 1 and "Cannot load" in words and "as they were before" in words
    assert settings(machine).read_bytes() == before and not own(machine).exists()


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(machine: Scratch, tmp_path: Path, stop: signal.Signals) -> None:
    """A signal during the load: the files are put back, and no temporary file stays"""
    before = settings(machine).read_bytes()
    machine.command("kdump-config", '[ "$1" != load ] || { touch /run/loading; sleep 2; }')
    temporary = Path(machine.binds["/run"]) / "tmp"
    temporary.mkdir()
    # A shell cannot catch a signal that was ignored when it began
    argv = machine.argv("env", "--default-signal", "TMPDIR=/run/tmp", KDUMP, "--vmlinux",
                        tmp_path / "vmlinux")
    with subprocess.Popen(argv, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as command:
        for _ in range(300):
            if (Path(machine.binds["/run"]) / "loading").exists():
                break
            time.sleep(0.1)
        command.send_signal(stop)
        words = command.communicate(timeout=30)[0]
    assert command.returncode == 128 + stop, words
    assert settings(machine).read_bytes() == before and not own(machine).exists()
    assert not leftovers(machine) and not list(temporary.iterdir())


def test_two_at_once(machine: Scratch, tmp_path: Path) -> None:
    """The second waits, and one line is added"""
    commands = [subprocess.Popen(machine.argv(KDUMP, "--vmlinux", tmp_path / "vmlinux"), text=True,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                for _ in range(3)]
    words = [command.communicate(timeout=60)[0] for command in commands]
    assert [command.returncode for command in commands] == [0, 0, 0], words
    assert settings(machine).read_text().count(HOOK) == 1


def test_full_disk(machine: Scratch, tmp_path: Path) -> None:
    """A file that cannot be written: the file of the user stays"""
    before = settings(machine).read_bytes()
    machine.command("cat", 'case $* in */settings) exit 1 ;; *) exec /usr/bin/cat "$@" ;; esac')
    code, _ = run(machine, "--vmlinux", tmp_path / "vmlinux")
    assert code == 1
    assert settings(machine).read_bytes() == before
    assert not own(machine).exists() and not leftovers(machine)


def test_link(machine: Scratch, tmp_path: Path) -> None:
    """A symbolic link stays one"""
    target = settings(machine).rename(settings(machine).with_name("real"))
    settings(machine).symlink_to("real")
    set_up(machine, tmp_path)
    assert settings(machine).is_symlink() and HOOK in target.read_text()
    assert run(machine, "--undo")[0] == 0
    assert settings(machine).is_symlink() and HOOK not in target.read_text()


def test_lines_of_the_user(machine: Scratch, tmp_path: Path) -> None:
    """Lines that were added later stay, and --undo reports them"""
    set_up(machine, tmp_path)
    with settings(machine).open("a") as file:
        file.write("MINE=1\n")
    code, words = run(machine, "--undo")
    assert code == 0 and "+MINE=1" in words and "differs from the original" in words
    assert settings(machine).read_text() == "USE_KDUMP=1\n# the user's\nMINE=1\n"


def test_crlf(machine: Scratch, tmp_path: Path) -> None:
    """An editor that ended lines with CR LF: the line is removed"""
    set_up(machine, tmp_path)
    settings(machine).write_bytes(settings(machine).read_bytes().replace(b"\n", b"\r\n"))
    assert run(machine, "--undo")[0] == 0
    assert HOOK not in settings(machine).read_text()


def test_mode_and_owner(machine: Scratch, tmp_path: Path) -> None:
    """The file keeps its mode"""
    settings(machine).chmod(0o640)
    set_up(machine, tmp_path)
    assert settings(machine).stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("line, words", [
    ("USE_KDUMP=0", "USE_KDUMP=0"), ("KDUMP_KERNEL=/boot/other", "KDUMP_KERNEL=/boot/other"),
    ("KDUMP_KEXEC_ARGS=-c", "KDUMP_KEXEC_ARGS=-c"), ("X='", "cannot be read")])
def test_check_settings(machine: Scratch, tmp_path: Path, line: str, words: str) -> None:
    """--check reads the settings as kdump-config does"""
    set_up(machine, tmp_path)
    with settings(machine).open("a") as file:
        file.write(line + "\n")
    code, text = run(machine, "--check", f"--vmlinux={tmp_path}/vmlinux")
    assert code == 1 and words in text


@pytest.mark.parametrize("file", ["settings", "vmlinux"])
def test_check_loaded_before(machine: Scratch, tmp_path: Path, file: str) -> None:
    """--check reports a crash kernel that was loaded before a change"""
    set_up(machine, tmp_path)
    path = settings(machine) if file == "settings" else tmp_path / "vmlinux"
    path.write_bytes(path.read_bytes() + b"\n")
    code, text = run(machine, "--check", f"--vmlinux={tmp_path}/vmlinux")
    assert code == 1 and "was loaded before" in text


@pytest.mark.parametrize("notes", [b"", NOTE[:20], b"\4\0\0\0\x10\0\0\0\3\0\0\0GNU\0" + bytes(16)])
def test_build_id(machine: Scratch, tmp_path: Path, notes: bytes) -> None:
    """A kernel with no build-id, or another one, has another vmlinux"""
    (Path(machine.binds["/sys/kernel"]) / "notes").write_bytes(notes)
    code, words = run(machine, "--vmlinux", tmp_path / "vmlinux")
    assert code == 1 and "build-id" in words


def test_short_build_id(machine: Scratch, tmp_path: Path) -> None:
    """--build-id=md5 has 16 bytes"""
    note = b"\4\0\0\0\x10\0\0\0\3\0\0\0GNU\0" + bytes(range(1, 17))
    (Path(machine.binds["/sys/kernel"]) / "notes").write_bytes(note)
    (tmp_path / "vmlinux").write_bytes(b"\x7fELF" + bytes(64) + note)
    set_up(machine, tmp_path)


def test_no_answer_of_plan(machine: Scratch, tmp_path: Path) -> None:
    """A file that kexec-elf-plan cannot read is no file of 2 MiB"""
    machine.command("kexec-elf-plan", "exit 1")
    code, words = run(machine, "--vmlinux", tmp_path / "vmlinux")
    assert code == 1 and "kexec-elf-plan cannot read" in words


def test_compressed(machine: Scratch, tmp_path: Path) -> None:
    """kexec-elf-plan gets the decompressed file"""
    subprocess.run(["xz", tmp_path / "vmlinux"], check=True)
    machine.command("kexec-elf-plan", """
        [ "$(head -c 4 "$2" | tail -c 3)" = ELF ] || exit 1
        echo '{ "span": 30000000 }'""")
    code, words = run(machine, "--vmlinux", tmp_path / "vmlinux.xz")
    assert code == 0, words


def syscalls(machine: Scratch, *errnos: int) -> None:
    """Let kexec_file_load() and kexec_load() return these"""
    machine.command("perl", f"""
        case $* in
        *" 294 "*) echo {errnos[0]} ;;
        *" 104 "*) echo {errnos[1]} ;;
        *) exec /usr/bin/perl "$@" ;;
        esac""")


@pytest.mark.parametrize("version, knows", [("1.7.6", ""), ("1.7.9", ""),
                                            ("1.7.9", "compound_info")])
def test_makedumpfile(machine: Scratch, tmp_path: Path, version: str, knows: str) -> None:
    """Its binary, not its version, shows whether it knows the pages of Linux 7.x"""
    machine.command("makedumpfile", f"echo 'makedumpfile: version {version} (released)' # {knows}")
    machine.command("uname", "echo 7.3.4")
    lib = Path(machine.binds["/var/lib"]) / "kdump"
    (lib / "initrd.img-7.3.4").write_text("initrd")
    set_up(machine, tmp_path)
    assert ("-d 23" in own(machine).read_text()) == (not knows)
    assert ("takes kernel data of 7.3.4" in run(machine, "--check")[1]) == (not knows)


@pytest.mark.parametrize("errnos, symbol, method", [
    ((22, 38), "kexec_place_kernel", "-s"), ((22, 38), "", "-s"), ((38, 22), "", "-a")])
def test_any_kernel(machine: Scratch, tmp_path: Path, errnos: tuple[int, int], symbol: str,
                    method: str) -> None:
    """The loader, kexec_file_load() without it, or kexec_load() alone"""
    syscalls(machine, *errnos)
    Path(machine.binds["/proc/kallsyms"]).write_text(f"ffff800080000000 T {symbol}\n")
    assert set_up(machine, tmp_path).split()[1] == method
    assert run(machine, "--check")[0] == 0


def test_no_kexec(machine: Scratch, tmp_path: Path) -> None:
    """A kernel with neither call"""
    syscalls(machine, 38, 38)
    code, words = run(machine, "--vmlinux", tmp_path / "vmlinux")
    assert code == 1 and "neither kexec_file_load() nor kexec_load()" in words


def test_locked_down(machine: Scratch, tmp_path: Path) -> None:
    """A kernel that takes only signed files, and has no loader"""
    Path(machine.binds["/proc/kallsyms"]).write_text("ffff800080000000 T other\n")
    security = Path(machine.binds["/sys/kernel"]) / "security"
    security.mkdir()
    (security / "lockdown").write_text("none [integrity] confidentiality\n")
    code, words = run(machine, "--vmlinux", tmp_path / "vmlinux")
    assert code == 1 and "has no loader for vmlinux" in words


@pytest.mark.parametrize("arguments", [["--bad"], ["--check", "--undo"], ["--vmlinux"],
                                       ["--vmlinux", "/none"], ["more"]])
def test_wrong_arguments(machine: Scratch, arguments: list[str]) -> None:
    """Exit 2, in one line"""
    code, words = run(machine, *arguments)
    assert (code, words.count("\n")) == (2, 1), words
