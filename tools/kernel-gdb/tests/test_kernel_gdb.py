# SPDX-License-Identifier: GPL-2.0
"""kernel-gdb: foreign text does not become commands, code or escape sequences"""

import os
import random
import re
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parents[1]
sys.path.insert(0, str(HERE))
import foreign  # noqa: E402 (the path comes first)
import proxy as proxy_of_gdb  # noqa: E402
import vmcore  # noqa: E402
import vmlinux as vmlinux_of_gdb  # noqa: E402

pytestmark = pytest.mark.packages("gdb", "gcc")

KERNEL = Path(__file__).with_name("kernel.c")


def compile_kernel(folder: Path, section: str, module: str = "evil") -> Path:
    """A program whose memory holds a module with a section of that name; evil.ko is its file"""
    def literal(text: str) -> str:
        return '"' + "".join(f"\\{b:03o}" for b in text.encode()) + '"'

    path = folder / "kernel"
    subprocess.run(["gcc", "-g", "-static", "-no-pie", "-Wl,--build-id=none",
                    f"-DNAME={literal(section)}", f"-DMODULE={literal(module)}",
                    KERNEL, "-o", path], check=True)
    (folder / "evil.ko").write_bytes(path.read_bytes())
    return path


def gdb(folder: Path, *commands: str) -> str:
    """The text that gdb prints for some commands"""
    words = [word for command in commands for word in ("-ex", command)]
    return subprocess.run(["gdb", "-nx", "-batch", *words], check=False, cwd=folder, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60).stdout


DAMAGE = """
import contextlib, io, random
import gdb, modules

def run(seed, count):
    chance, memory = random.Random(seed), gdb.selected_inferior()
    parts = []
    for name in ("evil", "attrs", "list", "sections", "note", "modules"):
        value = gdb.parse_and_eval(name)
        parts.append((int(value.address), value.type.sizeof))
    sound = [bytes(memory.read_memory(at, size)) for at, size in parts]
    pointers = [at for at, _ in parts] + [0, 1, 1 << 63, (1 << 64) - 8]
    for _ in range(count):
        at, size = chance.choice(parts)
        for _ in range(chance.randrange(1, 4)):
            word = chance.choice(pointers + [chance.getrandbits(64)]).to_bytes(8, "little")
            memory.write_memory(at + chance.randrange(0, size, 4), word[:chance.choice((1, 4, 8))])
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                modules.load("kernel", ".")
        finally:
            for (at, size), data in zip(parts, sound):
                memory.write_memory(at, data)
    print("all survived")
"""


def load_modules(folder: Path, kernel: Path) -> str:
    """Run modules.load() in gdb"""
    return gdb(folder, f"file {kernel}", f"python import sys; sys.path.insert(0, {str(HERE)!r}); "
               f"import modules; modules.load({str(kernel)!r}, {str(folder)!r})")


def test_module_is_loaded(tmp_path: Path) -> None:
    """A sound module: its symbols are loaded"""
    assert "symbols of modules are loaded: 1" in load_modules(
        tmp_path, compile_kernel(tmp_path, ".data..ro-after_init$1"))


@pytest.mark.parametrize("name", [
    ".x 0\nshell touch owned\n#", ".x\rshell touch owned", ".x -s .y 0", "|touch owned", "-readnow",
    ".x\u2028y", ""])
def test_section_name(tmp_path: Path, name: str) -> None:
    """A section with an odd name is left out, and the module is loaded without it"""
    words = load_modules(tmp_path, compile_kernel(tmp_path, name))
    assert not (tmp_path / "owned").exists()
    assert "symbols of modules are loaded: 1" in words


def test_damaged_list(tmp_path: Path) -> None:
    """Any bytes in the list of modules: loaded or reported, in one process of gdb"""
    kernel = compile_kernel(tmp_path, ".x")
    (tmp_path / "damage.py").write_text(DAMAGE)
    words = gdb(tmp_path, "set confirm off", f"file {kernel}", "starti",
                f"python import sys; sys.path[:0] = [{str(HERE)!r}, {str(tmp_path)!r}]",
                "python import damage; damage.run(1, 300)")
    assert "all survived" in words, words[-3000:]
    assert "Traceback" not in words


def test_module_name(tmp_path: Path) -> None:
    """The name of a module is printed without control characters"""
    words = load_modules(tmp_path, compile_kernel(tmp_path, ".x", "a\033]0;b\007"))
    assert "no file has the build-id of a\\x1b]0;b\\x07" in words
    assert "\033" not in words


