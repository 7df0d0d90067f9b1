#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: check all@EACH crash@NEWEST,6.12
# packages: xz-utils
# Crash kernels: loaded, loaded again, unloaded, refused, beside a kernel for
# kexec -e; and what comes up after a panic, on a region that was not zero. The vmlinux is compressed
# when it is loaded for the last time.

. "$(dirname "$0")/tap.sh"

# Each line "@state" has what is loaded: for kexec -e, for a crash

bases=()
for what in vmlinux Image; do
	new_disk crash
	if [ $what = vmlinux ]; then
		kernel first "$flat"
		kernel second "$stripped" split=16384
		xz -1 -k "$disk_dir/second"
	else
		kernel first "$stripped"
		kernel second "$flat"
	fi
	"$edit" "$stripped" "$disk_dir/bad" machine=62
	# An Image of random bytes fills the region where the next will be: its
	# header is sound, but for image_size, 16 MiB
	(head -c 64 "$flat"; head -c 16777152 /dev/urandom) >"$disk_dir/dirt"
	printf '\0\0\0\1\0\0\0\0' | dd of="$disk_dir/dirt" bs=1 seek=16 conv=notrunc status=none
	guest "crash-$what" "crashkernel=64M" -M virt -cpu cortex-a57 -smp 2 -m 512M

	is "$(fact 0 before)" "0 0" "$what: nothing is loaded"
	is "$(fact 0 dirty)" "0 1" "... a crash kernel is"
	is "$(fact 0 again)" "0 1" "... another, in its place"
	is "$(fact 0 both)" "1 1" "... and a kernel for kexec -e beside it"
	is "$(fact 0 unloaded)" "1 0" "... unloaded alone"
	is "$(fact 0 back)" "1 1" "... loaded again, in the words of kdump-tools"
	is "$(fact 0 bad) $(fact 0 refused)" "ENOEXEC 1 0" \
	   "... a bad one is refused: no crash kernel is left, the other is"
	is "$(fact 0 large) $(fact 0 small)" "EADDRNOTAVAIL 1 0" \
	   "... so is one for which the region is too small"
	like "$(fact 0 large-dmesg)" "the crashkernel region has 0x4000000 bytes: kernel \(0x[0-9a-f]+ bytes\), initrd \(0x42c1d80 bytes\), ELF core headers and device tree take at least 0x[0-9a-f]+" \
	     "... and dmesg reports what is there, and what is needed"
	is "$(fact 0 times-40) $(fact 0 times-150)" "OK OK" "... 150 times more, and refused as often"
	lost=$(fact 0 lost)
	is "$((${lost:-9999} < 1500))" 1 "... keeps no memory (${lost:-?} KiB)"
	is "$(fact 0 last)" "1 1" "... is there at last"
	booted 1 second "... and comes up after a panic, on memory that is not zero"
	is "$(fact 1 vmcore)" ELF "... sees /proc/vmcore"
	is "$(base_of 1)" "$(fact 0 load.base)" "... is where it was put"
	holds "... in the region" within "$(base_of 1)" "$(fact 0 region)"
	is "$(fact 0 load.strangers)" "" "... where nothing else is in its span"
	bases+=("$(base_of 1)")
done
is "${bases[0]}" "${bases[1]}" "vmlinux and Image have the same place"

done_testing
