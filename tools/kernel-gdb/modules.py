# SPDX-License-Identifier: GPL-2.0
"""Run by gdb: the symbols of the modules that the kernel has loaded

A module's sections are where its sect_attrs say, which sysfs shows as
/sys/module/NAME/sections. Its file is found by the build-id that is in its memory.
"""

import os
import subprocess

import gdb
from vmlinux import build_id_in

NOTE = ".note.gnu.build-id"
NOTE_SIZE = 36
UNFORMED = 3        # MODULE_STATE_UNFORMED: only reserved
DEBUG = "/usr/lib/debug"


def loaded_modules():
    """The modules that are loaded, as gdb's values"""
    head = gdb.parse_and_eval("&modules")
    module = gdb.lookup_type("struct module")
    at = module["list"].bitpos // 8
    entry = head["next"]
    while entry != head:
        value = (entry.cast(gdb.lookup_type("unsigned long")) - at).cast(module.pointer())
        if int(value["state"]) != UNFORMED:
            yield value
        entry = entry["next"]


def sections(module):
    """The address of each section of a module, by its name"""
    attrs = module["sect_attrs"]
    if "nsections" in [f.name for f in attrs.type.target().fields()]:   # Until v6.14
        for i in range(int(attrs["nsections"])):
            yield attrs["attrs"][i]["battr"]["attr"]["name"].string(), int(attrs["attrs"][i]["address"])
        return
    attr = attrs["grp"]["bin_attrs"]
    while int(attr.dereference()):
        yield attr.dereference()["attr"]["name"].string(), int(attr.dereference()["private"])
        attr += 1


def id_in_file(name):
    """The build-id in an ELF file that is not linked, or None"""
    try:
        with open(name, "rb") as file:
            return build_id_in(file.read())
    except OSError:
        return None


def files_in(directory):
    """Files of modules in a folder, by the name of the module"""
    found = {}
    for path, _, names in os.walk(directory):
        for name in names:
            stem, dot, suffix = name.partition(".ko")
            if dot and suffix in ("", ".debug"):
                found.setdefault(stem.replace("-", "_"), []).append(os.path.join(path, name))
    return found


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


def by_debuginfod(wanted):
    """What debuginfod has for that build-id, or None"""
    if not os.environ.get("DEBUGINFOD_URLS"):
        return None
    try:
        done = subprocess.run(["debuginfod-find", "debuginfo", wanted], check=False, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except FileNotFoundError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


class Modules(gdb.Command):
    """Load the symbols of the kernel's modules, again after one has come or gone.

    kernel-modules [DIR]: DIR has the files, in any depth. Those with their build-id in
    /usr/lib/debug and beside vmlinux are found without it."""

    def __init__(self, vmlinux, directory=None):
        super().__init__("kernel-modules", gdb.COMMAND_FILES)
        self.vmlinux = vmlinux
        self.directory = directory
        self.added = []

    def invoke(self, arg, _from_tty=False):
        self.directory = arg.strip() or self.directory
        for text in self.added:
            gdb.execute(f"remove-symbol-file -a {text:#x}", to_string=True)
        self.added = []
        missing, near = [], None
        for module in loaded_modules():
            name, at = module["name"].string(), dict(sections(module))
            if near is None:
                near = [files_of_build(self.vmlinux)]
                near += [files_in(self.directory)] if self.directory else []
            if not self.add(at, [f for files in near for f in files.get(name, [])]):
                missing.append(name)
        if self.added:
            print(f"kernel-gdb: the symbols of {len(self.added)} modules are loaded")
        if missing:
            print(f"kernel-gdb: no file has the build-id of {', '.join(missing)}: "
                  "install the package with debug symbols, or name a folder: kernel-modules DIR")

    def add(self, at, files):
        """Load the symbols of a module from the file that has its build-id"""
        if NOTE not in at or ".text" not in at:
            return False
        wanted = build_id_in(bytes(gdb.selected_inferior().read_memory(at[NOTE], NOTE_SIZE)))
        if not wanted:
            return False
        files = [*files, f"{DEBUG}/.build-id/{wanted[:2]}/{wanted[2:]}.debug"]
        file = next((f for f in files if id_in_file(f) == wanted), None) or by_debuginfod(wanted)
        if not file:
            return False
        # What was only needed until the module was initialized is not there any more
        others = " ".join(f"-s {name} {address:#x}" for name, address in at.items()
                          if name != ".text" and not name.startswith(".init"))
        gdb.execute(f'add-symbol-file "{file}" {at[".text"]:#x} {others}', to_string=True)
        self.added.append(at[".text"])
        return True


def load(vmlinux, directory=None):
    """Define the command, and run it once"""
    command = Modules(vmlinux, directory)
    try:
        command.invoke("")
    except gdb.error as e:
        if "modules" not in str(e):     # A kernel without CONFIG_MODULES has no such symbol
            print(f"kernel-gdb: the list of modules cannot be read: {e}")
