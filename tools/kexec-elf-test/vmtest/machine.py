# SPDX-License-Identifier: GPL-2.0
"""A machine of QEMU's, as a value"""

from dataclasses import dataclass
from pathlib import Path

from .arch import ARM64, Arch


@dataclass(frozen=True)
class Machine:
    """The hardware of a guest; more holds options of QEMU as they are"""

    cpu: str = "cortex-a57"
    smp: int = 1
    memory: str = "1G"
    board: str = "virt"
    arch: Arch = ARM64
    more: tuple[str, ...] = ()

    def command(self, console: Path, kernel: Path, initramfs: Path, append: str,
                disk: Path) -> list[str]:
        """The command that boots a kernel, with its console in a file"""
        # page_poison: memory that is free at boot is filled with 0xaa; zeroed memory hides what a
        # loader forgot
        line = f"console={self.arch.console} rdinit=/.kexec-vmlinux/init page_poison=1 {append}"
        return [self.arch.qemu, "-nodefaults", "-display", "none", "-serial", f"file:{console}",
                "-no-reboot", "-nic", "none", "-kernel", str(kernel), "-initrd", str(initramfs),
                "-append", line, "-M", self.board, "-cpu", self.cpu, "-smp", str(self.smp),
                "-m", self.memory, *self.more,
                "-drive", f"if=none,id=disk,format=raw,file={disk}",
                "-device", f"{self.arch.disk_device},drive=disk"]
