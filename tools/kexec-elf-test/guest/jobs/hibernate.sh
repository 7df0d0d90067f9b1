# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
# Fill a part of memory, hibernate, and print the contents after it
mount -t tmpfs -o size=200M fill /run
head -c 60000000 /dev/urandom >/run/random
hash() { sha256sum /run/random | cut -d ' ' -f 1; }
echo "@token $(cat /proc/sys/kernel/random/boot_id)"
echo "@hash $(hash)"
swapon /dev/vdb
echo shutdown >/sys/power/disk
dmesg -c >/dev/null
echo disk >/sys/power/state || echo "@failed $(dmesg | tail -n 3 | paste -sd ' ')"
# From here on, the resumed machine prints
echo "@boot hop=0"
echo "@token-after $(cat /proc/sys/kernel/random/boot_id)"
echo "@hash-after $(hash)"
