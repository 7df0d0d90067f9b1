# SPDX-License-Identifier: GPL-2.0
"""The parts of kexec(8) that read files, under ASan: pipes, formats, and headers that lie"""

import gzip
import lzma
import os
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from vmtest.build import Preparer
from vmtest.project import TEST, TOP, Cache, lines

SUITES = "check all"
pytestmark = pytest.mark.packages("zlib1g-dev", "liblzma-dev", "libzstd-dev", "zstd")
VERSIONS = [words[0] for words in lines(TOP / "patches/kexec-tools/versions") if words[1] != "git"]
HAVE = ("INTTYPES_H", "STDINT_H", "MEMFD_CREATE", "LIBZ", "LIBLZMA", "LIBZSTD")
PARTS = ("kexec-elf", "kexec-pe-zboot", "kexec-uki", "decompress", "zlib", "lzma", "zstd",
         "kernel-file")
DAMAGED = "its gzip data is damaged or cut short"
LEFT = ("Image", "Kernel", "Initrd")


@dataclass(frozen=True)
class Files:
    """host/kexec/files.c, built with a kexec-tools"""

    command: Path
    folder: Path
    knows_zstd: bool

    def run(self, *words: str, data: bytes = b"") -> tuple[int, bytes, str]:
        """The exit code, stdout and stderr; no file stays in /tmp"""
        before = left_behind()
        done = subprocess.run([self.command, *words], input=data, capture_output=True, check=False,
                              env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}, timeout=300)
        assert left_behind() == before
        return done.returncode, done.stdout, done.stderr.decode()

    def copy(self, data: bytes) -> bytes:
        """The bytes of a file that kexec(8) hands on"""
        file = self.folder / "file"
        file.write_bytes(data)
        status, out, err = self.run("copy", str(file))
        assert (status, err) == (0, "")
        return out

    def probe(self, data: bytes) -> str:
        """The answer of the parsers, in one line"""
        file = self.folder / "file"
        file.write_bytes(data)
        status, out, err = self.run("probe", str(file))
        assert status == 0, err
        return out.decode().splitlines()[-1] if out else err.strip()


def left_behind() -> set[str]:
    """The files of kexec(8) in /tmp"""
    return {name for name in os.listdir("/tmp") if name.startswith(LEFT)}


@pytest.fixture(scope="module", params=VERSIONS)
def files(request: pytest.FixtureRequest, cache: Cache, preparer: Preparer,
          tmp_path_factory: pytest.TempPathFactory) -> Files:
    """The program, with the newest and the oldest kexec-tools"""
    preparer.user_space()
    folder = tmp_path_factory.mktemp("kexec")
    tree = folder / "tree"
    subprocess.run(["cp", "-a", cache.root / f"src/kexec-tools-{request.param}", tree], check=True)
    subprocess.run([TOP / "scripts/apply.sh", tree], check=True, stdout=subprocess.DEVNULL)
    parts = [tree / f"kexec/{name}.c" for name in PARTS if (tree / f"kexec/{name}.c").exists()]
    knows_zstd = tree / "kexec/zstd.c" in parts
    (tree / "include/config.h").write_text("".join(
        f"#define HAVE_{name} 1\n" for name in HAVE if knows_zstd or name != "LIBZSTD"))
    uki = ["-DHAVE_UKI"] if tree / "kexec/kexec-uki.c" in parts else []
    command = folder / "files"
    include = [f"-I{tree / path}" for path in
               ("include", "kexec", "util_lib/include", "kexec/arch/x86_64/include")]
    subprocess.run(["gcc", "-g", "-O1", "-w", "-fsanitize=address,undefined",
                    "-fno-sanitize=alignment", "-fno-sanitize-recover", *include, *uki,
                    "-o", command, TEST / "host/kexec/files.c", *parts,
                    "-lz", "-llzma", "-lzstd"], check=True)
    return Files(command, folder, knows_zstd)


def image(size: int = 200000, certificates: tuple[int, int] = (0, 0)) -> bytes:
    """The beginning of an Image: the PE headers, and bytes that do not repeat"""
    head = bytearray(b"MZ" + bytes(0x3e))
    struct.pack_into("<I", head, 0x3c, 0x40)
    optional = bytearray(112) + struct.pack("<8I", 0, 0, 0, 0, 0, 0, 0, 0)
    struct.pack_into("<I", optional, 108, 6)
    optional += struct.pack("<2I", *certificates) + bytes(88)
    head += struct.pack("<4sHHIIIHH", b"PE\0\0", 0xaa64, 0, 0, 0, 0, len(optional), 0) + optional
    return bytes(head) + bytes(i * i % 251 for i in range(size - len(head)))


