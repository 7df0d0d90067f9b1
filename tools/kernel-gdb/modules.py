# SPDX-License-Identifier: GPL-2.0
"""Run by gdb: the symbols of the modules that the kernel has loaded

module.sect_attrs has the address of each section; sysfs shows it as
/sys/module/NAME/sections. The file of a module is the one with the build-id that is
in the module's memory.
"""

import os

import gdb
from foreign import SECTION, gdb_word, printable
from vmlinux import build_id_in, by_debuginfod, files_in

NOTE = ".note.gnu.build-id"
NOTE_SIZE = 36          # The header of the note, "GNU" and the build-id
COMING, UNFORMED = 1, 3     # MODULE_STATE_*. The kernel has not loaded an UNFORMED one
DEBUG = "/usr/lib/debug"
MANY, LONGEST = 10000, 512  # modules, or sections of one; bytes of a name
# Documentation/arch/arm64/memory.rst: the guard region at the end stays unmapped
NOWHERE = 0xffffffffff800000


def has_modules():
    """Was the kernel built with CONFIG_MODULES?"""
    return gdb.lookup_global_symbol("modules") or gdb.lookup_static_symbol("modules")


def loaded_modules():
    """The modules that are loaded, as gdb's values"""
    head = gdb.parse_and_eval("&modules")
    module = gdb.lookup_type("struct module")
    at = module["list"].bitpos // 8
    entry, seen = head["next"], set()
    while entry != head and int(entry) not in seen and len(seen) < MANY:
        seen.add(int(entry))
        value = (entry.cast(gdb.lookup_type("unsigned long")) - at).cast(module.pointer())
        if int(value["state"]) != UNFORMED:
            yield value
        entry = entry["next"]


def text(value):
    """A string of the target, which may hold any bytes, and have no end"""
    if value.type.code == gdb.TYPE_CODE_ARRAY:
        data = bytes(int(value[i]) & 255 for i in range(value.type.range()[1] + 1))
    else:
        data, at = b"", int(value)
        while b"\0" not in data and len(data) < LONGEST:
            part = min(LONGEST, 4096 - at % 4096)   # the next page may be elsewhere
            data += bytes(gdb.selected_inferior().read_memory(at, part))
            at += part
    return data.partition(b"\0")[0].decode("utf-8", "replace")


def sections(module):
    """The address of each section of a module, by its name

    Names come from the target's memory: an odd one is left out.
    """
    return {name: address for name, address in all_sections(module) if SECTION.fullmatch(name)}


def all_sections(module):
    """Name and address of each section of a module, as the target has them"""
    attrs = module["sect_attrs"]
    if "nsections" in [f.name for f in attrs.type.target().fields()]:   # Linux 6.12 and older
        for i in range(min(int(attrs["nsections"]), MANY)):
            entry = attrs["attrs"][i]
            yield text(entry["battr"]["attr"]["name"]), int(entry["address"])
        return
    attr = attrs["grp"]["bin_attrs"]
    for _ in range(MANY):
        if not int(attr.dereference()):
            return
        entry = attr.dereference()
        yield text(entry["attr"]["name"]), int(entry["private"])
        attr += 1


def id_in_file(name):
    """The build-id in a .ko or .debug file, or None"""
    try:
        with open(name, "rb") as file:
            return build_id_in(file.read())
    except OSError:
        return None


def files_of_build(vmlinux):
    """As files_in(), of the build that has made vmlinux"""
    directory, found = os.path.dirname(os.path.realpath(vmlinux)), {}
    try:
        with open(os.path.join(directory, "modules.order"), encoding="utf-8") as order:
            for line in order:
                stem = line.strip().rpartition(".")[0]
                name = os.path.basename(stem).replace("-", "_")
                found[name] = [os.path.join(directory, stem + ".ko")]
    except OSError:
        pass
    return found


class Modules(gdb.Command):
    """Load the symbols of the kernel's modules, again after one is loaded or removed.

    kernel-modules [DIR]: search DIR and its subfolders, besides /usr/lib/debug, the
    build folder of vmlinux, and debuginfod."""

    def __init__(self, vmlinux, directory=None):
        super().__init__("kernel-modules", gdb.COMMAND_FILES, gdb.COMPLETE_FILENAME)
        self.vmlinux = vmlinux
        self.directory = directory
        self.added = []

    def invoke(self, arg, _from_tty=False):
        if arg.strip():
            self.directory = os.path.expanduser(arg.strip())
            if not os.path.isdir(self.directory):
                raise gdb.GdbError(f"{self.directory}: no such folder")
        if not has_modules():
            return
        added, self.added = self.added, []
        for text in added:
            try:
                gdb.execute(f"remove-symbol-file -a {text:#x}", to_string=True)
            except gdb.error:
                pass    # Another command, such as lx-symbols, has removed it
        try:
            self.load_all()
        except gdb.error as e:
            raise gdb.GdbError(f"kernel-gdb: the list of modules cannot be read: {e}")

    def load_all(self):
        """Load the symbols of each module, and print the failures"""
        near = [files_of_build(self.vmlinux)]
        near += [files_in(self.directory)] if self.directory else []
        missing, damaged = [], 0
        for module in loaded_modules():
            try:
                name = text(module["name"])
                if not self.load(module, [f for files in near for f in files.get(name, [])]):
                    missing.append(name)
            except (gdb.error, ValueError):
                damaged += 1    # Or it is on its way, and has no sections yet
        if self.added:
            print(f"kernel-gdb: symbols of modules are loaded: {len(self.added)}")
        if missing:
            print(f"kernel-gdb: no file has the build-id of {', '.join(map(printable, missing))}: "
                  "install the package with debug symbols, or name a folder: kernel-modules DIR")
        if damaged:
            print(f"kernel-gdb: modules whose memory cannot be read: {damaged}")

    def load(self, module, files):
        """Load the symbols of a module from the file with its build-id; False without one"""
        at = sections(module)
        if NOTE not in at:
            return False
        wanted = build_id_in(bytes(gdb.selected_inferior().read_memory(at[NOTE], NOTE_SIZE)))
        if not wanted:
            return False
        files = [*files, f"{DEBUG}/.build-id/{wanted[:2]}/{wanted[2:]}.debug"]
        file = next((f for f in files if id_in_file(f) == wanted), None) or by_debuginfod(wanted)
        if not file:
            return False
        if int(module["state"]) != COMING:  # The kernel frees .init sections after initialization
            at.update((name, NOWHERE) for name in at if name.startswith(".init"))
        # The kernel does not keep these. gdb would take them to be at address 0.
        at.update({".modinfo": NOWHERE, "__versions": NOWHERE})
        text = at.pop(".text", NOWHERE)
        others = " ".join(f"-s {name} {address:#x}" for name, address in at.items())
        gdb.execute(f"add-symbol-file {gdb_word(file)} {text:#x} {others}", to_string=True)
        self.added.append(text)
        return True


def load(vmlinux, directory=None):
    """Define the command, and run it once"""
    try:
        Modules(vmlinux, directory).invoke("")
    except gdb.GdbError as e:
        print(e)


def define(vmlinux, directory=None):
    """Define the command, and leave it to the user"""
    Modules(vmlinux, directory)
    if has_modules():
        print("kernel-gdb: kernel-modules loads the symbols of modules")
