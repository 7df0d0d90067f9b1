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


ARM64 = Arch("qemu-system-aarch64", "arch/arm64/boot/Image", "ttyAMA0", "virtio-blk-device")
