# SPDX-License-Identifier: GPL-2.0
"""UEFI's secure boot as distributions have it: Debian's shim, which the firmware verifies with the
key of Microsoft, MokManager and GRUB. The owner's key is enrolled in MokManager. GRUB then boots a
kernel that the key has signed, and that kernel loads a vmlinux that the key has signed.
"""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from vmtest.build import Preparer
from vmtest.elf import output
from vmtest.guest import Console
from vmtest.machine import MAX_CPU, Machine
from vmtest.mok import enrol
from vmtest.plugin import Lab
from vmtest.project import Cache
from vmtest.signing import Keys
from vmtest.verdicts import Mode, check

SUITES = "all signed"
LINUX = "NEWEST-16k-secure,6.12"
pytestmark = pytest.mark.packages("dosfstools", "mtools", "openssl", "qemu-efi-aarch64",
                                  "sbsigntool")
FIRMWARE = "/usr/share/AAVMF/AAVMF_"
NAMES = ("vmlinux-platform", "vmlinux-unknown", "vmlinux-unsigned", "Image-platform",
         "Image-unknown")
MODE = Mode("enforced", platform=True)


@dataclass(frozen=True)
class Esp:
    """A disk that shim is booted from, in a file; the folder has the programs of Debian"""

    path: Path
    debian: Path

    def new(self, second: Path) -> None:
        """Empty, with shim, MokManager, and a program that shim boots"""
        self.path.unlink(missing_ok=True)
        output("mkfs.vfat", "-C", self.path, "300000")
        output("mmd", "-i", self.path, "::/EFI", "::/EFI/BOOT", "::/EFI/debian")
        self.copy(self.debian / "shimaa64.efi.signed", "EFI/BOOT/BOOTAA64.EFI")
        self.copy(self.debian / "mmaa64.efi.signed", "EFI/BOOT/mmaa64.efi")
        self.copy(second, "EFI/BOOT/grubaa64.efi")

    def copy(self, file: Path, to: str) -> None:
        """Put a file there"""
        output("mcopy", "-i", self.path, file, f"::/{to}")


@pytest.fixture(scope="module")
def esp(cache: Cache, preparer: Preparer, tmp_path_factory: pytest.TempPathFactory) -> Esp:
    """The disk, with the programs downloaded"""
    preparer.run("shim")
    return Esp(tmp_path_factory.mktemp("esp") / "esp", cache.root / "arm64/shim")


@pytest.fixture(scope="module")
def machine(esp: Esp) -> Machine:
    """The machine, whose variables remember the key. Not all of our kernels have ACPI."""
    variables = esp.path.with_name("vars.fd")
    shutil.copyfile(f"{FIRMWARE}VARS.ms.fd", variables)
    return Machine(cpu=MAX_CPU, board="virt,acpi=off", firmware=True, more=(
        "-drive", f"if=pflash,format=raw,readonly=on,file={FIRMWARE}CODE.ms.fd",
        "-drive", f"if=pflash,format=raw,file={variables}",
        "-drive", f"if=none,id=esp,format=raw,file={esp.path}",
        "-device", "virtio-blk-pci,drive=esp"))


@pytest.fixture(scope="module")
def guest(lab: Lab, preparer: Preparer, esp: Esp, machine: Machine) -> Console:
    """Enrol the key, boot a signed kernel by GRUB, and load others there"""
    preparer.run("all-kexec-tools")     # and keyctl
    keys = Keys.new(lab.folder / "keys", lab.build)
    keys.make("owner")
    image = keys.sign("owner", lab.build.image, lab.folder / "Image")
    esp.new(image)
    esp.copy(keys.folder / "owner.der", "mok.der")
    enrol("mok.der", lab.folder / "enrolled.log",
          [*machine.hardware(machine.board), "-nic", "none", "-serial", "stdio"])

    disk = lab.disk("signed")
    for kind, source in ("vmlinux", lab.stripped), ("Image", lab.build.image):
        keys.sign("owner", source, disk.folder / f"{kind}-platform")
        keys.sign("unknown", source, disk.folder / f"{kind}-unknown")
    shutil.copyfile(lab.stripped, disk.folder / "vmlinux-unsigned")
    (disk.folder / "names").write_text("".join(f"{name}\n" for name in NAMES))
    # The job adds that key to the secondary keyring, which refuses it
    shutil.copy(keys.folder / "unknown.der", disk.folder / "secondary.der")
    shutil.copytree(lab.cache.root / "arm64/dump-tools", disk.folder / "dump-tools")
    following = disk.kernel("next", lab.build.vmlinux)
    keys.sign("owner", following, following)

    esp.new(esp.debian / "grubaa64.efi.signed")
    grub = lab.folder / "grub.cfg"
    grub.write_text("linux ($root)/Image console=ttyAMA0 rdinit=/.kexec-vmlinux/init "
                    "crashkernel=160M\ninitrd ($root)/initrd\nboot\n")
    esp.copy(grub, "EFI/debian/grub.cfg")
    esp.copy(image, "Image")
    esp.copy(disk.user_space, "initrd")
    return lab.run(machine, disk, seconds=400)


def test_secure_boot(guest: Console) -> None:
    """Secure boot is on, with the owner's key, and a vmlinux that the owner has signed boots"""
    assert re.search("[Ss]ecure [Bb]oot (is )?enabled", guest.text)
    assert re.search("Loaded X.509 cert '[^']*: owner key", guest.text)
    guest.booted(1, "next")


@pytest.mark.parametrize("name", NAMES)
def test_verdict(guest: Console, name: str) -> None:
    """Files that the owner has signed are loaded, and others are refused"""
    check(guest, name, MODE)
