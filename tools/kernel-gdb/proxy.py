# SPDX-License-Identifier: GPL-2.0
"""A proxy between gdb and a stub, which adds the registers with the masks of signed pointers

A kernel with pointer authentication keeps signatures in the upper bits of return addresses. gdb
reads the masks in registers of the feature org.gnu.gdb.aarch64.pauth_v2, which QEMU has for user
space only. All other packets pass. See "Remote Serial Protocol" in gdb's manual.
"""

import re
import select
import socket
import time

from foreign import printable
from stub import PAUTH, escape

PATIENCE = 10           # seconds for a stub to answer its first packet
FIRST = 0x10000         # The numbers of our registers, which no stub uses
OURS = "kernel-gdb-pauth.xml"
DOCUMENT = ('<?xml version="1.0"?><!DOCTYPE feature SYSTEM "gdb-target.dtd">'
            '<feature name="org.gnu.gdb.aarch64.pauth_v2">' +
            "".join(f'<reg name="{name}" bitsize="64" regnum="{FIRST + i}"/>'
                    for i, name in enumerate(PAUTH)) + "</feature>")


def connect(target):
    """A socket to HOST:PORT, or to the unix socket of that name"""
    if ":" in target:
        host, _, port = target.rpartition(":")
        if not re.fullmatch("[0-9]{1,5}", port, re.ASCII) or int(port) > 65535:
            raise ValueError(f"{printable(port)} is no port")
        return socket.create_connection((host.strip("[]") or "localhost", int(port)), PATIENCE)
    there = socket.socket(socket.AF_UNIX)
    there.settimeout(PATIENCE)
    there.connect(target)
    return there


class Proxy:
    """Between gdb and the stub at the socket target"""

    def __init__(self, target):
        self.target = target
        self.gdb = None
        self.mask = 0
        self.acks = True
        self.unacknowledged = 0      # packets that gdb will acknowledge to us alone
        self.documents = {OURS: DOCUMENT}
        self.ask(b"qC", time.monotonic() + PATIENCE)    # gdb would wait for a minute
        target.settimeout(None)

    def ask(self, packet, until=float("inf")):
        """The target's answer to a packet of ours, before that time"""
        self.target.sendall(b"$%s#%02x" % (packet, sum(packet) & 255))
        answer = b""
        # The target may still report that it has stopped for us
        while not (m := re.search(rb"\$(?![TS])([^#]*)#..", answer)):
            part = self.target.recv(65536)
            if not part:
                raise ConnectionError("the connection was closed")
            if time.monotonic() > until:
                raise TimeoutError("no answer")
            answer += part
        self.target.sendall(b"+" * self.acks)
        return m[1]

    def description(self):
        """The target's description of its registers, with ours, if it has a description"""
        text, more = b"", True
        while more:
            answer = self.ask(b"qXfer:features:read:target.xml:%x,800" % len(text))
            if answer[:1] not in (b"l", b"m"):
                return None
            more = answer[:1] == b"m" and len(answer) > 1
            text += re.sub(rb"}(.)", lambda m: bytes([m[1][0] ^ 0x20]), answer[1:], flags=re.S)
        return text.decode("latin-1").replace("</target>", f'<xi:include href="{OURS}"/></target>')

    def answer(self, packet):
        """The answer from us to gdb, unless the target is to answer"""
        if m := re.fullmatch(r"qXfer:features:read:([^:]*):([0-9a-f]+),([0-9a-f]+)", packet):
            if m[1] == "target.xml" and m[1] not in self.documents:
                self.documents[m[1]] = self.description()
            text, at, size = self.documents.get(m[1]), int(m[2], 16), int(m[3], 16)
            return text and "lm"[at + size < len(text)] + escape(text[at:at + size])
        if m := re.match(r"[pP]([0-9a-f]+)", packet):
            if int(m[1], 16) >= FIRST:
                return self.mask.to_bytes(8, "little").hex() if packet[0] == "p" else "OK"
        if m := re.fullmatch(r"Qkernel-gdb.mask:([0-9a-f]+)", packet):
            self.mask = int(m[1], 16)
            return "OK"
        return None

    def from_gdb(self, data):
        """Pass on the complete packets of gdb; return the rest"""
        while data:
            if data[:1] != b"$":
                if data[:1] == b"+" and self.unacknowledged:
                    self.unacknowledged -= 1
                else:
                    self.target.sendall(data[:1])
                data = data[1:]
                continue
            m = re.match(rb"\$([^#]*)#..", data, flags=re.S)
            if not m:
                break
            answer = self.answer(m[1].decode("latin-1"))
            if answer is None:
                self.target.sendall(m[0])
                # From the next packet of gdb on, both sides stop acknowledging
                self.acks = self.acks and m[1] != b"QStartNoAckMode"
            else:
                answer = answer.encode("latin-1")
                self.unacknowledged += self.acks
                self.gdb.sendall(b"+" * self.acks + b"$%s#%02x" % (answer, sum(answer) & 255))
            data = data[m.end():]
        return data

    def close(self):
        """Close the connection; a stub has stopped its target for it, also if gdb never came"""
        if self.gdb is None:
            self.target.sendall(b"$D#44")
        self.target.close()

    def serve(self, gdb):
        """Until one of the two goes"""
        self.gdb = gdb
        rest = b""
        with gdb:
            try:
                while True:
                    ready = select.select([gdb, self.target], [], [])[0]
                    for side in ready:
                        data = side.recv(65536)
                        if not data:
                            return
                        if side is gdb:
                            rest = self.from_gdb(rest + data)
                        else:
                            gdb.sendall(data)
            except OSError:
                pass
