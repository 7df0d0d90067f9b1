# SPDX-License-Identifier: GPL-2.0
"""Text from a target, a dump or a server, and names of files: checks before they are used"""

import re

SECTION = re.compile(r"[A-Za-z0-9._$][A-Za-z0-9._$-]*", re.ASCII)
RELEASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~-]*", re.ASCII)
BUILD_ID = re.compile(r"(?:[0-9a-f]{2}){2,64}", re.ASCII)


def printable(text):
    """text in a line, without the characters that a terminal obeys"""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode()
                   for c in str(text))


def gdb_rest(text):
    """text as the rest of a gdb command that takes the line as it is, such as source

    gdb runs each line of a text as a command, so that no quotes help against a newline.
    """
    if not text.isprintable():
        raise ValueError(f"{printable(text)}: control characters in a name")
    return text


def gdb_word(text):
    """text as one argument of a gdb command that splits its arguments as a shell does"""
    return '"' + re.sub(r'(["\\])', r"\\\1", gdb_rest(text)) + '"'
