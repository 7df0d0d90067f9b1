# SPDX-License-Identifier: GPL-2.0
"""kernel-gdb: foreign text does not become commands, code or escape sequences"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parents[1]
sys.path.insert(0, str(HERE))
import foreign  # noqa: E402 (the path comes first)
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
    """What gdb prints for some commands"""
    words = [word for command in commands for word in ("-ex", command)]
    return subprocess.run(["gdb", "-nx", "-batch", *words], check=False, cwd=folder, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60).stdout


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
