# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
# A chain with kexec handover. Every kernel preserves its release for the next ("exec from");
# lib/test_kho.c preserves pages of all kinds if it was handed none.
echo "@kho $(dmesg | sed -n 's/.*test_kho: //p' | head -n 1)"
echo "@from $(dmesg | sed -n 's/.*KHO: exec from: //p')"
mount -t debugfs debug /sys/kernel/debug
paste /sys/kernel/debug/kho/out/scratch_phys /sys/kernel/debug/kho/out/scratch_len |
	while read -r start len; do
		printf '%x-%x ' $((start)) $((start + len - 1))
	done | sed 's/^/@scratch /'
echo
dmesg -c >/dev/null
chain