def zboot(payload: bytes, kind: bytes = b"gzip", offset: int = 4096, size: int = -1) -> bytes:
    """A zboot file"""
    head = bytearray(4096)
    struct.pack_into("<4s4sII8x8s", head, 0, b"MZ", b"zimg", offset,
                     len(payload) if size < 0 else size, kind)
    return bytes(head) + payload


def elf(machine: int = 183, phoff: int = 64, shoff: int = 0, phnum: int = 2, shnum: int = 0,
        p_offset: int = 4096, note: bytes = b"", sh_offset: int = 0) -> bytes:
    """An ELF file with a PT_LOAD and a PT_NOTE, of 8 KiB and a section header"""
    head = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 2, machine, 1, 0, phoff, shoff,
                       0, 64, 56, phnum, 64, shnum, 0)
    head += struct.pack("<IIQQQQQQ", 1, 5, p_offset, 0, 0, 2048, 2048, 8)
    head += struct.pack("<IIQQQQQQ", 4, 4, 8192 - len(note), 0, 0, len(note), len(note), 4)
    body = head.ljust(8192 - len(note), b"\x55") + note
    return body + struct.pack("<IIQQQQIIQQ", 0, 1, 0, 0, sh_offset, 64, 0, 0, 8, 0)


def lzma_alone(data: bytes, **options: int) -> bytes:
    """A .lzma file"""
    return lzma.compress(data, lzma.FORMAT_ALONE, filters=[
        {"id": lzma.FILTER_LZMA1, "preset": 0, **options}])


def zstd(data: bytes) -> bytes:
    """A frame"""
    return subprocess.run(["zstd", "-q", "-1"], input=data, stdout=subprocess.PIPE,
                          check=True).stdout


@pytest.mark.parametrize("data", [
    pytest.param(image(), id="none"),
    pytest.param(gzip.compress(image(), 1), id="gzip"),
    pytest.param(lzma.compress(image(), preset=0), id="xz"),
    pytest.param(lzma_alone(image()), id="lzma"),
    pytest.param(lzma_alone(image(), lc=0), id="lzma-lc-0"),
    pytest.param(lzma_alone(image(), dict_size=4096), id="lzma-4K"),
    pytest.param(lzma_alone(image(), dict_size=3 << 20), id="lzma-3M"),
])
def test_formats(files: Files, data: bytes) -> None:
    """A file and a pipe, in each format"""
    assert files.copy(data) == image()
    status, out, err = files.run("copy", "/dev/stdin", data=data)
    assert (status, err, out == image()) == (0, "", True)


def test_skippable_frame(files: Files) -> None:
    """pzstd begins with one"""
    data = b"\x50\x2a\x4d\x18" + struct.pack("<II", 4, 1234) + zstd(image())
    assert files.copy(data) == (image() if files.knows_zstd else data)


def test_slow_pipe(files: Files) -> None:
    """kexec waits for the writer, and reads pieces of any size"""
    fifo = files.folder / "fifo"
    os.mkfifo(fifo)
    with subprocess.Popen(["sh", "-c", 'for i in 1 2 3; do printf 12345; sleep 0.2; done >"$0"',
                           fifo]):
        status, out, err = files.run("copy", str(fifo))
    fifo.unlink()
    assert (status, out, err) == (0, b"12345" * 3, "")


@pytest.mark.parametrize("name, words", [("/dev/zero", "it is empty"), ("/", "Is a directory"),
                                         ("/dev/null", "it is empty"),
                                         ("/none", "No such file or directory")])
def test_no_kernel(files: Files, name: str, words: str) -> None:
    """One line"""
    assert files.run("copy", name) == (1, b"", f"Cannot load {name}: {words}\n")