def test_file_name(tmp_path: Path) -> None:
    """A file with quotes, backslashes and spaces in its name is loaded"""
    folder = tmp_path / 'q"u o\\te\'s'
    folder.mkdir()
    kernel = compile_kernel(folder, ".x")
    words = gdb(tmp_path, f"file {foreign.gdb_word(str(kernel))}", "print main")
    assert re.search(r"\$1 = .*<main>", words), words


def test_control_characters_in_a_file_name(tmp_path: Path) -> None:
    """A file with a newline in its name is refused"""
    with pytest.raises(ValueError, match=r"a\\nshell"):
        foreign.gdb_word("a\nshell touch owned")
    with pytest.raises(ValueError):
        foreign.gdb_rest("a\rb")


def dump(folder: Path, **info: str) -> str:
    """A file with that VMCOREINFO"""
    text = {"OSRELEASE": "7.3.4", "BUILD-ID": "00" * 20, "KERNELOFFSET": "0", **info}
    path = folder / "dump"
    path.write_bytes(b"\0" * 100 + "".join(f"{k}={v}\n" for k, v in text.items()).encode())
    return str(path)


@pytest.mark.parametrize("name, value", [
    ("OSRELEASE", "../../../tmp/x/////"), ("OSRELEASE", ".."), ("OSRELEASE", "a/b"),
    ("OSRELEASE", "a\033[2J"), ("OSRELEASE", ""), ("OSRELEASE", "*"), ("BUILD-ID", "../../../x"),
    ("BUILD-ID", "0\033[2J"), ("BUILD-ID", "abc"), ("BUILD-ID", "٣٣" * 10),
    ("KERNELOFFSET", "0x10"), ("KERNELOFFSET", "f" * 17), ("KERNELPACMASK", "-1")])
def test_vmcoreinfo(tmp_path: Path, name: str, value: str) -> None:
    """A value that is no release, build-id or number is refused, and printed without escapes"""
    with pytest.raises(vmlinux_of_gdb.Refused) as refused:
        vmcore.vmcoreinfo(dump(tmp_path, **{name: value}))
    assert str(refused.value).isprintable()


@pytest.mark.parametrize("release", ["7.3.4", "6.12.107+deb13-cloud-arm64", "6.1.0-rc1~x_y"])
def test_sound_vmcoreinfo(tmp_path: Path, release: str) -> None:
    """The releases of distributions are read"""
    assert vmcore.vmcoreinfo(dump(tmp_path, OSRELEASE=release))["OSRELEASE"] == release


@pytest.fixture
def with_script(tmp_path: Path) -> Path:
    """A vmlinux with vmlinux-gdb.py beside it"""
    kernel = compile_kernel(tmp_path, ".x").rename(tmp_path / "vmlinux")
    (tmp_path / "vmlinux-gdb.py").write_text("print('sourced')\n")
    return kernel


def load_vmlinux(kernel: Path, named: bool, *first: str) -> str:
    """Load it as kernel-gdb does"""
    before, after = vmlinux_of_gdb.commands_of_linux(str(kernel), named)
    return gdb(kernel.parent, "set auto-load python-scripts off", *first,
               f"file {kernel}", *before, f"symbol-file {kernel} -o 0x10000", *after)


def test_script_beside_a_named_vmlinux(with_script: Path) -> None:
    """The user has named the vmlinux: the commands beside it are loaded"""
    assert "sourced" in load_vmlinux(with_script, True)


def test_script_beside_a_found_vmlinux(with_script: Path) -> None:
    """kernel-gdb has found the vmlinux: gdb declines to load code beside it"""
    words = load_vmlinux(with_script, False)
    assert "sourced" not in words
    assert "auto-loading has been declined" in words


def test_script_in_a_safe_path(with_script: Path) -> None:
    """gdb loads it if its auto-load safe-path has the folder"""
    allow = f"add-auto-load-safe-path {with_script.parent}"
    assert "sourced" in load_vmlinux(with_script, False, allow)


