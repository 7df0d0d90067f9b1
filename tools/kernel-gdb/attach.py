# SPDX-License-Identifier: GPL-2.0
"""Run by gdb: attach to the running kernel, wherever KASLR has put it

The offset comes from the vectors of any CPU, from the page tables of a CPU in
user space and has no more of the kernel mapped than a trampoline, or from where kgdb
has stopped. Each is only a guess until the build-id that is in the target's memory at
that offset is the file's.
"""

import os
import re
import stat
import sys

import gdb
import modules
from foreign import gdb_word, printable
from vmlinux import Refused, build_id, build_id_in, commands_of_linux

KIMG_ALIGN = 0x10000        # KASLR moves the kernel by multiples of it
BP_HARDEN_VECTORS = 4       # of 2 KiB each, for CPUs with Spectre-BHB
TTBR_ADDRESS = 0xfffffffff000   # without ASID and CnP
NOTES_FROM_VECTORS = 64 << 20
VBAR = ("VBAR", "VBAR_EL1"), ("VBAR_EL2",)     # of EL1, as QEMU and others name it, and of EL2


def value(expression):
    return int(gdb.parse_and_eval(f"(unsigned long)({expression})"))


def address(symbol):
    """Where a symbol is, by the file at its linked address; None without it"""
    try:
        return value(f"&{symbol}")
    except gdb.error:
        return None


def register(*names):
    """The first of those registers that the selected CPU has"""
    for name in names:
        try:
            return int(gdb.selected_frame().read_register(name)) & (1 << 64) - 1
        except (ValueError, gdb.error):
            continue
    return None


def read(at, size):
    """Bytes of the target, or None"""
    try:
        return bytes(gdb.selected_inferior().read_memory(at, size))
    except (gdb.error, OverflowError):
        return None


class Physical:
    """While this is open, addresses are physical, if the target is QEMU"""

    def __enter__(self):
        self.there = '"OK"' in gdb.execute("maintenance packet Qqemu.PhyMemMode:1", to_string=True)
        return self.there

    def __exit__(self, *_):
        if self.there:
            gdb.execute("maintenance packet Qqemu.PhyMemMode:0", to_string=True)


def has_build_id(wanted, offset):
    """Is that build-id in the target's memory, where the file's notes are?"""
    start, stop = address("__start_notes"), address("__stop_notes")
    notes = read(start + offset, stop - start)
    return notes is not None and build_id_in(notes) == wanted


def by_vectors(wanted):
    """The offset, from the vectors of the selected CPU"""
    tables = [address("vectors")]
    harden = address("__bp_harden_el1_vectors")
    if harden is not None:
        tables += [harden + i * 2048 for i in range(BP_HARDEN_VECTORS)]
    for names in VBAR:
        vbar = register(*names)
        for table in tables:
            if vbar and table is not None:
                offset = vbar - table
                if offset % KIMG_ALIGN == 0 and has_build_id(wanted, offset):
                    return offset
    return None


def by_page_tables(wanted):
    """The offset, from the page tables of the selected CPU, if the target is QEMU

    In user space, a CPU with KPTI has the tables of the trampoline: the memory of the
    kernel can be read by its physical address alone.
    """
    ttbr = register("TTBR1_EL1")
    with Physical() as there:
        if not there or not ttbr:
            return None
        for table in ("swapper_pg_dir", "tramp_pg_dir", "reserved_pg_dir"):
            linked = address(table)
            if linked is None:
                continue
            to_physical = (ttbr & TTBR_ADDRESS) - linked
            to_virtual = read(address("kimage_voffset") + to_physical, 8)
            if to_virtual and has_build_id(wanted, to_physical):
                return (to_physical + int.from_bytes(to_virtual, "little")) & (1 << 64) - 1
    return None


def by_kgdb(wanted):
    """The offset, from where kgdb has stopped"""
    stop = address("kgdb_breakpoint")
    if stop is not None:
        offset = (register("pc") - stop) & (1 << 64) - KIMG_ALIGN
        if has_build_id(wanted, offset):
            return offset
    return None


def find_offset(wanted):
    """The offset of the kernel from its linked address, and its source; or None"""
    if register(*VBAR[0], *VBAR[1]) is None:    # Only the kernel itself answers
        offset = by_kgdb(wanted)
        return None if offset is None else (offset, "kgdb_breakpoint()")
    selected = gdb.selected_thread()
    threads = sorted(gdb.selected_inferior().threads(), key=lambda t: t.num)
    try:
        for way, words in ((by_vectors, "vectors"), (by_page_tables, "page tables")):
            for thread in threads:
                thread.switch()
                offset = way(wanted)
                if offset is not None:
                    return offset, f"{words} of CPU {thread.num - 1}"
    finally:
        selected.switch()
    return None


def build_id_of_target():
    """The build-id of the target, searched from its vectors on, if it is found"""
    for thread in gdb.selected_inferior().threads():
        thread.switch()
        for start in filter(None, (register(*names) for names in VBAR)):
            for page in range(start & -4096, start + NOTES_FROM_VECTORS, 4096):
                part = read(page, 4096)
                if part is None:
                    break
                # The vDSO, an ELF file there, has one of its own
                if build_id_in(part) and part[:4] != b"\x7fELF":
                    return build_id_in(part)
    return None


def is_serial(through):
    """Is that a serial line or pty? There is no proxy on it"""
    return stat.S_ISCHR(os.stat(through).st_mode)


