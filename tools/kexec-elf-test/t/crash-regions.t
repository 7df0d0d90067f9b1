#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: all crash@NEWEST,6.12
# Every way of reserving memory for a crash kernel, and the keys of encrypted disks, which 7.x hands
# over to it

. "$(dirname "$0")/tap.sh"


# region NAME CRASHKERNEL QEMU-OPTION...: a vmlinux is loaded there and comes up
region()
{
	guest "region-$1" "page_poison=0 $2" -M virt -cpu cortex-a57 -smp 2 "${@:3}"
	booted 1 k1 "$2: the vmlinux comes up"
	is "$(fact 1 vmcore)" ELF "... sees /proc/vmcore"
	holds "... is in the region ($(base_of 1))" within "$(base_of 1)" "$(fact 0 region)"
	is "$(fact 0 load.strangers)" "" "... with nothing else in its span"
}

new_disk capture
kernel k1 "$vmlinux"
region x crashkernel=64M -m 512M
region at crashkernel=64M@0x50000000 -m 512M
is "$(base_of 1)" 0x50000000 "... at the address that was asked for"
region high "crashkernel=64M,high crashkernel=16M,low" -m 5G
base=$(base_of 1)
is "$((${base:-0} >= 1 << 32))" 1 "... above 4 GiB"
is "$(fact 1 ram)" 80 "... and has the low memory as well"

# The size that dmesg asks for is enough to load it
guest region-small "page_poison=0 crashkernel=8M" -M virt -cpu cortex-a57 -m 512M
is "$(fact 0 loaded)" 0 "crashkernel=8M: refused"
least=$(dmesg_of_loads | sed -n 's/.*the crashkernel region has 0x800000 bytes: .* at least \(0x[0-9a-f]*\)$/\1/p')
like "$least" '^0x[0-9a-f]+$' "... with what it takes"
guest region-less "only=load page_poison=0 crashkernel=$((least / 1048576 - 2))M" -M virt -cpu cortex-a57 -m 512M
is "$(fact 0 loaded)" 0 "2 MiB less than that: refused"
guest region-least "only=load page_poison=0 crashkernel=$((least / 1048576))M" -M virt -cpu cortex-a57 -m 512M
is "$(fact 0 loaded)" 1 "as much as that: loaded"
guest region-none "page_poison=0" -M virt -cpu cortex-a57 -m 512M
is "$(fact 0 loaded)" 0 "nothing reserved: refused"
like "$(dmesg_of_loads)" 'the crashkernel region has 0x0 bytes' "... and dmesg reports that it has no bytes"

can pass-dm-crypt-keys || {
	done_testing
	exit
}

region cma "crashkernel=64M crashkernel=64M,cma" -m 512M
is "$(fact 1 ram)" 128 "... and may use the CMA areas, too"

cp -r "$CACHE/arm64/dump-tools" "$disk_dir"
region keys "crashkernel=64M keys=$$ carry=keys=$$" -m 512M
for key in one two; do
	is "$(fact 1 $key)" "secret-$key-$$" "... and finds the key of disk $key"
done

done_testing
