# SPDX-License-Identifier: GPL-2.0
"""Tests that print TAP, as items of pytest: each line "ok" or "not ok" is a result of its own"""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .build import Preparer, clean_environment
from .project import TEST, Cache
from .suites import expand, header, runs

LINE = re.compile(r"(?P<bad>not )?ok \d+(?: - (?P<name>.*?))?(?: # SKIP (?P<skip>.*))?")
PLAN = re.compile(r"1\.\.(?P<count>\d+)(?: # SKIP (?P<skip>.*))?")


class TapFile(pytest.File):
    """t/NAME.t: an item for each Linux on which a suite runs it"""

    def collect(self) -> Iterator["TapItem"]:
        fields = header(self.path)
        asked = str(self.config.getoption("--linux"))
        for linux, suites in runs(fields["suites"], asked).items():
            item: TapItem = TapItem.from_parent(self, name=linux)
            item.fields = fields
            for mark in suites | ({"asked"} if linux == asked else set()):
                item.add_marker(mark)
            yield item


class TapItem(pytest.Item):
    """A test on one Linux"""

    fields: dict[str, str]

    def setup(self) -> None:
        """Make the things that the header names"""
        preparer = Preparer(Cache.default())
        for name in [n for word in self.fields.get("kernels", "").split() for n in expand(word)]:
            preparer.linux(name)
        preparer.run("all-kexec-tools")
        for field in ("qemu", "machine"):
            if field in self.fields:
                preparer.run(field, *self.fields[field].split())

    def runtest(self) -> None:
        """Run the script, and report its lines as they come"""
        cache = Cache.default()
        build = Preparer(cache).linux(self.name)
        suite = str(self.config.getoption("-m")).split()[0]
        environment = clean_environment(SHARED_DIR=str(self.shared()), SUITE=suite,
                                        **build.environment())
        failed, plan = 0, None
        last: dict[str, Any] | None = None
        with subprocess.Popen(["bash", f"t/{self.path.name}"], cwd=TEST, env=environment, text=True,
                              errors="replace", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT) as script:
            assert script.stdout
            for line in map(str.rstrip, script.stdout):
                if m := LINE.fullmatch(line):
                    self.report(last)
                    last = {"more": [], **m.groupdict()}
                    failed += bool(m["bad"])
                elif m := PLAN.fullmatch(line):
                    plan = m
                elif last and line.startswith("#"):
                    last["more"].append(line)
        self.report(last)
        if plan and plan["skip"]:
            pytest.skip(plan["skip"])
        if not failed and (script.returncode or not plan):
            raise EOFError(f"{self.path.name} ended with {script.returncode}, after {last}")

    def shared(self) -> Path:
        """A folder for the tests of a Linux"""
        factory: pytest.TempPathFactory = self.config._tmp_path_factory     # type: ignore
        folder = factory.getbasetemp() / self.name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def report(self, line: dict[str, Any] | None) -> None:
        """Report a result: pytest counts it"""
        if not line:
            return
        outcome: Any = "skipped" if line["skip"] else "failed" if line["bad"] else "passed"
        words: Any = "\n".join([line["name"] or "", *line["more"]]) if line["bad"] else None
        if line["skip"]:
            words = (str(self.path), 0, f"Skipped: {line['skip']}")
        self.ihook.pytest_runtest_logreport(report=pytest.TestReport(
            nodeid=self.nodeid, location=self.location, keywords={}, outcome=outcome,
            longrepr=words, when="call", check=line["name"]))

    def repr_failure(self, excinfo: Any, style: Any = None) -> str:
        return str(excinfo.value)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, f"{self.path.stem}[{self.name}]"
