# SPDX-License-Identifier: GPL-2.0
"""The common options of all commands: --help, --version, a manual page, completion, exit codes"""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from vmtest.build import Build, clean_environment
from vmtest.project import TEST, TOP

SUITES = "check all"
HELPER = TOP / "packaging/kexec-vmlinux/bash-completion/kexec-push"
SCRIPTS = {"kexec-push": "tools/kexec-push", "kernel-gdb": "tools/kernel-gdb",
           "kdump-vmlinux": "packaging/kexec-vmlinux"}
NAMES = [*SCRIPTS, "kexec-elf-plan"]


@pytest.fixture(scope="module")
def commands(build: Build, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each command, by its name"""
    folder = tmp_path_factory.mktemp("plan")
    subprocess.run([TEST / "host.sh", "build-plan", folder], check=True, stdout=subprocess.DEVNULL,
                   env=clean_environment(**build.environment()))
    return {**{name: TOP / room / name for name, room in SCRIPTS.items()},
            "kexec-elf-plan": folder / "kexec-elf-plan"}


def run(*command: str | Path) -> tuple[int, str, str]:
    """The exit code, stdout and stderr"""
    done = subprocess.run(command, check=False, text=True, capture_output=True,
                          stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout, done.stderr


def options(text: str) -> set[str]:
    """The long options in a text"""
    return set(re.findall(r"--[a-z][a-z-]+", text.replace("\\-", "-")))


@pytest.mark.parametrize("name", NAMES)
def test_help_and_version(commands: dict[str, Path], name: str) -> None:
    """Both are for stdout, and exit with 0"""
    code, out, err = run(commands[name], "--help")
    assert (code, err) == (0, "") and {"--help", "--version"} <= options(out)
    assert run(commands[name], "--version") == (0, f"{name} unreleased\n", "")


@pytest.mark.parametrize("name", NAMES)
def test_manual(commands: dict[str, Path], name: str) -> None:
    """Each option is in the manual page, which has examples, and mandoc or man reads it"""
    page = next(TOP.glob(f"*/{name}/{name}.[18]"), TOP / f"packaging/kexec-vmlinux/{name}.8")
    text = page.read_text()
    mentioned = {o for o in options(run(commands[name], "--help")[1])}
    assert mentioned - options(text) <= {"--name"}
    assert ".SH EXAMPLES\n" in text and ".SH EXIT STATUS\n" in text
    assert run("man", "-l", "--warnings", "-E", "UTF-8", page)[2] == ""


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("words", [["--no-such-option"], ["--no-such-option=1"]])
def test_wrong(commands: dict[str, Path], name: str, words: list[str]) -> None:
    """Exit 2, and at most two lines for stderr"""
    code, out, err = run(commands[name], *words)
    assert (code, out) == (2, "") and err.count("\n") in (1, 2)


@pytest.mark.parametrize("name", NAMES)
def test_completion(commands: dict[str, Path], name: str) -> None:
    """bash completes the options of --help"""
    script = (f'. {HELPER}; COMP_WORDS=({name} --he) COMP_CWORD=1; "$1" "$2"; '
              'echo "${COMPREPLY[@]}"')
    code, out, err = run("bash", "-c", script, "bash", "_kexec_vmlinux", commands[name])
    assert (code, out, err) == (0, "--help\n", "")


def test_two_forms_of_a_value(tmp_path: Path) -> None:
    """--opt VALUE is --opt=VALUE"""
    for words in (["--modules", "/none"], ["--modules=/none"]):
        assert run(sys.executable, TOP / "tools/kernel-gdb/kernel-gdb", *words, "x") == (
            2, "", "kernel-gdb: --modules=/none: no such folder; see --help\n")
    for words in (["--vmlinux", "/none"], ["--vmlinux=/none"]):
        assert run(TOP / "packaging/kexec-vmlinux/kdump-vmlinux", *words) == (
            2, "", "kdump-vmlinux: no such file: ; see --help\n")
