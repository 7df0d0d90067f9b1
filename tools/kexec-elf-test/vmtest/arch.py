# SPDX-License-Identifier: GPL-2.0
"""Architectures of guests: a row each"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Arch:
    """How QEMU runs a guest of an architecture, and how a kernel of it is booted"""

    qemu: str
    boot_image: str
    console: str
    disk_device: str
    triplet: str                # of its compiler


ARM64 = Arch("qemu-system-aarch64", "arch/arm64/boot/Image", "ttyAMA0", "virtio-blk-device",
             "aarch64-linux-gnu")
X86 = Arch("qemu-system-x86_64", "arch/x86/boot/bzImage", "ttyS0", "virtio-blk-pci",
           "x86_64-linux-gnu")
RISCV = Arch("qemu-system-riscv64", "arch/riscv/boot/Image", "ttyS0", "virtio-blk-device",
             "riscv64-linux-gnu")
