# SPDX-License-Identifier: GPL-2.0
"""kexec-cache-check: arguments that would make its report empty are refused"""

import subprocess
from pathlib import Path

import pytest

COMMAND = Path(__file__).parents[1] / "kexec-cache-check"


@pytest.fixture(name="system_map")
def system_map_(tmp_path: Path) -> Path:
    """A System.map with one function"""
    path = tmp_path / "System.map"
    path.write_text("ffff800080000000 T _text\nffff800080010000 t dcache_clean_poc\n")
    return path


def run(*arguments: str | Path) -> tuple[int, str]:
    """Run it with a QEMU that exits at once"""
    done = subprocess.run([COMMAND, *arguments, "true"], check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


@pytest.mark.parametrize("name", ["nosuchfunction", "dcache_clean_po", "dcache_clean_poc2", ".*"])
def test_ignored_function_does_not_exist(system_map: Path, name: str) -> None:
    """A typo in the name of a function is an error"""
    code, words = run("--map", system_map, "--ignore-dc", name)
    assert code == 2 and f"no function '{name}'" in words


@pytest.mark.parametrize("name", ["dcache_clean_poc", "copied"])
def test_ignored_function_exists(system_map: Path, name: str) -> None:
    """A function of the map, and the word for all that kexec has copied"""
    assert "no function" not in run("--map", system_map, "--ignore-dc", name)[1]


def test_qemu_fails(system_map: Path) -> None:
    """A silent QEMU is a failure"""
    assert run("--map", system_map)[0] != 0
