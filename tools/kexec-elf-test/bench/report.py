#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""report.py FIGURES TITLE PLOT [JSON]: what make bench has counted

FIGURES has lines "CASE FIELD NUMBER". Prints tables, writes what gnuplot needs
to the folder PLOT, and all of it to JSON. Exit: 1 if something was not counted.
"""

import json
import sys

PAGE_KIB = 4
FIELDS = ("file_bytes", "load_bytes", "insn_cold", "insn_warm", "insn_syscall",
          "peak_kib", "pages", "jump_bytes", "insn_jump")

# Columns of the table: heading, field, unit, digits
COLUMNS = (("file MB", "file_bytes", 1e6, 1), ("loaded MB", "load_bytes", 1e6, 1),
           ("cold Minsn", "insn_cold", 1e6, 1), ("warm Minsn", "insn_warm", 1e6, 1),
           ("syscall Minsn", "insn_syscall", 1e6, 1),
           ("peak MiB", "peak_kib", 1024, 1), ("kept pages", "pages", 1, 0),
           ("copied MiB", "jump_bytes", 1 << 20, 1),
           ("jump Minsn", "insn_jump", 1e6, 1))

# What is to be reached: case, of case, field, at most that many times as much
GOALS = [(f"vmlinux{d}", f"image{d}", field, most)
         for d in ("", "-debian")
         for field, most in (("insn_cold", 1.05), ("insn_warm", 1.05),
                             ("peak_kib", 1.05), ("jump_bytes", 1.00))]
GOALS += [(f"vmlinux{d}", f"kexec_load{d}", "insn_warm", 0.1) for d in ("", "-debian")]
GOALS += [("vmlinux-cma", "image-cma", "jump_bytes", 1.00)]


def growing(case):
    """The number in "dwarf-256" and the like, or nothing"""
    kind, _, number = case.partition("-")
    return (kind, int(number)) if kind in ("dwarf", "ranges") else None


def read(path):
    """The cases, in the order in which they were run"""
    cases = {}
    with open(path, encoding="ascii") as f:
        for line in f:
            case, field, number = line.split()
            if field == "peak":
                field, number = "peak_kib", int(number) * PAGE_KIB
            cases.setdefault(case, dict.fromkeys(FIELDS))[field] = int(number)
    return cases


def wanted(case):
    """The fields that such a case has"""
    return FIELDS[:5] if growing(case) else FIELDS


def table(cases, title):
    """Cases down, figures across"""
    rows = [(title, *(c[0] for c in COLUMNS))]
    for case, has in cases.items():
        rows.append((case, *("-" if has[f] is None else f"{has[f] / unit:.{digits}f}"
                             for _, f, unit, digits in COLUMNS)))
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        print("  ".join(cell.ljust(w) if not i else cell.rjust(w)
                        for i, (cell, w) in enumerate(zip(row, widths))).rstrip())


def goals(cases):
    """How far it is to what is to be reached"""
    for case, of, field, most in GOALS:
        a, b = (cases.get(c, {}).get(field) for c in (case, of))
        if a is None or b is None:
            continue
        ratio = 1 if a == b else a / b if b else float("inf")
        print(f"{case} / {of}, {field}: {ratio:.3f}"
              f" (at most {most:.2f}{'' if ratio <= most else ': missed'})")


def plot(cases, folder):
    """Files of numbers for plot.gp"""
    bars = [(c, h) for c, h in cases.items() if not growing(c) and h["insn_warm"]]
    with open(f"{folder}/bars", "w", encoding="ascii") as f:
        for case, has in bars:
            f.write(f'"{case}" {has["insn_warm"] / 1e6} {(has["insn_cold"] or 0) / 1e6}\n')
    for kind in ("dwarf", "ranges"):
        with open(f"{folder}/{kind}", "w", encoding="ascii") as f:
            for case, has in cases.items():
                if growing(case) and growing(case)[0] == kind and has["insn_syscall"]:
                    f.write(f'{growing(case)[1]} {has["insn_syscall"] / 1e6}\n')


def main():
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    cases = read(sys.argv[1])
    table(cases, sys.argv[2])
    print()
    goals(cases)
    plot(cases, sys.argv[3])
    if len(sys.argv) == 5:
        with open(sys.argv[4], "w", encoding="ascii") as f:
            json.dump([{"case": c, **h} for c, h in cases.items()], f, indent=1)
            f.write("\n")
    missing = [f"{c}: {f}" for c, h in cases.items() for f in wanted(c) if h[f] is None]
    if missing:
        sys.exit("bench: not counted: " + ", ".join(missing))


main()
