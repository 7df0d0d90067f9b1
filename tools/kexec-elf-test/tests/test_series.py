# SPDX-License-Identifier: GPL-2.0
"""make series: each series applies on top of the series that it names, and the tree builds after
each patch; in the suite "all", it also boots
"""

import filecmp
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from vmtest.build import Build, Preparer
from vmtest.elf import build_id
from vmtest.machine import Machine
from vmtest.plugin import Lab
from vmtest.project import linux_versions
from vmtest.series import LETTER, Series, Writer, written

SUITES = "check all@EACH"
IGNORE = "UNKNOWN_COMMIT_ID,FILE_PATH_CHANGES,PARENTHESIS_ALIGNMENT"
# The files that the series touch, as far as they exist in a tree and are selected
TOUCHED = ("arch/arm64/kernel/kexec*", "arch/arm64/kernel/machine_kexec*",
           "arch/arm64/kernel/relocate_kernel*", "kernel/kexec*.c", "kernel/crash_dump_dm_crypt.c",
           "security/integrity/ima/ima_kexec.c", "security/integrity/ima/ima_main.c")
# Debug information takes half of the time, and proves no point here
FRAGMENT = "# CONFIG_DEBUG_INFO_DWARF5 is not set\nCONFIG_DEBUG_INFO_NONE=y\n"
SELECTED = ("SECURITY", "INTEGRITY", "IMA", "KEYS", "MD", "BLK_DEV_DM", "DM_CRYPT", "CONFIGFS_FS",
            "CRASH_DM_CRYPT")


@pytest.fixture(scope="module")
def writer(build: Build, tmp_path_factory: pytest.TempPathFactory) -> Writer:
    """With a user"""
    return Writer(build.source, tmp_path_factory.mktemp("series"))


@pytest.fixture(scope="module")
def series(writer: Writer) -> Series:
    """All of them, written twice"""
    status, text = writer.write(writer.source, "out")
    assert status == 0 and re.search("out/fixes-cma: [1-9][0-9]* patches for Linux|"
                                     "out/loader: [1-9][0-9]* patches for Linux", text), text
    assert writer.write(writer.source, "out")[0] == 0
    return written(writer, writer.folder / "out")


def test_no_user(writer: Writer) -> None:
    """Without a name in git, no series is written"""
    nameless = Writer(writer.source, writer.folder, user=False)
    status, text = nameless.write(writer.source, "none")
    assert status == 1 and text.startswith("series: Git has no user.name or user.email")
    assert not (writer.folder / "none").exists()


@pytest.mark.parametrize("words, status", [
    ("FOLDER out", 1), ("--bad", 2), ("--topic nothing LINUX", 2), ("", 2), ("a b c", 2)])
def test_wrong_arguments(writer: Writer, words: str, status: int) -> None:
    """A folder that is no Linux tree, and wrong arguments"""
    names = {"FOLDER": str(writer.folder), "LINUX": str(writer.source)}
    assert writer.write(*(names.get(word, word) for word in words.split()))[0] == status


@pytest.mark.parametrize("name", ["mine/letter", "theirs/mine/0001-mine.patch"])
def test_folder_of_user(writer: Writer, name: str) -> None:
    """A folder with other files stays as it was, also if these are patches"""
    file = writer.folder / name
    file.parent.mkdir(parents=True)
    file.touch()
    status, text = writer.write(writer.source, name.partition("/")[0])
    assert status == 1 and "holds something else than series" in text and file.exists()


def test_one(writer: Writer) -> None:
    """One series is written alone"""
    _, text = writer.write("--topic", "messages", writer.source, "one")
    assert re.search("messages: [1-9] patches for Linux", text)
    assert [p.name for p in (writer.folder / "one").iterdir()] == ["messages"]


@pytest.mark.parametrize("words", [
    r"Subject: \[PATCH 0+/[0-9]+\] arm64: kexec_file: Load vmlinux", r"kexec_elf.c +\| +[0-9]+ \+",
    "For Linux VERSION", "It applies on top of: .*fixes",
    "c: .*linux-arm-kernel@lists.infradead.org"])
def test_letter(series: Series, words: str) -> None:
    """The cover letter has a subject, the diffstat, the version, its base, and addresses"""
    letter = (series.out / "loader" / LETTER).read_text()
    version = series.writer.source.name.split("-")[1]
    assert re.search(words.replace("VERSION", version), letter, re.DOTALL)


def test_headers(series: Series) -> None:
    """Each patch is signed off by its sender, and has no field for this project alone"""
    for patch in series.all():
        text = patch.read_text()
        assert "\nSigned-off-by: A. Hacker <hacker@example.org>\n" in text, patch
        assert not re.search("(?m)^(Since|Until|Differs|Patch): ", text), patch
    for letter in series.out.glob("*/*.patch"):
        assert '\nFrom: "A. Hacker" <hacker@example.org>\n' in "\n" + letter.read_text(), letter


def test_checkpatch(series: Series) -> None:
    """checkpatch --strict"""
    linux = series.writer.source
    for patch in series.all():
        found = series.writer.run(linux / "scripts/checkpatch.pl", f"--root={linux}", "--quiet",
                                  "--strict", "--ignore", IGNORE, patch)[1]
        assert found == "", f"{patch}\n{found}"


