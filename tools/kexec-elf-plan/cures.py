#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""cures.py RST: print the advice of the documentation for each message, as a C table

Each item of the list has messages in double backquotes, and the advice below them.
Capital letters or example numbers stand for the variable parts of a message.
"""

import re
import sys


def c_string(s):
    """s, as a string of C"""
    return '"' + s.replace("\\", "\\\\").replace('"', '\\"') + '"'


def main():
    text = open(sys.argv[1], encoding="utf-8").read()
    text = text[text.index("\nWhat is refused"):text.index("\nHow to debug")]
    for m in re.finditer(r"^\* ((?:.+\n)+)\n((?:  .+\n)+)", text, re.M):
        advice = re.sub(r"``|\*\*", "", " ".join(m[2].split()))
        for message in re.findall(r"``([^`]+)``", " ".join(m[1].split())):
            # The advice about 16K pages and big-endian is for their opposites, too
            parts = re.split(r"\b(?:N|ADDRESS|ERROR|16K|big)\b|\.\.\.", message)
            parts = [p.strip() for p in parts if len(p.strip()) > 2]
            if len(" ".join(parts)) > 8:
                print("\t{ { " + ", ".join(map(c_string, parts[:4])) + " },\n\t  " +
                      c_string(advice) + " },")


main()
