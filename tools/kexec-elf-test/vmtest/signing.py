# SPDX-License-Identifier: GPL-2.0
"""Keys, and kernels signed with them: a vmlinux by scripts/sign-file, an Image by sbsign"""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .build import Build
from .elf import output

# The key that the firmware of signed-boot tests knows
SNAKEOIL = Path("/usr/share/qemu-efi-aarch64/PkKek-1-snakeoil")
PACKAGES = ("openssl", "sbsigntool", "qemu-efi-aarch64", "ima-evm-utils")
TRAILER = b"~Module signature appended~\n"


def run(*command: str | Path) -> None:
    """A command whose words matter only if it fails"""
    done = subprocess.run(command, check=False, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout


@dataclass(frozen=True)
class Keys:
    """Keys by name, NAME.key and its certificate: trusted is built into the kernel, secondary is
    signed with it, platform is the key of the firmware, unknown is unknown"""

    folder: Path
    build: Build

    @classmethod
    def new(cls, folder: Path, build: Build) -> "Keys":
        """Make all of them in a new folder"""
        folder.mkdir()
        keys = cls(folder, build)
        for suffix in "key", "pem", "der":
            shutil.copy(build.out / f"trusted.{suffix}", folder)
        keys.make("secondary", *keys.issuer())
        keys.make("unknown")
        # IMA's keyring takes only keys for signatures
        keys.make("ima", *keys.issuer(), "-addext", "basicConstraints=critical,CA:FALSE",
                  "-addext", "keyUsage=digitalSignature")
        run("openssl", "rsa", "-in", SNAKEOIL.with_suffix(".key"), "-passin", "pass:snakeoil",
            "-out", folder / "platform.key")
        shutil.copy(SNAKEOIL.with_suffix(".pem"), folder / "platform.pem")
        return keys

    def issuer(self) -> list[str]:
        """Options of openssl: signed with the trusted key"""
        return ["-CA", str(self.folder / "trusted.pem"), "-CAkey", str(self.folder / "trusted.key")]

    def make(self, name: str, *options: str) -> None:
        """Make a key and its certificate"""
        at = self.folder / name
        run("openssl", "req", "-x509", "-new", "-newkey", "rsa:2048", "-sha256", "-nodes",
            "-days", "36500", "-batch", "-subj", f"/O=kexec-vmlinux/CN={name} key",
            "-keyout", at.with_suffix(".key"), "-out", at.with_suffix(".pem"), *options)
        run("openssl", "x509", "-in", at.with_suffix(".pem"), "-outform", "der",
            "-out", at.with_suffix(".der"))

    def sign(self, name: str, source: Path, to: Path) -> Path:
        """Sign a kernel"""
        key, certificate = self.folder / f"{name}.key", self.folder / f"{name}.pem"
        with open(source, "rb") as file:
            elf = file.read(4) == b"\x7fELF"
        if not elf:
            run("sbsign", "--key", key, "--cert", certificate, "--output", to, source)
            return to
        if source != to:
            to.unlink(missing_ok=True)
            shutil.copyfile(source, to)
        run(self.build.out / "scripts/sign-file", "sha256", key, certificate, to)
        return to

    def ima_sign(self, file: Path, attribute: Path) -> None:
        """Write the signature of a file as IMA wants it"""
        copy = attribute.with_suffix(".copy")
        shutil.copyfile(file, copy)
        output("evmctl", "ima_sign", "--hashalgo", "sha256", "--key", self.folder / "ima.key",
               "--sigfile", copy)
        copy.with_suffix(".copy.sig").rename(attribute)
        copy.unlink()


def flip(source: Path, to: Path, offset: int, bit: int = 1) -> Path:
    """Make a copy with a flipped bit"""
    data = bytearray(source.read_bytes())
    data[offset] ^= bit
    to.write_bytes(data)
    return to


def add_trailer(signed: Path, to: Path, length: int) -> Path:
    """Change a signed Image as an attacker without a key can: add the trailer of an appended
    signature of that length to the certificate table, which grows. Neither the table nor its
    length is signed."""
    image = bytearray(signed.read_bytes())
    trailer = b"\0\0\2" + bytes(5) + length.to_bytes(4, "big") + TRAILER     # 2: PKCS#7
    at = int.from_bytes(image[60:64], "little") + 24 + 112 + 4 * 8 + 4
    size = int.from_bytes(image[at:at + 4], "little") + len(trailer)
    image[at:at + 4] = size.to_bytes(4, "little")
    to.write_bytes(image + trailer)
    return to
