# SPDX-License-Identifier: GPL-2.0
"""The reason of a crash, from its dump: one text for people and for bug reports, or JSON

Each section is read by itself. A section that cannot be read is a line with the reason, because a
dump may be damaged or cut. All text from the dump is made printable.
"""

import datetime
import itertools
import json
import re
import sys

from foreign import RELEASE, printable
from vmlinux import files_in

MANY, FRAMES, LOG = 10000, 40, 200      # tasks or modules; of a stack; last lines
# Documentation/admin-guide/tainted-kernels.rst, in the order of the bits
TAINTS = "PFSRMBUDAWCIOELKXTNJ"
REASONS = re.compile(
    r"Kernel panic - not syncing|Unable to handle|Internal error|kernel BUG at|BUG: |Oops|"
    r"list_(?:add|del) corruption|stack guard page|overflow|WARNING:|Out of memory")
EVENTS = re.compile(
    r"blocked for more than|soft lockup|hard lockup|hung_task|rcu.*stall|sysrq:|"
    r"invoked oom-killer|Out of memory|Killed process|oom_|page allocation failure")
PRIVACY = """\
The report holds the command line of the kernel, names of tasks and modules, the last lines of
the kernel's log, and the arguments of functions: numbers and addresses, but no memory that they
point to."""


def text(value):
    """A string in the dump"""
    return printable(value.string_().decode("utf-8", "replace"))


def log_lines(prog):
    """The kernel's log"""
    from drgn.helpers.linux.printk import get_dmesg
    return [printable(line) for line in get_dmesg(prog).decode("utf-8", "replace").splitlines()]


def message(line):
    """A line of the log, without its time"""
    return re.sub(r"^\[ *[0-9.]+\] ", "", line)


def arguments(prog, frame):
    """The arguments of a frame, as far as they are known"""
    words = []
    try:
        parameters = prog.function(frame.name).type_.parameters
    except Exception:           # a function of assembly, or a type that drgn does not know
        return ""
    for parameter in parameters:
        if not parameter.name:
            continue
        try:
            value = frame[parameter.name].format_(
                dereference=False, symbolize=True, string=False, char=False, type_name=False,
                member_type_names=False, members_same_line=True, elements_same_line=True)
        except (LookupError, ValueError, TypeError):
            value = "?"
        except Exception as e:      # it has been optimized out, or its memory is not in the dump
            value = "<optimized out>" if type(e).__name__ == "ObjectAbsentError" else "?"
        words.append(f"{parameter.name}={printable(value)[:60]}")
    return ", ".join(words)


def frames_of(prog, task):
    """The frames of a task, and of the stack that it has overflowed"""
    for frame in itertools.islice(prog.stack_trace(task), FRAMES):
        yield frame
        if frame.name == "handle_bad_stack":    # of arm64, on a stack of its own
            yield from itertools.islice(prog.stack_trace(frame["regs"]), FRAMES)
            return


def stack(prog, task):
    """The frames of a task, a line each"""
    for number, frame in enumerate(frames_of(prog, task)):
        try:
            file, line, _ = frame.source()
            where = f" at {printable(file)}:{line}"
        except LookupError:
            where = ""
        name = frame.name
        if name:
            yield f"#{number:<2} {printable(name)}({arguments(prog, frame)}){where}"
            continue
        try:
            symbol = frame.symbol()
            yield f"#{number:<2} {printable(symbol.name)}+{frame.pc - symbol.address:#x}"
        except LookupError:
            yield f"#{number:<2} ??"


def heading(task, cpu=None):
    """A task in a line"""
    on = "" if cpu is None else f", on CPU {cpu}"
    return f"{text(task.comm)}, task {task.pid.value_()}{on}"


def crashed_task(prog):
    """The crashed task"""
    return prog.crashed_thread().object


def panic_cpu(prog):
    """The CPU of the panic"""
    return prog["panic_cpu"].counter.value_()


