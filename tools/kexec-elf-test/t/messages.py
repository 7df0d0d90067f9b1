#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""messages.py LINUX RST...: compare the messages in the sources with those in the documentation

Prints "KIND: MESSAGE", KIND being "sources" for a message that only the sources have, and
"documentation" for one that only the section "What is refused" has. LINUX is the patched tree.
Messages of Linux itself that the documentation need not have are those in files that no loader
calls for a file's contents.
"""

import re
import sys

# Files in which every error is about the file that is loaded, and those in which only some are
OURS = ["arch/arm64/kernel/kexec_elf.c", "arch/arm64/kernel/kexec_image.c",
        "arch/arm64/kernel/kexec_place.c", "kernel/kexec_elf.c"]
SHARED = ["kernel/kexec_core.c", "kernel/kexec_file.c", "arch/arm64/kernel/machine_kexec.c",
          "arch/arm64/kernel/machine_kexec_file.c"]
# What varies in a message: conversions in the sources; in the documentation, words
CONVERSION = re.compile(r"(?:0x)?%[0-9]*[a-z]+")
VARIABLE = re.compile(r"\b(?:N|ADDRESS|ERROR)\b|(?<=for )(?:16K|big)\b")


def literal(words):
    """The fixed words of a message, in order"""
    return tuple(" ".join(part.split()) for part in words if part.strip())


def from_source(path):
    """The messages that a file prints as errors"""
    with open(path, encoding="utf-8") as f:
        text = f.read()
    for m in re.finditer(r'\bpr_err\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)', text):
        message = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', m[1]))
        message = message.removesuffix("\\n").rstrip(".")
        # "built for %uK pages" is documented with a number, "%s-endian" with a word
        yield message, literal(CONVERSION.split(message.replace("%uK", "%u").replace("%s-", "%s ")))


def from_documentation(path):
    """The messages in double backquotes that head an item of the list"""
    with open(path, encoding="utf-8") as f:
        text = f.read()
    text = text[text.index("\nWhat is refused"):text.index("\nHow to debug")]
    for item in re.findall(r"^\* ((?:.+\n)+)", text, re.M):
        for message in re.findall(r"``([^`]+)``", " ".join(item.split())):
            varying = message.replace("16K pages", "N pages").replace("big-endian", "N endian")
            yield message, literal(VARIABLE.split(varying))


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    printed = {key: message for name in OURS
               for message, key in from_source(f"{sys.argv[1]}/{name}")}
    shared = {key: message for name in SHARED
              for message, key in from_source(f"{sys.argv[1]}/{name}")}
    documented = {key: message for path in sys.argv[2:]
                  for message, key in from_documentation(path)}
    for key in printed.keys() - documented.keys():
        print("sources:", printed[key])
    for key in documented.keys() - printed.keys() - shared.keys():
        print("documentation:", documented[key])


main()