@pytest.mark.parametrize("machine, part", [(183, True), (21, False), (22, False)])
def test_part(files: Files, machine: int, part: bool) -> None:
    """Other architectures get all of a compressed ELF file, whose end arm64 does not need"""
    data = elf(machine) + bytes(i * i % 251 for i in range(1 << 20))
    out = files.copy(gzip.compress(data, 1))
    assert (len(out) < len(data), data.startswith(out)) == (part, True)
    cut = gzip.compress(data, 1)[:-1]
    (files.folder / "cut").write_bytes(cut)
    assert files.run("copy", str(files.folder / "cut"))[0] == (0 if part else 1)


LAST = (1 << 64) - 64


@pytest.mark.parametrize("data, result", [
    pytest.param(elf(), 0, id="good"),
    pytest.param(elf(shoff=8192, shnum=1), 0, id="good-section"),
    pytest.param(elf(note=struct.pack("<III4s", 4, 0, 1, b"GNU\0")), 0, id="good-note"),
    pytest.param(elf(shoff=LAST, shnum=1), -1, id="e_shoff"),
    pytest.param(elf(shoff=LAST - 4096, shnum=1000), -1, id="e_shoff-below"),
    pytest.param(elf(phoff=LAST, phnum=9), -1, id="e_phoff"),
    pytest.param(elf(phoff=0), 0, id="no-e_phoff"),
    pytest.param(elf(p_offset=LAST), -1, id="p_offset"),
    pytest.param(elf(shoff=8192, shnum=1, sh_offset=LAST), -1, id="sh_offset"),
    pytest.param(elf(note=struct.pack("<III", 0xffffffff, 0, 1)), -1, id="n_namesz"),
    pytest.param(elf(note=struct.pack("<III", 0, 0xfffffffe, 1)), -1, id="n_descsz"),
    pytest.param(elf(note=bytes(8)), -1, id="note-cut"),
])
def test_elf(files: Files, data: bytes, result: int) -> None:
    """build_elf_info() stays within the file"""
    assert files.probe(data).startswith(f"elf {result},")


GZIP = gzip.compress(image(), 1)


@pytest.mark.parametrize("data, result", [
    pytest.param(zboot(GZIP), "zboot 0 200000", id="gzip"),
    pytest.param(zboot(lzma.compress(image(), preset=0), b"xzkern"), "zboot 0 200000", id="xzkern"),
    pytest.param(zboot(lzma_alone(image()), b"lzma"), "zboot 0 200000", id="lzma"),
    pytest.param(zboot(GZIP, offset=0xffffff00, size=0x200), "zboot -1", id="offset-wraps"),
    pytest.param(zboot(GZIP, size=len(GZIP) + 1), "zboot -1", id="size"),
    pytest.param(zboot(b"nothing"), "zboot -1", id="not-compressed"),
    pytest.param(zboot(GZIP)[:20], "zboot -1", id="cut-header"),
    pytest.param(zboot(GZIP[:-100]), f"Cannot decompress the payload of the zboot file: {DAMAGED}",
                 id="damaged"),
])
def test_zboot(files: Files, data: bytes, result: str) -> None:
    """pez_prepare() stays within the file, and removes its files in /tmp"""
    assert result in files.probe(data)


@pytest.mark.parametrize("payload, result", [
    pytest.param(image(certificates=(150000, 1000)), "zboot 0 151000", id="padded"),
    pytest.param(image(certificates=(150000, 100000)), "zboot -1", id="size"),
    pytest.param(image(certificates=(0xfffffff0, 0x20)), "zboot -1", id="wraps"),
    pytest.param(image(2000), "zboot -1", id="short"),
])
def test_certificates(files: Files, payload: bytes, result: str) -> None:
    """The payload ends with its certificate table, which is within it"""
    if "data_directory" not in (files.folder / "tree/kexec/kexec-pe-zboot.c").read_text():
        pytest.skip("this kexec-tools does not look at certificates")
    assert result in files.probe(zboot(gzip.compress(payload, 1)))


@pytest.mark.parametrize("data", [
    pytest.param(zboot(GZIP), id="zboot"), pytest.param(image(), id="image"),
    pytest.param(elf(shoff=8192, shnum=1, note=struct.pack("<III4s", 4, 0, 1, b"GNU\0")),
                 id="elf")])
def test_mutated(files: Files, data: bytes) -> None:
    """Headers with other values"""
    file = files.folder / "file"
    file.write_bytes(data)
    status, _, err = files.run("mutate", "1", "2000", str(file))
    assert (status, "runtime error" in err) == (0, False), err[-2000:]
