# SPDX-License-Identifier: GPL-2.0
"""The benchmark counts, and a vmlinux with DWARF costs as much as its Image in pages, at the peak
and at the jump. Instructions vary between runs: "make bench" compares them, these tests do not.
"""

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from vmtest.build import Preparer, clean_environment
from vmtest.plugin import Lab
from vmtest.project import TEST

SUITES = "check all cost"
LINUX = "NEWEST"
pytestmark = pytest.mark.packages("device-tree-compiler", "gnuplot-nox", "libdevel-nytprof-perl")
CASES = ("image", "vmlinux", "kexec_load", "vmlinux-cma", "ranges-1000")
PROFILED = ("image", "vmlinux", "kexec_load", "vmlinux-cma")
PEAK_EXTRA_KIB = 8192


@dataclass(frozen=True)
class Bench:
    """A run of the benchmark"""

    text: str
    figures: dict[str, dict[str, float | None]]
    folder: Path

    def get(self, case: str, field: str) -> float:
        """A figure"""
        value = self.figures[case][field]
        assert value is not None, f"{case}: {field}"
        return value

    def at_most(self, case: str, of: str, field: str, ratio: float) -> None:
        """Assert: the figure of a case is at most so much of the figure of another"""
        assert self.get(case, field) <= self.get(of, field) * ratio


@pytest.fixture(scope="module")
def bench(lab: Lab, preparer: Preparer) -> Bench:
    """Some cases, with profiles"""
    preparer.user_space()
    preparer.run("qemu")
    environment = clean_environment(PROFILE="1", ROUNDS="5", JSON=str(lab.folder / "json"),
                                    SVG=str(lab.folder / "svg"), **lab.build.environment())
    done = subprocess.run([TEST / "bench/bench.sh", *CASES], check=False, text=True,
                          env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
    cases = json.loads((lab.folder / "json").read_text())
    return Bench(done.stdout, {case.pop("case"): case for case in cases}, lab.folder)


@pytest.mark.parametrize("field", ["file_bytes", "load_bytes", "insn_cold", "insn_warm",
                                   "insn_syscall", "peak_kib", "pages", "jump_bytes", "insn_jump"])
def test_counted(bench: Bench, field: str) -> None:
    """Each figure is counted"""
    assert bench.get("image", field) >= 0 and bench.get("vmlinux", field) >= 0


def test_file(bench: Bench, lab: Lab) -> None:
    """file_bytes is the length of the file"""
    assert bench.get("vmlinux", "file_bytes") == lab.build.vmlinux.stat().st_size


def test_ranges(bench: Bench) -> None:
    """A machine with a thousand ranges of memory is counted"""
    assert bench.get("ranges-1000", "insn_warm") > 0


def test_as_image(bench: Bench) -> None:
    """A vmlinux costs as much as its Image. It varies whether some 30 pages that lie where the
    kernel goes are put aside, and others may take up to 2 MiB meanwhile."""
    for field, ratio in ("pages", 1.02), ("peak_kib", 1.25), ("jump_bytes", 1), ("insn_jump", 1.02):
        bench.at_most("vmlinux", "image", field, ratio)
    bench.at_most("vmlinux", "kexec_load", "insn_warm", 0.5)


@pytest.mark.parametrize("case", ["vmlinux-cma", "vmlinux", "image"])
def test_nothing_copied(bench: Bench, case: str) -> None:
    """In CMA and in free memory, the jump copies nothing"""
    assert bench.get(case, "jump_bytes") == 0


@pytest.mark.parametrize("case", ["image", "vmlinux"])
def test_peak(bench: Bench, case: str) -> None:
    """It is read to where it runs: its peak is at most 8 MiB above the pages that are kept"""
    assert bench.get(case, "peak_kib") <= bench.get(case, "pages") * 4 + PEAK_EXTRA_KIB


@pytest.mark.parametrize("case", PROFILED)
def test_profile(bench: Bench, case: str) -> None:
    """The profile has as many instructions as the PMU counts, and there are flame graphs"""
    found = re.search(rf"^{case}: kexec.*_load\(\): ([\d.]+) .* PMU counts ([\d.]+) ", bench.text,
                      re.MULTILINE)
    assert found
    profile, pmu = map(float, found.groups())
    assert 0 < profile < 1.02 * pmu < 1.02 * 1.02 * profile
    for what in "profile", "jump":
        graph = (bench.folder / f"{case}.{what}.svg").read_text()
        assert re.search("<svg(?s:.*)(kimage|machine_kexec)(?s:.*)</svg>", graph)


def test_picture(bench: Bench) -> None:
    """There is a picture"""
    picture = (bench.folder / "svg").read_text()
    assert picture.startswith("<?xml") and picture.rstrip().endswith("</svg>")
