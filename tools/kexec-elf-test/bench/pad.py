#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""pad.py IN OUT BYTES: an ELF file with one more section, a hole of BYTES

Like debug information, it follows the loaded part, and no segment has it.
"""

import shutil
import struct
import sys

E_SHOFF = 40        # ELF-64: byte offsets in the header
E_SHENTSIZE = 58
SHT_PROGBITS = 1

if len(sys.argv) != 4 or not sys.argv[3].isdigit():
    sys.exit(__doc__)
old, new, pad = sys.argv[1], sys.argv[2], int(sys.argv[3])

shutil.copyfile(old, new)
with open(new, "r+b") as f:
    header = f.read(64)
    shoff, = struct.unpack_from("<Q", header, E_SHOFF)
    size, number = struct.unpack_from("<HH", header, E_SHENTSIZE)
    f.seek(shoff)
    sections = f.read(size * number)
    at = (f.seek(0, 2) + 63) & ~63
    f.seek(at + pad)
    f.write(sections + struct.pack("<IIQQQQIIQQ", 0, SHT_PROGBITS, 0, 0, at,
                                   pad, 0, 0, 1, 0))
    f.seek(E_SHOFF)
    f.write(struct.pack("<Q", at + pad))
    f.seek(E_SHENTSIZE + 2)
    f.write(struct.pack("<H", number + 1))
