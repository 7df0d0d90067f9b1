#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""report.py DIR TITLE JSON CASE...: the figures of make bench

DIR has, for each CASE, CASE.case with the facts from bench.sh, and the consoles CASE-*.log. Prints
tables, writes the input of gnuplot to DIR, and all figures to JSON unless that is empty. Exit: 1 if
something was not counted.
"""

import glob
import json
import os
import re
import statistics
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from vmtest import console  # noqa: E402 (the path comes first)

INSN_PER_BYTE = 0.16        # memcpy() of arm64: a loop of ten instructions for 64 bytes
FIELDS = ("file_bytes", "load_bytes", "insn_cold", "insn_warm", "insn_most", "insn_syscall",
          "peak_kib", "pages", "jump_bytes", "insn_jump")

# Columns of the table: heading, field, unit, digits
COLUMNS = (("file MB", "file_bytes", 1e6, 1), ("loaded MB", "load_bytes", 1e6, 1),
           ("cold Minsn", "insn_cold", 1e6, 1), ("warm Minsn", "insn_warm", 1e6, 1),
           ("least", "insn_least", 1e6, 1),
           ("most", "insn_most", 1e6, 1), ("syscall Minsn", "insn_syscall", 1e6, 1),
           ("peak MiB", "peak_kib", 1024, 1), ("peak/loaded", "peak_ratio", 1, 2),
           ("kept pages", "pages", 1, 0), ("copied MiB", "jump_bytes", 1 << 20, 1),
           ("jump Minsn", "insn_jump", 1e6, 2), ("warm + jump", "insn_sum", 1e6, 1))

# Goals: case, case to compare with, field, the highest ratio allowed
GOALS = [(f"vmlinux{d}", f"image{d}", field, most)
         for d in ("", "-debian")
         for field, most in (("insn_cold", 1.05), ("insn_warm", 1.05),
                             ("peak_kib", 1.05), ("jump_bytes", 1.00))]
GOALS += [("vmlinux-cma", "image-cma", "jump_bytes", 1.00)]
GOALS += [(f"vmlinux-{d}", f"vmlinux-{d}-cma", "insn_jump", 1.05) for d in ("debian", "rt")]
# The same in figures, of Linux with our patches, 4K pages and 2 GiB of memory
LIMITS = {case: {"insn_warm": warm, "insn_jump": jump, "insn_sum": both, "jump_bytes": 0}
          for cases, warm, jump, both in (
              (("image", "vmlinux"), 4.8e6, 0.65e6, 5.5e6),
              (("image-debian", "vmlinux-debian"), 16.5e6, None, 17.5e6),
              (("image-rt", "vmlinux-rt"), 20e6, None, 21e6))
          for case in cases}
LIMITS["image-signed"] = {"insn_unsigned": 7e6, "jump_bytes": 0}
PEAK_EXTRA = 8 << 20        # beyond the loaded part
# On Linux without the loader, kexec makes the Image of a vmlinux in memory first
PLAIN_GOALS = [("vmlinux", "image", "insn_warm", 1.25),
               ("vmlinux-debian", "image-debian", "insn_warm", 1.6)]
FLAT_EXTRA_KIB = 4096       # beyond the peak of the Image, and the Image itself
# kexec_load() has the loaded part, and the kernel's copy of it; and page tables for the jump
OLD_CALL = ("kexec_load", "kexec_load-debian")
TABLES_KIB = 2048           # for each GiB of memory, of which these machines have 2

# Cases "dwarf-256" and the like: the growing thing
GROWING = ("dwarf", "ranges", "ram")


def growing(case):
    """The number in "dwarf-256" and the like; for "ram-256M", a part of a GiB"""
    kind, _, number = case.partition("-")
    if kind not in GROWING:
        return None
    return kind, int(number[:-1]) / 1024 if number.endswith("M") else int(number)


def read_case(folder, case):
    """The figures of a case, as far as they were counted"""
    has = dict.fromkeys(FIELDS + ("peak_ratio", "insn_least", "insn_sum", "insn_unsigned"))
    with open(f"{folder}/{case}.case", encoding="utf-8", errors="replace") as f:
        known = dict(line.split(" ", 1) for line in f)
    has["file_bytes"], has["load_bytes"] = int(known["file_bytes"]), int(known["load_bytes"])

    said = {}
    for log in glob.glob(f"{folder}/{glob.escape(case)}-*.log"):
        if re.fullmatch(r"(insn|memory|jump)\.log", log[len(f"{folder}/{case}-"):]):
            for name, values in console.read_log(log).get(0, console.Kernel()).said.items():
                said.setdefault(name, []).extend(int(v) for v in values if v.isdigit())
    # The least of several loads
    for name in ("insn_cold", "insn_warm", "insn_syscall", "pages"):
        has[name] = min(said.get(name) or [None])
    # The most with a warm page cache: the first also does one-time work
    has["insn_most"] = max(said.get("insn_warm", []) + said.get("first", []), default=None)
    # The CPU that looks may miss the highest, and others take pages, too
    if said.get("peak_kib"):
        has["peak_kib"] = statistics.median_low(said["peak_kib"])

    log = f"{folder}/{case}-jump.log"
    if os.path.exists(log) and int(known["insn_jump"]):
        kernels = console.read_log(log)
        booted = kernels[1].said.get("build-id", [""])[0] if 1 in kernels else ""
        if booted == known["build_id"].strip():
            has["insn_jump"] = int(known["insn_jump"])
            has["jump_bytes"] = kernels[0].loads[-1].copied()
            loaded = kernels[0].loads[-1].moved()
            # The loaded part is written once at least, and is in memory until the jump
            has["insn_least"] = loaded * INSN_PER_BYTE
            if has["insn_warm"]:
                has["insn_sum"] = has["insn_warm"] + has["insn_jump"]
            if has["peak_kib"]:
                has["peak_ratio"] = has["peak_kib"] * 1024 / loaded
    if int(known["insn_digest"]) and has["insn_warm"]:
        has["insn_unsigned"] = has["insn_warm"] - int(known["insn_digest"])
    return has


def wanted(case):
    """The fields that such a case has"""
    return FIELDS[:6] if growing(case) else FIELDS


def limits(case, has, title):
    """The limits of that case, by field"""
    # Another way of building it makes another kernel
    if not re.match(r"Linux [\d.]+%s," % ("-signed" if case.endswith("-signed") else ""), title):
        return {}
    found = dict(LIMITS.get(case, {}))
    if found and has["peak_ratio"]:
        found["peak_kib"] = has["peak_kib"] / has["peak_ratio"] + PEAK_EXTRA / 1024
    return {field: most for field, most in found.items() if most is not None}


def table(cases, title):
    """Cases down, figures across, with a limit after a slash"""
    rows = [(title, *(c[0] for c in COLUMNS))]
    for case, has in cases.items():
        most = limits(case, has, title)
        rows.append((case, *("-" if has[f] is None else f"{has[f] / unit:.{digits}f}" +
                             (f"/{most[f] / unit:.{digits}f}" if f in most else "")
                             for _, f, unit, digits in COLUMNS)))
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        print("  ".join(cell.ljust(w) if not i else cell.rjust(w)
                        for i, (cell, w) in enumerate(zip(row, widths))).rstrip())


def peaks(cases, title):
    """Print the peaks that have a limit in bytes"""
    limits = [(case, cases[case]["jump_bytes"] / 512 + 2 * TABLES_KIB) for case in OLD_CALL
              if cases.get(case, {}).get("jump_bytes")]
    limits += [(case, cases[of]["peak_kib"] + cases[of]["load_bytes"] / 1024 + FLAT_EXTRA_KIB)
               for case, of, *_ in PLAIN_GOALS
               if "-plain" in title and case in cases and cases.get(of, {}).get("peak_kib")]
    for case, most in limits:
        peak = cases[case]["peak_kib"]
        if peak is not None:
            print(f"{case}, peak_kib: {peak} (at most {most:.0f}"
                  f"{'' if peak <= most else ': missed'})")


def goals(cases, title):
    """Print the limits that are missed, and each ratio and its goal"""
    for case, has in cases.items():
        for field, most in limits(case, has, title).items():
            if has[field] is not None and has[field] > most:
                print(f"{case}, {field}: {has[field]:.0f} (at most {most:.0f}: missed)")
        if has["insn_unsigned"]:
            print(f"{case}, insn_warm without the digest: {has['insn_unsigned']:.0f}")
    for case, of, field, most in PLAIN_GOALS if "-plain" in title else GOALS:
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
    for kind in GROWING:
        with open(f"{folder}/{kind}", "w", encoding="ascii") as f:
            for case, has in cases.items():
                if growing(case) and growing(case)[0] == kind and has["insn_syscall"]:
                    f.write(f'{growing(case)[1]} {has["insn_syscall"] / 1e6}\n')


def main():
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    folder, title, json_file = sys.argv[1:4]
    cases = {case: read_case(folder, case) for case in sys.argv[4:]}
    table(cases, title)
    print()
    goals(cases, title)
    peaks(cases, title)
    plot(cases, folder)
    if json_file:
        with open(json_file, "w", encoding="ascii") as f:
            json.dump([{"case": c, **h} for c, h in cases.items()], f, indent=1)
            f.write("\n")
    missing = [f"{c}: {f}" for c, h in cases.items() for f in wanted(c) if h[f] is None]
    if missing:
        sys.exit("bench: not counted: " + ", ".join(missing))


main()
