# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
# Load k1 and k2 in turn, until hops=N jumps are done. The kernel before has
# made the device tree from its own.
echo "@fdt $(cat /sys/firmware/fdt | wc -c)"
echo "@free $(free_kib)"
[ "$hop" -lt "$(arg hops)" ] || return 0
load "k$((hop % 2 + 1))"
kexec -e
