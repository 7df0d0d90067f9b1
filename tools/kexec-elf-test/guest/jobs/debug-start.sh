# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
# Load k1, print where, and give a debugger time to attach before the jump
[ "$hop" = 0 ] || return 0
load k1 -d >/dev/null 2>&1
echo "@base $(dmesg | sed -n 's/.*Kernel span at \(0x[0-9a-f]*\) .*/\1/p' | tail -n 1)"
echo "@attach"
sleep 4
kexec -e
