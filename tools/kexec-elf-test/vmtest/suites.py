# SPDX-License-Identifier: GPL-2.0
"""Which suites run a test, on which Linux

A test states "check all@EACH crash@NEWEST,6.12": the suite check runs it on the Linux that was
asked for, the suite all on each version, the suite crash on the newest and on 6.12.
"""

import re
from pathlib import Path
from types import MappingProxyType

from .project import linux_versions

# Marks, and the words for "make check" and its help
SUITES = MappingProxyType({
    "check": "the default: user space, the patches, QEMU, one chain through all versions",
    "all": "all tests, on all versions of Linux and all ways of building them; downloads 4 GB",
    "crash": "crash kernels, on the newest Linux and 6.12",
    "signed": "signatures, lockdown and IMA, on the newest Linux and 6.12",
    "debug": "kgdb and other debuggers, on kernels that have what they need",
    "proof": "what CBMC proves of the loaders for all values; minutes",
    "faults": "allocations fail in turn, on a kernel with KASAN, kmemleak and lockdep",
    "caches": "with a model of a cache that never cleans itself",
    "cost": "the benchmark, loads on a machine whose memory is in use, and other users of kexec's "
            "code: hibernation, x86, RISC-V",
    "stock": "kexec on Linux without our patches, configured as distributions do",
    "hops": "a thousand kexecs in a row; half an hour",
    "distro": "the vmlinux files of Debian's kernels; downloads 4 GB "
              "(DISTRO=\"cloud-7 rt-6.12\": fewer)",
    "debian": "Debian 13 and sid for arm64 with our packages, which are built first: an hour",
    "readers": "each Debian's gdb, drgn, crash and makedumpfile on dumps of two Linux: an hour",
})
DEFAULT = "check all"


def expand(words: str) -> list[str]:
    """Names of builds: EACH and NEWEST stand for versions"""
    versions = linux_versions()
    return words.replace("EACH", ",".join(versions)).replace("NEWEST", versions[0]).split(",")


def runs(stated: str, asked: str, only: str = "") -> dict[str, set[str]]:
    """The suites by the Linux on which they run a test; none run it on the one that was asked for
    unless they are there. A test that needs a certain Linux runs on that only."""
    if only:
        return {name: {word.partition("@")[0] for word in stated.split()} for name in expand(only)}
    found: dict[str, set[str]] = {asked: set()}
    for word in stated.split():
        suite, _, on = word.partition("@")
        if suite not in SUITES:
            raise ValueError(f"no such suite: {suite}")
        for name in expand(on) if on else [asked]:
            found.setdefault(name, set()).add(suite)
    return found


def header(path: Path) -> dict[str, str]:
    """The fields at the top of a test, such as "# suites: check all" """
    found: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines()[:10]:
        if m := re.fullmatch(r"# (suites|kernels|packages|machine|qemu): (.*)", line):
            found[m[1]] = m[2]
    return found


if __name__ == "__main__":
    for suite, words in SUITES.items():
        print(f"  {suite:9}{words}")
