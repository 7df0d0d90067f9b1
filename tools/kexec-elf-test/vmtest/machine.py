# SPDX-License-Identifier: GPL-2.0
"""A machine for QEMU, as a value"""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from .arch import ARM64, Arch


# All features of an arm64 CPU that QEMU has
MAX_CPU = "max,pauth-impdef=on"
UEFI = ("-drive", "if=pflash,format=raw,readonly=on,file=/usr/share/AAVMF/AAVMF_CODE.fd")


def sparse_memory(size: str) -> tuple[str, ...]:
    """Options for memory that the host may not have: with memory-backend=ram in the board"""
    return "-object", f"memory-backend-ram,id=ram,size={size},reserve=off"


@dataclass(frozen=True)
class Machine:
    """The hardware of a guest; without cpu and smp, the board has its own. more holds options of
    QEMU as they are."""

    cpu: str = "cortex-a57"
    smp: int = 1
    memory: str = "1G"
    board: str = "virt"
    arch: Arch = ARM64
    more: tuple[str, ...] = ()
    qemu: tuple[str, ...] = ()      # another command that runs QEMU
    firmware: bool = False          # the firmware finds the first kernel, not QEMU
    kernel: str = ""                # another first kernel than the Image of the build

    def hardware(self, board: str) -> list[str]:
        """The options of QEMU, with a board"""
        return [*(self.qemu or (self.arch.qemu,)), "-nodefaults", "-display", "none", "-no-reboot",
                "-M", board, "-m", self.memory,
                *(["-cpu", self.cpu] if self.cpu else []),
                *(["-smp", str(self.smp)] if self.smp else []), *self.more]

    def device_tree(self, to: Path) -> Path:
        """Write the device tree that QEMU makes for it"""
        subprocess.run(self.hardware(f"{self.board},dumpdtb={to}"), check=True,
                       stderr=subprocess.DEVNULL)
        return to

    def command(self, console: Path, kernel: Path, initramfs: Path, append: str,
                disk: Path) -> list[str]:
        """The command that boots a kernel, with its console in a file"""
        # page_poison: free memory is filled with 0xaa at boot; zeroed memory hides the omissions of
        # a loader
        line = f"console={self.arch.console} rdinit=/.kexec-vmlinux/init page_poison=1 {append}"
        boot = ["-kernel", self.kernel or str(kernel), "-initrd", str(initramfs), "-append", line]
        return [*self.hardware(self.board), "-serial", f"file:{console}", "-nic", "none",
                *([] if self.firmware else boot),
                "-drive", f"if=none,id=disk,format=raw,file={disk}",
                "-device", f"{self.arch.disk_device},drive=disk"]
