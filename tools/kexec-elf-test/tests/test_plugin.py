# SPDX-License-Identifier: GPL-2.0
"""The plugin of pytest: the tests of a module share a guest"""

import subprocess
import sys
from pathlib import Path

from vmtest.project import TOP

MODULE = """
import pytest

SUITES = "check@7.3-plain all@EACH"
made = []

@pytest.fixture(scope="module")
def guest(linux):
    assert linux not in made
    made.append(linux)

@pytest.mark.parametrize("case", range(3))
def test_case(guest, case):
    pass

def test_more(guest):
    pass
"""


def test_guest_is_shared(tmp_path: Path) -> None:
    """A guest runs once for all tests of a module, on each Linux"""
    (tmp_path / "test_module.py").write_text(MODULE)
    subprocess.run([sys.executable, "-m", "pytest", "-c", TOP / "pytest.ini", "--rootdir", tmp_path,
                    "-p", "no:cacheprovider", "--linux", "7.3", tmp_path], check=True)
