#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: check all@EACH
# Holes for the kernel that leave no room for the initrd, for a kernel that is copied

. "$(dirname "$0")/tap.sh"

dtb=$test_dir/dtb
# Only a kernel that is copied needs a hole that leaves room for the rest, wherever memory is free
copy=$(can load-into-cma && echo copy=1 || :)

# Two ranges of memory more than 32 GB apart. In the lower one, the firmware has left 24 MB: enough
# for the kernel, not for its initrd. That must not be in the upper one when the kernel is in the
# lower (booting.rst: within 32 GB). The second kernel sees all 34 GB, which are not filled: the
# host may have less.
device_tree "$dtb" -M virt -cpu cortex-a57 -m 1G
usable "$dtb" 0x40000000 0x10000000 0x840000000 0x80000000
reserve "$dtb" 0x41800000 0xe800000

new_disk chain
head -c 12000000 /dev/zero >>"$disk_dir/initrd"
for what in vmlinux Image; do
	kernel k1 "$([ $what = Image ] && echo "$flat" || echo "$vmlinux")"
	guest "retry-$what" "$copy cma=0 swiotlb=512 carry=page_poison=0" -M virt,memory-backend=ram \
		-cpu cortex-a57 -m 34G -object memory-backend-ram,id=ram,size=34G,reserve=off \
		-dtb "$dtb"
	bases=$(fact 0 load.bases)
	like "$bases" '^(0x40[0-9a-f]{6} )+0x8[4-9a-f][0-9a-f]{7}$' \
	     "$what: the first hole has no room for the initrd, another is tried"
	booted 1 k1 "... and the kernel boots from there"
	is "$(base_of 1)" "${bases##* }" "... where it was put"
done

# The initrd takes all that is free above the kernel, to the page; then one page more. Pages
# reserved every 4 MB keep the kernel out of the lower memory.
device_tree "$dtb" -M virt -cpu cortex-a57 -m 512M
for ((at = 0x40a00000; at < 0x5a000000; at += 0x400000)); do
	reserve "$dtb" $at 0x1000
done
new_disk room
kernel k1 "$stripped"

# room: how many bytes are free above the kernel, up to the device tree or what is reserved
room()
{
	local end limit at

	end=$(fact 0 load.end) limit=$(fact 0 load.dtb)
	limit=$((limit))
	for at in $(sed -n 's/^@iomem  *\([0-9a-f]*\)-[0-9a-f]* : reserved/\1/p' "$console"); do
		[ $((0x$at)) -lt $((end)) ] || [ $((0x$at)) -ge $limit ] || limit=$((0x$at))
	done
	echo $((limit - end))
}

guest room "$copy cma=0" -M virt -cpu cortex-a57 -m 512M -dtb "$dtb"
room=$(room)
holds "an initrd may take $room bytes above the kernel" [ "$room" -gt 40000000 ]
guest tight "$copy cma=0 room=$room" -M virt -cpu cortex-a57 -m 512M -dtb "$dtb"
is "$(fact 0 one-more)" EADDRNOTAVAIL "one byte more is refused"
like "$(fact 0 one-more-dmesg)" "no hole of 0x[0-9a-f]* bytes for the kernel leaves room for the initrd" \
     "... and dmesg reports why"
is "$(fact 0 just)" OK "as much is taken"
booted 1 k1 "... and boots"

# 60 MB at random, in memory that is just enough: pages of the file are where something is to go
for what in vmlinux Image; do
	new_disk chain 60000000
	kernel k1 "$([ $what = Image ] && echo "$flat" || echo "$stripped")"
	kernel k2 "$([ $what = Image ] && echo "$stripped" || echo "$flat")"
	guest "scarce-$what" "$copy cma=0 carry=$copy" -M virt -cpu cortex-a57 -m 448M
	booted 1 k1 "$what, an initrd of 60 MB in 448 MB: all of it arrives"
	booted 2 k2 "... and once more, from there"
done

done_testing
