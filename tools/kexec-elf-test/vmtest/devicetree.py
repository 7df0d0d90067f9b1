# SPDX-License-Identifier: GPL-2.0
"""The memory in a device tree, changed with fdtput"""

import subprocess
from dataclasses import dataclass
from pathlib import Path


def cells(*values: int) -> list[str]:
    """Two cells for each"""
    return [f"{half:x}" for n in values for half in (n >> 32, n & 0xffffffff)]


@dataclass(frozen=True)
class DeviceTree:
    """A device tree in a file"""

    path: Path

    def put(self, *words: str) -> None:
        """Run fdtput; words beginning with - are its options"""
        options = [w for w in words if w.startswith("-")]
        rest = [w for w in words if not w.startswith("-")]
        subprocess.run(["fdtput", *options, self.path, *rest], check=True)

    def usable(self, *start_and_size: int) -> None:
        """State the only memory that the kernel may use"""
        self.put("-tx", "/chosen", "linux,usable-memory-range", *cells(*start_and_size))

    def reserve(self, start: int, size: int) -> None:
        """Reserve memory"""
        node = f"/reserved-memory/test@{start:x}"
        self.put("-cp", node)
        for name in "#address-cells", "#size-cells":
            self.put("-tx", "/reserved-memory", name, "2")
        self.put("/reserved-memory", "ranges")
        self.put("-tx", node, "reg", *cells(start, size))