def git_tree(series: Series, name: str) -> Path:
    """The original files, as a git tree"""
    tree = series.writer.folder / name
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(series.writer.source / ".kexec-vmlinux/orig", tree)
    return series.writer.commit(tree)


def test_base_commit(series: Series) -> None:
    """In a git tree, the cover letter names the commit"""
    tree = git_tree(series, "base-commit")
    (tree / "scripts").mkdir(exist_ok=True)
    for name in "Makefile", "Kbuild":
        shutil.copy(series.writer.source / name, tree)
    series.writer.commit(tree)
    head = series.writer.run("git", "-C", tree, "rev-parse", "HEAD")[1]
    series.writer.write("--topic", "messages", tree, "out-git")
    letter = (series.writer.folder / "out-git/messages" / LETTER).read_text()
    assert f"base-commit: {head}" in letter


def test_am_each(series: Series) -> None:
    """git am takes each series on top of the series that it names"""
    for topic in series.topics:
        tree = git_tree(series, "am")
        patches = [p for other in series.stands_on(topic) for p in series.patches(other)]
        done = series.writer.run("git", "-C", tree, "am", "-q", *patches, *series.patches(topic))
        assert done == (0, ""), topic


def test_am_all(series: Series) -> None:
    """git am takes all series, which make the same files as make apply"""
    tree = git_tree(series, "am")
    assert series.writer.run("git", "-C", tree, "am", "-q", *series.all()) == (0, "")
    applied = series.writer.source / ".kexec-vmlinux/new"
    names = sorted(str(p.relative_to(applied)) for p in applied.rglob("*") if p.is_file())
    assert names == sorted(str(p.relative_to(tree)) for p in tree.rglob("*")
                           if p.is_file() and ".git" not in p.parts)
    assert filecmp.cmpfiles(tree, applied, names, shallow=False)[1:] == ([], [])


@dataclass(frozen=True)
class Tree:
    """A Linux tree to which patches are added, and its build"""

    build: Build
    preparer: Preparer

    def patch(self, patch: Path) -> None:
        """Add a patch"""
        with open(patch, "rb") as file:
            subprocess.run(["patch", "-d", self.build.source, "-p1", "-F0", "-s",
                            "--no-backup-if-mismatch"], check=True, stdin=file)

    def objects(self) -> Iterator[str]:
        """The objects of the touched files"""
        elf = self.build.configured("CONFIG_KEXEC_ELF")
        for path in sorted(p for name in TOUCHED for p in self.build.source.glob(name)):
            name = str(path.relative_to(self.build.source).with_suffix(".o"))
            if path.suffix in (".c", ".S") and (elf or name != "kernel/kexec_elf.o"):
                yield name

    def builds(self, *targets: str) -> None:
        """Assert: these are built without a warning"""
        self.preparer.make_tree(self.build, "olddefconfig")
        status, text = self.preparer.make_tree(self.build, *(targets or self.objects()))
        bad = [line for line in text.splitlines() if re.search("(?i)error|warning:", line)]
        assert status == 0 and not bad, "\n".join(bad[:5]) or text[-1000:]


def new_tree(series: Series, build: Build, preparer: Preparer, name: str) -> Tree:
    """The source without the project, configured"""
    folder = series.writer.folder
    fragment = folder / "fragment"
    fragment.write_text(FRAGMENT)
    out, source = folder / f"{name}.build", folder / name
    shutil.rmtree(source, ignore_errors=True)
    out.mkdir(exist_ok=True)
    made = Build(build.name, source, out)
    preparer.new_tree(made, fragment)
    subprocess.run([source / "scripts/config", "--file", out / ".config",
                    *(word for option in SELECTED for word in ("-e", option))], check=True)
    return Tree(made, preparer)


def test_each_builds(request: pytest.FixtureRequest, series: Series, lab: Lab,
                     preparer: Preparer) -> None:
    """After each patch, in order, the touched files compile; in the suite all, the newest Linux
    also boots, and boots an Image"""
    tree = new_tree(series, lab.build, preparer, "tree")
    boots = str(request.config.getoption("-m")).startswith("all") and \
        lab.build.name == linux_versions()[0]
    for patch in series.all():
        tree.patch(patch)
        tree.builds(*(["Image"] if boots else []))
        if boots:
            disk = lab.disk("chain")
            disk.link("k1", lab.build.image)
            disk.build_ids["k1"] = build_id(lab.build.vmlinux)
            disk.build = tree.build
            lab.run(Machine(memory="512M"), disk).booted(1, "k1")


def test_alone(series: Series, build: Build, preparer: Preparer) -> None:
    """A series that does not stand on all before it builds on top of the named ones alone"""
    for i, topic in enumerate(series.topics):
        named = [*series.stands_on(topic), topic]
        if set(named) == set(series.topics[:i + 1]):
            continue
        tree = new_tree(series, build, preparer, "alone")
        for patch in [p for other in named for p in series.patches(other)]:
            tree.patch(patch)
        tree.builds()
