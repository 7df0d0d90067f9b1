# SPDX-License-Identifier: GPL-2.0
"""Serve the memory that drgn reads to gdb: the remote protocol, for a target that never runs

See "Remote Serial Protocol" in gdb's manual. Every task is a thread. Its memory is
all that the kernel's page tables map, so that stacks, modules and the rest of
vmalloc memory are served, which no program header of a dump covers.
"""

import re
import xml.sax.saxutils

PAGE = 4096
IDLE = 0x40000000       # gdb has no thread 0: the idle task of CPU n is IDLE + n
SIZES = [8] * 33 + [4]  # x0 to x30, sp, pc, cpsr
PAUTH = ("pauth_dmask", "pauth_cmask", "pauth_dmask_high", "pauth_cmask_high")


class Stub:
    """The kernel that prog is a dump of, as gdb's target"""

    def __init__(self, prog, pac_mask=0):
        from drgn.helpers.linux.cpumask import for_each_possible_cpu
        from drgn.helpers.linux.percpu import per_cpu
        from drgn.helpers.linux.pid import for_each_task

        self.prog = prog
        self.pac_mask = pac_mask
        self.running = {}
        # The CPU that has panicked, or the target of the panic (panic_force_cpu=)
        crashed_cpu = prog["panic_cpu"].counter.value_()
        tasks = {task.pid.value_(): task for task in for_each_task(prog)}
        for cpu in for_each_possible_cpu(prog):
            rq = per_cpu(prog["runqueues"], cpu)
            tasks[IDLE + cpu] = rq.idle
            self.running[rq.curr.pid.value_() or IDLE + cpu] = cpu
        crashed = next((tid for tid, c in self.running.items() if c == crashed_cpu), None)
        # The most important comes first
        self.tasks = dict(sorted(tasks.items(), key=lambda t: (
            t[0] != crashed, t[0] not in self.running, t[0])))
        self.current = next(iter(self.tasks)) if crashed else 1
        self.xml = {"features": self.features(), "threads": self.threads()}

    def features(self):
        """gdb's description of the registers"""
        names = [f"x{i}" for i in range(31)] + ["sp", "pc", "cpsr"]
        regs = "".join(f'<reg name="{n}" bitsize="{s * 8}"/>' for n, s in zip(names, SIZES))
        xml = f'<feature name="org.gnu.gdb.aarch64.core">{regs}</feature>'
        if self.pac_mask:
            regs = "".join(f'<reg name="{n}" bitsize="64"/>' for n in PAUTH)
            xml += f'<feature name="org.gnu.gdb.aarch64.pauth_v2">{regs}</feature>'
        return ('<?xml version="1.0"?><!DOCTYPE target SYSTEM "gdb-target.dtd">'
                f"<target><architecture>aarch64</architecture>{xml}</target>")

    def threads(self):
        """gdb's list of threads, with the names of the tasks"""
        rows = []
        for tid, task in self.tasks.items():
            name = task.comm.string_().decode(errors="replace")
            cpu = self.running.get(tid)
            rows.append(f'<thread id="{tid:x}" name={xml_attribute(name)}>'
                        f'{"" if cpu is None else f"on CPU {cpu}"}</thread>')
        return f'<?xml version="1.0"?><threads>{"".join(rows)}</threads>'

    def registers(self):
        """The registers of the current task, in hexadecimal; x for unknown ones"""
        values, frame = {}, None
        try:
            frame = self.prog.stack_trace(self.tasks[self.current])[0]
            values = frame.registers()
            values["pc"] = frame.pc
        except (ValueError, LookupError):
            pass        # It runs, or has no stack any more
        names = [f"x{i}" for i in range(31)] + ["sp", "pc", "pstate"]
        regs = "".join(values[n].to_bytes(s, "little").hex() if n in values else "xx" * s
                       for n, s in zip(names, SIZES))
        if self.pac_mask:
            regs += self.pac_mask.to_bytes(8, "little").hex() * len(PAUTH)
        return regs

    def memory(self, address, size):
        """Bytes in hexadecimal, as many as there are up to the end of a page"""
        from drgn import FaultError

        for end in (address + size, (address // PAGE + 1) * PAGE):
            try:
                return self.prog.read(address, min(end - address, size)).hex()
            except (FaultError, ValueError, OverflowError):
                continue
        return "E0e"    # EFAULT

    def transfer(self, what, offset, size):
        """A part of a document, which is ASCII"""
        part = self.xml[what][offset:offset + size]
        more = offset + size < len(self.xml[what])
        return "lm"[more] + escape(part)

    def answer(self, packet):
        """The answer to a packet of gdb; empty for an unknown one"""
        if m := re.fullmatch(r"m([0-9a-f]+),([0-9a-f]+)", packet):
            return self.memory(int(m[1], 16), int(m[2], 16))
        if packet == "g":
            return self.registers()
        if m := re.fullmatch(r"qXfer:(features|threads):read:[^:]*:([0-9a-f]+),([0-9a-f]+)",
                             packet):
            return self.transfer(m[1], int(m[2], 16), int(m[3], 16))
        if m := re.fullmatch(r"(?:H[gc]|T)(-?[0-9a-f]+)", packet):
            tid = int(m[1], 16)
            if tid > 0 and tid not in self.tasks:
                return "E03"    # ESRCH
            if tid > 0 and packet[0] == "H":
                self.current = tid
            return "OK"
        if packet == "?" or re.match(r"c|s|vCont;", packet):
            return f"T05thread:{self.current:x};"   # It has stopped already
        if re.match(r"[MXGP]", packet):
            return "E1e"        # EROFS
        if packet.startswith("qSupported"):
            return ("PacketSize=10000;QStartNoAckMode+;"
                    "qXfer:features:read+;qXfer:threads:read+")
        return {"qC": f"QC{self.current:x}", "qAttached": "1", "QStartNoAckMode": "OK",
                "D": "OK"}.get(packet, "")

    def serve(self, connection):
        """Answer gdb until it goes"""
        acks = True
        with connection, connection.makefile("rb") as stream:
            while byte := stream.read(1):
                if byte != b"$":
                    continue    # An acknowledgement, or Ctrl-C: the target is stopped
                packet = b""
                while (byte := stream.read(1)) not in (b"#", b""):
                    packet += byte
                stream.read(2)
                answer = self.answer(packet.decode("latin-1")).encode()
                connection.sendall(b"+" * acks + b"$%s#%02x" % (answer, sum(answer) & 255))
                acks = acks and packet != b"QStartNoAckMode"
                if packet in (b"D", b"k"):
                    break


def escape(text):
    """As it is in a packet"""
    return re.sub("[}#$*]", lambda m: "}" + chr(ord(m[0]) ^ 0x20), text)


def xml_attribute(text):
    """text in quotes, without the characters that XML does not allow"""
    return xml.sax.saxutils.quoteattr(re.sub(r"[^ -~]", "?", text))