def current(prog, cpu):
    """The task on a CPU"""
    from drgn.helpers.linux.percpu import per_cpu
    return per_cpu(prog["runqueues"], cpu).curr


def kernel_lines(prog, info):
    """The crashed task"""
    yield f"release: {info.get('OSRELEASE', 'not known')}"
    yield f"build-id: {info['BUILD-ID']}"
    name = prog["init_uts_ns"].name
    yield f"version: {text(name.version)}"
    yield f"host: {text(name.nodename)}"
    try:
        yield f"command line: {text(prog['saved_command_line'])}"
    except LookupError:
        pass
    mask = prog["tainted_mask"].value_()
    yield "taint: " + ("".join(c for bit, c in enumerate(TAINTS) if mask >> bit & 1) or "none")


def time_lines(_, info):
    """When, by the clock of the machine"""
    seconds = int(info["CRASHTIME"])
    when = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    yield f"{when:%Y-%m-%d %H:%M:%S} UTC"


def module_lines(prog, _):
    """Modules, with their build-ids"""
    found = False
    for module in modules_of(prog):
        found = True
        try:
            own = bytes(module.build_id.value_()).hex()
        except (LookupError, AttributeError):
            own = "build-id not kept: CONFIG_STACKTRACE_BUILD_ID is off"
        yield f"{text(module.name)} {own}"
    if not found:
        yield "none are loaded"


def modules_of(prog):
    """The modules that are loaded"""
    from drgn.helpers.linux.list import list_for_each_entry
    if "modules" not in prog:       # CONFIG_MODULES is off
        return iter(())
    return itertools.islice(list_for_each_entry(
        "struct module", prog["modules"].address_of_(), "list"), MANY)


def load_modules(prog, release, directory):
    """The symbols of modules, from the folder that the user names and from /usr/lib/debug

    drgn compares the build-ids.
    """
    places = [directory] if directory else []
    if RELEASE.fullmatch(release):
        places.append(f"/usr/lib/debug/lib/modules/{release}")
    try:
        names = [text(module.name) for module in modules_of(prog)]
        files = [file for place in places for name, found in files_in(place).items()
                 if name in names for file in found]
        if files:
            prog.load_debug_info(files)
    except Exception as e:      # without them, frames have no names
        print(f"kernel-gdb: modules: {printable(' '.join(str(e).split()))}", file=sys.stderr)


def panic_lines(prog, _):
    """The first message of the crash, and the last"""
    found = [message(line) for line in log_lines(prog) if REASONS.search(line)]
    if not found:
        yield "no message of a crash is in the log"
    # The last words may follow an earlier warning, from which the machine went on
    yield from list(dict.fromkeys(found[-5:]))


def crashed_lines(prog, _):
    """The crashed task"""
    task = crashed_task(prog)
    yield heading(task, panic_cpu(prog)) + ":"
    yield from stack(prog, task)


def cpu_lines(prog, _):
    """The tasks on the other CPUs"""
    from drgn.helpers.linux.cpumask import for_each_present_cpu
    for cpu in itertools.islice(for_each_present_cpu(prog), MANY):
        if cpu == panic_cpu(prog):
            continue
        task = current(prog, cpu)
        yield heading(task, cpu) + ":"
        yield from guarded(lambda t=task: stack(prog, t))


def blocked_lines(prog, _):
    """Tasks that wait in state D"""
    from drgn.helpers.linux.pid import for_each_task
    from drgn.helpers.linux.sched import task_state_to_char
    found = False
    for task in itertools.islice(for_each_task(prog), MANY):
        if task_state_to_char(task) == "D":
            found = True
            yield heading(task) + ":"
            yield from guarded(lambda t=task: stack(prog, t))
    if not found:
        yield "none"


def event_lines(prog, _):
    """Lines of the log about hung tasks, lockups, sysrq and lack of memory"""
    found = [line for line in log_lines(prog) if EVENTS.search(line)]
    yield from found[-50:] or ["none"]


