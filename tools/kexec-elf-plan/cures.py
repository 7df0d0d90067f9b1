#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""cures.py RST: print the advice of the documentation for each message, as a C table

Each item of the list has messages in double backquotes, and the advice below them.
Capital letters or example numbers stand for the variable parts of a message.
"""

import re
import sys
from collections.abc import Iterator

# The advice about 16K pages and big-endian is for their opposites, too
VARIABLE = re.compile(r"\b(?:N|ADDRESS|ERROR|16K|big)\b|\.\.\.")


def items(page: str) -> Iterator[tuple[str, str]]:
    """Each message in the list of refusals of a page, with its advice"""
    text = page[page.index("\nRefusals"):page.index("\nHow to debug")]
    for m in re.finditer(r"^\* ((?:.+\n)+)\n((?:  .+\n)+)", text, re.M):
        for message in re.findall(r"``([^`]+)``", " ".join(m[1].split())):
            yield message, re.sub(r"``|\*\*", "", " ".join(m[2].split()))


def c_string(words: str) -> str:
    """A string of C"""
    return '"' + words.replace("\\", "\\\\").replace('"', '\\"') + '"'


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as page:
        for message, advice in items(page.read()):
            parts = [p.strip() for p in VARIABLE.split(message) if len(p.strip()) > 2]
            if len(" ".join(parts)) > 8:
                print("\t{ { " + ", ".join(map(c_string, parts[:4])) + " },\n\t  " +
                      c_string(advice) + " },")


if __name__ == "__main__":
    main()
