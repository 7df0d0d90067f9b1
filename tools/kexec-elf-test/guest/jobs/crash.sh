# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
# Crash kernels: loaded, loaded again, unloaded, refused, beside a kernel for kexec -e; then crash

# state NAME: "@NAME" and whether a kernel is loaded, for kexec -e and for a crash
state() { echo "@$1 $(cat /sys/kernel/kexec_loaded) $(cat /sys/kernel/kexec_crash_loaded)"; }

# often N: load N times, and be refused N times
often()
{
	local i=0

	kexec-file-load --crash --times "$1" /mnt/second /mnt/initrd x | sed "s/^/@times-$1 /"
	while [ $i -lt "$1" ]; do
		kexec-file-load --crash /mnt/bad /mnt/initrd x >/dev/null
		i=$((i + 1))
	done
	sleep 1
	echo 3 >/proc/sys/vm/drop_caches
}

captured && return
[ "$hop" = 0 ] || return
echo "@region $(iomem 'Crash kernel')"
state before
kexec -s -p /mnt/dirt --append=x
state dirty
load_crash second
state again
load first
state both
kexec -s -p -u
state unloaded
# As kdump-tools calls it
eval "kexec -p -s --args-linux --command-line=\"$(next)\" --initrd=/mnt/initrd /mnt/second"
state back
try bad --crash /mnt/bad /mnt/initrd x
state refused
load_crash second
head -c 70000000 /dev/zero >/tmp/dirt
try large --crash /mnt/second /tmp/dirt x
state small
rm /tmp/dirt
often 40
before=$(free_kib)
often 150
echo "@lost $((before - $(free_kib)))"
dmesg -c >/dev/null
last=second
[ ! -e /mnt/second.xz ] || last=second.xz
load_crash $last -d >/dev/null 2>&1
print_dmesg
state last
crash
