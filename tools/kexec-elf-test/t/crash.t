#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Crash kernels: loaded, loaded again, unloaded, refused, beside a kernel for
# kexec -e; and what comes up after a panic, on a region that was not zero

. "$(dirname "$0")/tap.sh"

# Each line "@state" tells what is loaded: for kexec -e, for a crash
cat >"$WORK/functions" <<'JOB'
. /mnt/crash.job
state() { echo "@$1 $(cat /sys/kernel/kexec_loaded) $(cat /sys/kernel/kexec_crash_loaded)"; }
JOB
cat >"$WORK/job" <<'JOB'
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
# As kdump-tools puts it
eval "kexec -p -s --args-linux --command-line=\"$(next)\" --initrd=/mnt/initrd /mnt/second"
state back
dmesg -c >/dev/null
kexec-file-load --crash /mnt/bad /mnt/initrd x | sed 's/^/@bad /'
said
state refused
load_crash second
head -c 70000000 /dev/zero >/tmp/dirt
dmesg -c >/dev/null
kexec-file-load --crash /mnt/second /tmp/dirt x | sed 's/^/@large /'
said
state small
rm /tmp/dirt
# often N: load so often, and be refused as often
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
often 40
a=$(free_kib)
often 150
echo "@lost $((a - $(free_kib)))"
dmesg -c >/dev/null
load_crash second -d >/dev/null 2>&1
said
state last
crash
JOB

bases=()
for what in vmlinux Image; do
	new_crash_disk
	if [ $what = vmlinux ]; then
		kernel first "$flat"
		kernel second "$stripped" split=16384
	else
		kernel first "$stripped"
		kernel second "$flat"
	fi
	"$edit" "$stripped" "$disk/bad" machine=62
	# An Image of random bytes fills the region where the next will be: its
	# header is sound, but for image_size, 16 MiB
	(head -c 64 "$flat"; head -c 16777152 /dev/urandom) >"$disk/dirt"
	printf '\0\0\0\1\0\0\0\0' | dd of="$disk/dirt" bs=1 seek=16 conv=notrunc status=none
	cat "$WORK/functions" "$WORK/job" >"$disk/job"
	guest "crash-$what" "crashkernel=64M" -M virt -cpu cortex-a57 -smp 2 -m 512M

	is "$(report "$log" 0 before)" "0 0" "$what: nothing is loaded"
	is "$(report "$log" 0 dirty)" "0 1" "... a crash kernel is"
	is "$(report "$log" 0 again)" "0 1" "... another, in its place"
	is "$(report "$log" 0 both)" "1 1" "... and a kernel for kexec -e beside it"
	is "$(report "$log" 0 unloaded)" "1 0" "... unloaded alone"
	is "$(report "$log" 0 back)" "1 1" "... loaded again, in the words of kdump-tools"
	is "$(report "$log" 0 bad) $(report "$log" 0 refused)" "ENOEXEC 1 0" \
	   "... a bad one is refused: no crash kernel is left, the other is"
	is "$(report "$log" 0 large) $(report "$log" 0 small)" "EADDRNOTAVAIL 1 0" \
	   "... so is one for which the region is too small"
	like "$(said)" "the crashkernel region has 0x4000000 bytes: kernel \(0x[0-9a-f]+ bytes\), initrd \(0x42c1d80 bytes\), ELF core headers and device tree take at least 0x[0-9a-f]+" \
	     "... and dmesg says what is there, and what is needed"
	is "$(report "$log" 0 times-40) $(report "$log" 0 times-150)" "OK OK" "... 150 times more, and refused as often"
	lost=$(report "$log" 0 lost)
	is "$((${lost:-9999} < 1500))" 1 "... keeps no memory (${lost:-?} KiB)"
	is "$(report "$log" 0 last)" "1 1" "... is there at last"
	booted 1 second "... and comes up after a panic, on memory that is not zero"
	is "$(report "$log" 1 vmcore)" ELF "... sees /proc/vmcore"
	is "$(base_of 1)" "$(said | sed -n 's/.*Kernel span at \(0x[0-9a-f]*\).*/\1/p' | tail -n 1)" \
	   "... is where it was put"
	is "$(in_region "$(base_of 1)" && echo yes)" yes "... in the region"
	is "$(strangers)" "" "... where nothing else is in its span"
	bases+=("$(base_of 1)")
done
is "${bases[0]}" "${bases[1]}" "vmlinux and Image have the same place"

done_testing