def test_current_folder(with_script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder is not searched"""
    monkeypatch.chdir(with_script.parent)
    assert not any(Path(place).resolve().parent == with_script.parent
                   for place in vmlinux_of_gdb.places("7.3.4", "00" * 20))
    assert str(with_script) not in vmlinux_of_gdb.candidates()


def test_printable() -> None:
    """Letters of all languages stay, commands to a terminal are escaped"""
    assert foreign.printable("für 7.3 \033[0m\n\u202e\udcff") == "für 7.3 \\x1b[0m\\n\\u202e\\udcff"


def elf(path: Path) -> Path:
    """A file for arm64 with only a build-id"""
    note = struct.pack("<III4s20s", 4, 20, 3, b"GNU", b"\x11" * 20)
    path.write_bytes(vmlinux_of_gdb.EHDR.pack(b"\x7fELF\x02\x01\x01", 2, 183, 1, 0, 64, 0, 0, 64,
                                              56, 1, 64, 0, 0) +
                     vmlinux_of_gdb.PHDR.pack(4, 4, 120, 0, 0, len(note), len(note), 4) + note)
    return path


def kernel_gdb(*words: str, **environment: str) -> tuple[int, str]:
    """The exit code and the text of kernel-gdb"""
    done = subprocess.run([HERE / "kernel-gdb", *words], check=False, text=True, timeout=120,
                          env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A server that accepts connections, and stays silent"""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def test_silent_stub(tmp_path: Path, silent: socket.socket) -> None:
    """gdb would wait for a minute, without a word"""
    target = f"127.0.0.1:{silent.getsockname()[1]}"
    assert kernel_gdb(str(elf(tmp_path / "vmlinux")), target) == (
        1, f"kernel-gdb: {target}: timed out: is a gdb stub there?\n")


def test_chattering_stub(tmp_path: Path, silent: socket.socket) -> None:
    """A server that sends a byte now and then, and no packet"""
    def chatter() -> None:
        with silent.accept()[0] as peer:
            try:
                while True:
                    peer.sendall(b"+x")
                    threading.Event().wait(0.2)
            except OSError:
                pass

    threading.Thread(target=chatter, daemon=True).start()
    target = f"127.0.0.1:{silent.getsockname()[1]}"
    assert kernel_gdb(str(elf(tmp_path / "vmlinux")), target) == (
        1, f"kernel-gdb: {target}: no answer: is a gdb stub there?\n")


@pytest.mark.parametrize("port", ["x", "", "70000", "-1", "1 2", "٣"])
def test_port(tmp_path: Path, port: str) -> None:
    """A bad address is refused"""
    status, words = kernel_gdb(str(elf(tmp_path / "vmlinux")), f"localhost:{port}")
    assert (status, words.count("\n"), "is no port" in words) == (1, 1, True), words


@pytest.mark.parametrize("answer, calls", [("Timer expired", 1), ("No such file or directory", 2)])
def test_debuginfod(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, calls: int,
                    capsys: pytest.CaptureFixture[str]) -> None:
    """A server that does not answer is asked once, and for seconds"""
    find = tmp_path / "debuginfod-find"
    find.write_text("#!/bin/sh\necho $DEBUGINFOD_TIMEOUT $DEBUGINFOD_RETRY_LIMIT "
                    f">>{tmp_path}/log\necho 'Server query failed: {answer}' >&2\nexit 1\n")
    find.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("DEBUGINFOD_URLS", "http://localhost:1")
    for wanted in ("00" * 20, "11" * 20):
        assert vmlinux_of_gdb.by_debuginfod(wanted) is None
    assert (tmp_path / "log").read_text() == "15 0\n" * calls
    words = capsys.readouterr().err
    assert words.count("asking debuginfod for build-id") == calls
    assert ("Timer expired: debuginfod is not asked again" in words) == (calls == 1)


def kdump(pages: int = 8, block: int = 4096) -> bytes:
    """A compressed dump of so many pages, as far as its size goes"""
    head = b"KDUMP   ".ljust(428, b"\0") + struct.pack("<iiI", block, 1, 2)
    bitmap = ((1 << pages) - 1).to_bytes(block, "little")
    at = block * 4 + pages * 24
    table = b"".join(struct.pack("<qIIQ", at + 100 * i, 100, 1, 0) for i in range(pages))
    return head.ljust(2 * block, b"\0") + bitmap * 2 + table + bytes(100 * pages)


def refuses(file: Path, data: bytes) -> bool:
    """Does check_length() take it for truncated?"""
    file.write_bytes(data)
    try:
        vmcore.check_length(str(file))
    except vmlinux_of_gdb.Refused as refused:
        assert str(refused).isprintable()
        return True
    return False


@pytest.mark.parametrize("pages", [0, 1, 8, 1000])
def test_compressed_length(tmp_path: Path, pages: int) -> None:
    """A compressed dump is whole, or cut anywhere behind its magic number"""
    data = kdump(pages)
    assert not refuses(tmp_path / "dump", data)
    for size in {*range(8, len(data), 997), len(data) - 1}:
        assert refuses(tmp_path / "dump", data[:size]), size


def test_damaged_headers(tmp_path: Path) -> None:
    """check_length() and vmcoreinfo() accept or refuse any header, without another exception"""
    info = b"".join(b"%s=%s\n" % pair for pair in [
        (b"OSRELEASE", b"7.3.4"), (b"BUILD-ID", b"00" * 20), (b"KERNELOFFSET", b"0")])
    sound = [kdump(), elf(tmp_path / "elf").read_bytes() + info, kdump() + info]
    chance = random.Random(1)
    for _ in range(20000):
        data = bytearray(chance.choice(sound))
        for _ in range(chance.randrange(1, 5)):
            at = chance.choice((chance.randrange(len(data)), chance.randrange(64),
                                chance.randrange(max(1, min(len(data) - 8, 424)), len(data)) % 448))
            word = struct.pack("<Q", chance.choice((0, 1, 255, 1 << 31, (1 << 63) - 1,
                                                    (1 << 64) - 1, chance.getrandbits(64))))
            data[at:at + 8] = word[:chance.randrange(1, 9)].ljust(8, b"\0")
        file = tmp_path / "dump"
        refuses(file, bytes(data))
        try:
            vmcore.vmcoreinfo(str(file))
        except vmlinux_of_gdb.Refused:
            pass


def test_fatal_dump(tmp_path: Path) -> None:
    """drgn maps a dump: if a signal ends it, one line reports that"""
    (tmp_path / "drgn.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGBUS)\n")
    file = dump(tmp_path, **{"BUILD-ID": "11" * 20})
    assert kernel_gdb(str(elf(tmp_path / "vmlinux")), file, PYTHONPATH=str(tmp_path)) == (
        1, f"kernel-gdb: {file}: damaged: drgn has ended with SIGBUS\n")


def test_places() -> None:
    """kdump-vmlinux looks where kernel-gdb looks"""
    script = (HERE.parents[1] / "packaging/kexec-vmlinux/kdump-vmlinux").read_text()
    loop = re.search(r"for place in (.*?); do\n\s*for path in (.*?); do", script, re.DOTALL)
    assert loop
    names = [name.replace("$release", "7.3") for name in loop[1].replace("\\\n", " ").split()]
    suffixes = [word.strip('"').removeprefix("$place") for word in loop[2].split()]
    assert [name + suffix for name in names for suffix in suffixes] == list(
        vmlinux_of_gdb.places("7.3"))


@pytest.mark.parametrize("program, suffix", [("xz", ".xz"), ("zstd", ".zst"), ("gzip", ".gz")])
def test_compressed_vmlinux(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str,
                            suffix: str) -> None:
    """A compressed vmlinux is found by its build-id, and decompressed to another folder"""
    file = elf(tmp_path / "vmlinux-7.3")
    subprocess.run([program, "-q", file], check=True)
    file.unlink(missing_ok=True)
    (tmp_path / "vmlinux-7.2.xz").write_bytes(b"damaged")
    monkeypatch.setattr(vmlinux_of_gdb, "places", lambda release="*", wanted=None: iter(
        str(tmp_path / name) for name in ("vmlinux-7.2.xz", f"vmlinux-{release}{suffix}")))
    (tmp_path / "other").mkdir()
    for release in "7.3", "*":
        found = vmlinux_of_gdb.find(release, "11" * 20, str(tmp_path / "other"))
        assert found == str(tmp_path / "other/vmlinux-7.3")
    with pytest.raises(vmlinux_of_gdb.Refused):
        vmlinux_of_gdb.find("7.3", "22" * 20, str(tmp_path / "other"))


def test_stop_reply() -> None:
    """A stub that reports that it has stopped, before it answers"""
    here, there = socket.socketpair()
    there.sendall(b"+$T02thread:01;#04$QC1#c5")
    proxy = proxy_of_gdb.Proxy(here)
    assert proxy.gdb is None and there.recv(100).startswith(b"$qC#b4")


@pytest.mark.parametrize("words", [["--json", "dump"], ["--report"],
                                   ["--report", "a", "b", "-ex", "x"],
                                   ["--report", "--early=1", "a", "b"], ["--report=1", "a"]])
def test_report_arguments(words: list[str]) -> None:
    """Exit 2, in one line"""
    status, text = kernel_gdb(*words)
    assert (status, text.count("\n")) == (2, 1), text


@pytest.mark.parametrize("name", ["/none", "/proc/kcore", "/tmp", "localhost:1"])
def test_report_of_no_dump(name: str) -> None:
    """Only a file has a report"""
    assert kernel_gdb("--report", name) == (
        1, f"kernel-gdb: {name}: --report wants the file of a dump\n")
