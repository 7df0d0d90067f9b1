# SPDX-License-Identifier: GPL-2.0
"""Print each test with its suites, and the statement that it proves: the first words of its file"""

import ast
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

from .project import TOP
from .suites import DEFAULT, header


def python(path: Path) -> tuple[str, str]:
    """The suites and the docstring of a module"""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    suites = DEFAULT
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "SUITES":
            suites = str(ast.literal_eval(node.value))
    return suites, ast.get_docstring(tree) or ""


def shell(path: Path) -> tuple[str, str]:
    """The suites and the comment of a script"""
    lines = path.read_text(encoding="utf-8").splitlines()[2:]
    comment = [line[2:] for line in lines[:lines.index("")]]
    words = [line for line in comment if not re.match(r"[a-z]+: ", line)]
    return header(path)["suites"], "\n".join(words)


def tests() -> Iterator[tuple[str, str, str]]:
    """Name, suites and statement of each test"""
    paths = [p for g in ("tools/*/tests/test_*.py", "tools/*/t/*.t", "packaging/*/tests/test_*.py")
             for p in TOP.glob(g)]
    for path in sorted(paths, key=lambda p: p.stem.removeprefix("test_")):
        name = path.stem.removeprefix("test_").replace("_", "-")
        suites, words = python(path) if path.suffix == ".py" else shell(path)
        names = sorted({word.partition("@")[0] for word in suites.split()})
        yield name, " ".join(names), " ".join(words.split())


def main() -> None:
    """The list"""
    for name, suites, words in tests():
        print(f"{name} ({suites})")
        print(textwrap.fill(words, 98, initial_indent="  ", subsequent_indent="  "))


if __name__ == "__main__":
    main()
