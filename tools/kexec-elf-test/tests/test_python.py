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


def sources() -> list[Path]:
    """All files of Python, by their names or their first lines"""
    files = [p for d in ("packaging", "scripts", "tools") for p in (TOP / d).rglob("*")
             if p.is_file() and "corpus" not in p.parts]
    return [p for p in files if p.suffix == ".py" or
            (not p.suffix and p.read_bytes()[:40].startswith(b"#!") and
             b"python" in p.read_bytes()[:40])]


def words(*command: str | Path) -> str:
    """What a checker prints"""
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
