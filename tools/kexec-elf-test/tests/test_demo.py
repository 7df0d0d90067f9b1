# SPDX-License-Identifier: GPL-2.0
"""make demo: its words, with the vmlinux of the project and with a file of the user"""

import gzip
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from vmtest.build import clean_environment
from vmtest.console import read_log
from vmtest.disk import cpio
from vmtest.elf import build_id
from vmtest.plugin import Lab
from vmtest.project import TEST

SUITES = "check all@EACH"
USER_INIT = "#!/.kexec-vmlinux/sh\necho from the init of the user\n/.kexec-vmlinux/poweroff -f\n"
SMALL = {"MEM": "512M", "SMP": "1"}


@dataclass(frozen=True)
class Done:
    """The results of a run"""

    status: int
    out: list[str]
    err: list[str]

    def console(self) -> Path:
        """The console that it names"""
        return next(Path(m[1]) for line in self.err
                    if (m := re.fullmatch("demo: console: (.*)", line)))


def demo(lab: Lab, *words: str, **settings: str | Path) -> Done:
    """make demo, with settings"""
    environment = {**clean_environment(**lab.build.environment()),
                   **{name: str(value) for name, value in settings.items()}}
    done = subprocess.run([TEST / "demo/demo.sh", *words], check=False, text=True, env=environment,
                          errors="replace", capture_output=True)
    return Done(done.returncode, done.stdout.splitlines(), done.stderr.splitlines())


@pytest.fixture(scope="module")
def own(lab: Lab) -> Done:
    """The vmlinux of the project"""
    return demo(lab, **SMALL)


def test_own(own: Done, lab: Lab) -> None:
    """It boots, and the last line has its release, build-id and place"""
    assert own.status == 0, own.err
    assert re.fullmatch(
        r"demo: booted vmlinux [67]\.\d+\.\d+-kexec-vmlinux, "
        f"build-id {build_id(lab.build.vmlinux)}, text at 0x[0-9a-f]+, data at 0x[0-9a-f]+",
        own.out[-1])


@pytest.mark.parametrize("word", ["base", "text", "gap", "data", "BSS", "initrd", "device tree",
                                  "end of the kernel's span"])
def test_picture(own: Done, word: str) -> None:
    """The picture has each part"""
    assert word in "\n".join(own.out[:-1])


def test_files_of_user(lab: Lab) -> None:
    """A compressed vmlinux boots with an initrd, whose /init starts, and a command line"""
    vmlinux, initrd = lab.folder / "vmlinux.gz", lab.folder / "initrd.gz"
    vmlinux.write_bytes(gzip.compress(lab.stripped.read_bytes(), 1))
    initrd.write_bytes(gzip.compress(cpio("init", USER_INIT.encode(), 0o100755)))
    done = demo(lab, **SMALL, CPU="cortex-a57", VMLINUX=vmlinux, INITRD=initrd,
                APPEND="nokaslr quiet")
    assert done.status == 0, done.err
    facts = dict(read_log(str(done.console()))[1].facts())
    assert str(facts["cmdline"]).endswith("hop=1 nokaslr quiet")
    assert "from the init of the user" in done.console().read_text(errors="replace")


def test_truncated(lab: Lab) -> None:
    """A truncated vmlinux is reported before anything boots"""
    cut = lab.folder / "cut"
    cut.write_bytes(lab.build.vmlinux.read_bytes()[:1000000])
    done = demo(lab, VMLINUX=cut)
    assert done.status == 2 and "or is truncated" in done.err[-1]


def test_refused(lab: Lab) -> None:
    """The reason of the kernel is reported"""
    bad = lab.folder / "bad"
    lab.editor.edit(lab.stripped, bad, "code1=0")
    done = demo(lab, **SMALL, VMLINUX=bad)
    assert done.status == 1
    assert re.match("demo: kexec -s -l failed: .*Exec format error: .*neither code0 .* is a branch",
                    done.err[-1])


def test_hangs(lab: Lab) -> None:
    """A vmlinux is loaded and cannot run, since its first instruction is a jump to itself: it is
    not reported as booted"""
    hangs = lab.folder / "hangs"
    lab.editor.edit(lab.stripped, hangs, "code0=0x14000000")
    done = demo(lab, **SMALL, TIMEOUT="10", VMLINUX=hangs)
    assert done.status == 1 and done.err[-1].startswith("demo: the second kernel did not report")


@pytest.mark.parametrize("setting", ["VMLINUX=/none", "INITRD=/none", "MEM=lots", "SMP=0",
                                     "SMP=two", "TIMEOUT=x", "VMLINUX=/etc/passwd"])
def test_wrong_setting(lab: Lab, setting: str) -> None:
    """A wrong setting is reported in one line"""
    name, _, value = setting.partition("=")
    done = demo(lab, **{name: value})
    assert (done.status, len(done.err)) == (2, 1)


def test_wrong_argument(lab: Lab) -> None:
    """A wrong argument"""
    assert demo(lab, "--bad").status == 2


def test_help(lab: Lab) -> None:
    """--help"""
    assert any("VMLINUX=FILE" in line for line in demo(lab, "--help").out)


def test_no_such_cpu(lab: Lab) -> None:
    """A CPU that QEMU does not have is reported in the words of QEMU"""
    done = demo(lab, CPU="none", MEM="512M")
    assert done.status == 1 and re.match("demo: QEMU did not start: .*none", done.err[-1])