def connect(target, through):
    """Connect to the target, by the proxy if there is one"""
    for setting in ("confirm off", "pagination off", "tcp auto-retry off", "remotetimeout 20"):
        gdb.execute(f"set {setting}")
    if is_serial(through):
        # gdb asks a silent target more than ten times. The target behind the proxy answers.
        print(f"kernel-gdb: waiting for {target} to answer", file=sys.stderr, flush=True)
        gdb.execute("set remotetimeout 2")
    try:
        gdb.execute(f"target remote {through}", to_string=True)
        gdb.execute("set remotetimeout 20")
    except gdb.error as e:
        raise Refused(f"{target}: {' '.join(str(e).split())}: is a gdb stub there, or a "
                      "kernel that has entered kgdb?") from None


def attach(files, named, target, through, directory):
    """Load the symbols of the first of files that the target runs, where it runs"""
    gdb.execute(f"file {gdb_word(files[0])}", to_string=True)
    connect(target, through)
    for name in files:
        gdb.execute(f"file {gdb_word(name)}", to_string=True)
        if address("__start_notes") is None:
            if len(files) == 1:
                raise Refused(f"{name}: has no symbols: stripped")
            continue
        found = find_offset(build_id(name))
        if found:
            offset, by = found
            use(name, named, offset)
            print(f"kernel-gdb: {name}, offset {offset:#x} by {by}: "
                  f"build-id {build_id(name)} is in the target's memory")
            # Over a serial line, reading the modules takes seconds
            if select_readable(build_id(name)) and not is_serial(through):
                modules.load(name, directory)
            else:
                modules.define(name, directory)
            return
    there = build_id_of_target()
    if there:
        raise Refused(f"{target} runs a kernel with build-id {there}; " + "; ".join(
            f"{name} has {build_id(name)}" for name in files))
    if register(*VBAR[0], *VBAR[1]) is None:
        raise Refused(f"{target}: the stub shows no VBAR_EL1, and the kernel of "
                      f"{', '.join(files)} has not stopped in kgdb_breakpoint()")
    raise Refused(f"{target}: no CPU shows where the kernel of {', '.join(files)} is: "
                  "another kernel runs, or none yet")


def select_readable(wanted):
    """Select a CPU whose page tables have the kernel; False without one"""
    threads = sorted(gdb.selected_inferior().threads(), key=lambda t: t.num)
    for thread in [gdb.selected_thread(), *threads]:
        thread.switch()
        if has_build_id(wanted, 0):
            return True
    print("kernel-gdb: each CPU is in user space, without the kernel's memory (KPTI): "
          "break in the kernel to read it")
    return False


def use(name, named, offset):
    """Load the symbols of a vmlinux where it runs, and Linux's commands"""
    before, after = commands_of_linux(name, named)
    for command in before:
        gdb.execute(command)
    # If gdb does not allow the commands beside a file that it was not told of, it reports it
    gdb.execute(f"symbol-file {gdb_word(name)} -o {offset:#x}", to_string=named)
    gdb.execute(f"maintenance packet Qkernel-gdb.mask:{pac_mask(offset):x}", to_string=True)
    gdb.execute("maintenance flush register-cache", to_string=True)
    for command in after:
        gdb.execute(command)


def pac_mask(offset):
    """The bits of a kernel pointer that may be a signature, if the CPU has them"""
    # The kernel is linked to the upper half of its addresses with the fewest bits
    bits = 1 + (~(address("_text") - offset) & (1 << 64) - 1).bit_length()
    actual = address("vabits_actual")
    if actual and read(actual, 8):
        bits = int.from_bytes(read(actual, 8), "little")
    return (1 << 64) - (1 << bits)


def early(name, target, through, base):
    """Stop in start_kernel() of the kernel that kexec starts from base, a physical address

    Until its page tables are on, it runs at physical addresses: the last branch in
    __primary_switch() goes to where KASLR has put __primary_switched().
    """
    gdb.execute(f"file {gdb_word(name)}", to_string=True)
    # Before there is a target, gdb reads the instructions in the file
    listing = gdb.execute("disassemble __primary_switch", to_string=True)
    branch = [(int(m[1], 16), m[2]) for m in re.finditer(
        r"(0x[0-9a-f]+) <\+\d+>:\s+br\s+(x\d+)", listing)][-1]
    connect(target, through)
    gdb.execute(f"hbreak *{branch[0] - address('_text') + base:#x}", to_string=True)
    gdb.execute("continue", to_string=True)
    gdb.execute("delete")
    offset = register(branch[1]) - address("__primary_switched")
    use(name, True, offset)
    gdb.execute("thbreak start_kernel", to_string=True)
    gdb.execute("continue")
    if not has_build_id(build_id(name), 0):
        raise Refused(f"{name} is not the kernel that has started")
    print(f"kernel-gdb: {name}, offset {offset:#x}: build-id {build_id(name)} is in its memory")


def leave(status, words=None):
    """Detach, so that the target runs on, and end gdb"""
    if words:
        print(f"kernel-gdb: {printable(words)}", file=sys.stderr)
    try:
        gdb.execute("detach", to_string=True)
    except gdb.error:
        pass
    gdb.execute(f"quit {status}")


def main(files, named, target, through, base, directory):
    try:
        if base is None:
            attach(files, named, target, through, directory)
        else:
            early(files[0], target, through, base)
            modules.define(files[0], directory)
    except Refused as e:
        leave(1, e)
    except KeyboardInterrupt:
        leave(130)
    except (gdb.error, ValueError) as e:
        leave(1, f"{target}: {' '.join(str(e).split())}")
