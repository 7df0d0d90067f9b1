# SPDX-License-Identifier: GPL-2.0
"""The Python of the project: flake8; mypy --strict; no hidden state in vmtest"""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from vmtest.project import TEST, TOP

pytestmark = pytest.mark.packages("flake8", "mypy")
MODULES = sorted((TEST / "vmtest").glob("*.py"))
COMMANDS = sorted([*TOP.glob("tools/*/tests"), *TOP.glob("packaging/*/tests")])
COMMANDS.remove(TEST / "tests")


def sources() -> list[Path]:
    """All files of Python, by their names or their first lines"""
    files = [p for d in ("packaging", "scripts", "tools") for p in (TOP / d).rglob("*")
             if p.is_file() and "corpus" not in p.parts]
    return [p for p in files if p.suffix == ".py" or
            (not p.suffix and p.read_bytes()[:40].startswith(b"#!") and
             b"python" in p.read_bytes()[:40])]


def words(*command: str | Path) -> str:
    """The output of a checker"""
    return subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, cwd=TEST).stdout


def test_flake8() -> None:
    """All files"""
    assert len(sources()) > 20
    assert words("flake8", "--isolated", "--max-line-length", "100", *sources()) == ""


def test_mypy(tmp_path: Path) -> None:
    """vmtest and its tests"""
    assert words("mypy", "--strict", "--python-executable", sys.executable, "--cache-dir", tmp_path,
                 "vmtest", "tests").startswith("Success")


@pytest.mark.parametrize("folder", COMMANDS, ids=[p.parent.name for p in COMMANDS])
def test_mypy_commands(tmp_path: Path, folder: Path) -> None:
    """The tests of a command, which may call untyped functions of the command"""
    found = words("env", f"MYPYPATH={TEST}:{folder.parent}", "mypy", "--strict",
                  "--follow-imports", "silent", "--allow-untyped-calls",
                  "--python-executable", sys.executable, "--cache-dir", tmp_path, folder)
    assert found.startswith("Success"), found


def state(source: str) -> list[str]:
    """The global statements, and the names of a module whose values can change"""
    mutable = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
    tree = ast.parse(source)
    return [f"line {node.lineno}" for node in tree.body
            if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.value, mutable)
            ] + [f"line {node.lineno}: global" for node in ast.walk(tree)
                 if isinstance(node, ast.Global)]


@pytest.mark.parametrize("module", MODULES, ids=[m.stem for m in MODULES])
def test_no_state(module: Path) -> None:
    """A module has no state: functions take values as arguments"""
    assert state(module.read_text()) == []


@pytest.mark.parametrize("source", ["x = []", "x: dict = {}", "def f():\n    global x\n    x = 1"])
def test_state_is_found(source: str) -> None:
    """The check above can fail"""
    assert state(source)
