# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
# Load k1 without KASLR, and give a debugger time to attach before the jump
[ "$hop" = 0 ] || return
kexec -s -l /mnt/k1 --initrd=/mnt/initrd --append="$(next nokaslr)"
echo "@attach"
sleep 3
kexec -e