def pages(prog, item):
    """A counter of pages, by the name of its enumerator"""
    array = "vm_zone_stat" if item in zone_items(prog) else "vm_node_stat"
    return max(0, prog[array][prog.constant(item)].counter.value_())


def zone_items(prog):
    """The names of counters of zones"""
    return {name for name, _ in prog.type("enum zone_stat_item").enumerators}


def slab_nodes(cache, nodes):
    """The counters of a cache for each node, which Linux 7.1 has moved"""
    names = [member.name for member in cache.type_.type.members]
    for n in range(nodes):
        node = cache.node[n] if "node" in names else cache.per_node[n].node
        if node:
            yield node


def memory_lines(prog, _):
    """Counters, as in /proc/meminfo, and the largest slabs"""
    from drgn.helpers.linux.slab import for_each_slab_cache
    kib = prog["PAGE_SIZE"].value_() >> 10
    yield f"total: {prog['_totalram_pages'].counter.value_() * kib} kB"
    for name, items in (("free", ["NR_FREE_PAGES"]), ("page cache", ["NR_FILE_PAGES"]),
                        ("shared", ["NR_SHMEM"]), ("anonymous", ["NR_ANON_MAPPED"]),
                        ("dirty", ["NR_FILE_DIRTY"]),
                        ("slab", ["NR_SLAB_RECLAIMABLE_B", "NR_SLAB_UNRECLAIMABLE_B"]),
                        ("page tables", ["NR_PAGETABLE"])):
        try:
            yield f"{name}: {sum(pages(prog, item) for item in items) * kib} kB"
        except LookupError:
            yield f"{name}: not known"
    slabs = []
    for cache in itertools.islice(for_each_slab_cache(prog), MANY):
        per_slab = 1 << (cache.oo.x.value_() >> 16)
        nodes = prog["nr_node_ids"].value_() if "nr_node_ids" in prog else 1
        count = sum(node.nr_slabs.counter.value_() for node in slab_nodes(cache, min(nodes, 64)))
        slabs.append((count * per_slab * kib, text(cache.name)))
    for size, name in sorted(slabs, reverse=True)[:10]:
        yield f"slab {name}: {size} kB"


def last_lines(prog, _):
    """The end of the log"""
    yield from log_lines(prog)[-LOG:]


SECTIONS = (
    ("time", time_lines), ("kernel", kernel_lines), ("panic", panic_lines),
    ("crashed task", crashed_lines), ("other CPUs", cpu_lines), ("blocked tasks", blocked_lines),
    ("events", event_lines), ("memory", memory_lines), ("modules", module_lines),
    ("log", last_lines),
)


def guarded(lines):
    """The lines, as far as they can be read, and then the reason"""
    found = []
    try:
        for line in lines():
            found.append(line)
    except Exception as e:      # drgn raises any, for a dump that is damaged
        found.append(f"(cannot be read: {printable(' '.join(str(e).split())) or type(e).__name__})")
    return found


def read(prog, info):
    """All sections, as lines by name; info is VMCOREINFO"""
    return {name: guarded(lambda f=lines: f(prog, info)) for name, lines in SECTIONS}


def show(sections, vmcore, lengths, as_json, out):
    """Write them; lengths are the size of the file, and the size that it should have"""
    size, wanted = lengths
    if as_json:
        json.dump({"dump": printable(vmcore), "bytes": size, "bytes wanted": wanted, **sections},
                  out, indent=1)
        out.write("\n")
        return
    out.write(f"Crash report of {printable(vmcore)}\n")
    if size < wanted:
        out.write(f"The dump is cut: it has {size} of {wanted} bytes.\n")
    for name, lines in sections.items():
        out.write(f"\n{name}:\n" + "".join(f"  {line}\n" for line in lines))
    out.write("\n" + PRIVACY + "\n")
