#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: all
# kernels: NEWEST NEWEST-16k-secure NEWEST-64k 6.12 6.12-clang 6.12-be
# Every way of building a kernel, as the one that loads and as the one that is loaded: page sizes,
# clang and lld, not relocatable, 39, 48 and 52 bits of virtual addresses, big-endian

. "$(dirname "$0")/tap.sh"

max="-M virt -cpu max,pauth-impdef=on -m 1G"

# boot_in_turn NAME QEMU-OPTIONS BUILD...: the first boots the second, and so on
boot_in_turn()
{
	local name=$1 options=$2 i
	shift 2
	local builds=("$@")

	new_disk chain
	for i in "${!builds[@]}"; do
		use_linux "${builds[i]}"
		[ "$i" = 0 ] || kernel "k$i" "$BUILD/vmlinux"
	done
	use_linux "${builds[0]}"
	# shellcheck disable=SC2086
	guest "$name" "" $options
	for ((i = 1; i < ${#builds[@]}; i++)); do
		booted $i k$i "$name: ${builds[i - 1]} boots the vmlinux of ${builds[i]}"
	done
	nothing_misplaced "... and none finds itself misplaced"
}

n=$NEWEST
boot_in_turn pages "$max" $n $n $n-16k-secure $n-16k-secure $n-64k $n-64k $n $n-64k $n-16k-secure $n
boot_in_turn clang "$max" $n-64k 6.12-clang 6.12-clang $n-64k 6.12 $n

# PT_LOADs of lld's that begin inside the 64K pages of the kernel that loads
use_linux 6.12-clang
loads=$(readelf -lW "$BUILD/vmlinux" | awk '$1 == "LOAD" && $6 != 0 && $6 !~ /^0x0+$/ { n++ } END { print n }')
odd=$(readelf -lW "$BUILD/vmlinux" | awk '$1 == "LOAD" && $6 !~ /^0x0+$/ && $3 !~ /0000$/ { n++ } END { print n + 0 }')
echo "# lld: $loads PT_LOADs with memory, $odd of which do not begin a 64K page"
is "$(fact 0 load.parts)" "$((loads - odd))" "clang: they have joined the segment before"

# What a CPU cannot run is refused; a57 has no 16K pages
new_disk refuse
use_linux "$NEWEST-16k-secure"
kernel 16k "$BUILD/vmlinux"
use_linux "$NEWEST"
kernel before "$BUILD/vmlinux"
echo 16k >"$disk_dir/names"
guest no-16k "" -M virt -cpu cortex-a57 -m 1G
is "$(fact 0 16k)" EINVAL "a CPU without 16K pages: EINVAL"
like "$(fact 0 16k-dmesg)" "built for 16K pages, which this CPU does not have" "... and dmesg reports why"
booted 1 before "... and what it has boots"

# Big-endian, not relocatable, 39 bits: from a kernel that is the opposite, and back. Its user space
# is nolibc's.
use_linux "$NEWEST"
tiny_initramfs "$LINUX" "$test_dir/tiny" aarch64-linux-gnu -mbig-endian -mno-outline-atomics
for k in vmlinux arch/arm64/boot/Image; do
	new_disk chain
	use_linux 6.12-be
	kernel k1 "$BUILD/$k"
	use_linux 6.12
	kernel next-2 "$BUILD/$k"
	mv "$disk_dir/initrd" "$disk_dir/next-initrd"
	cp "$test_dir/tiny" "$disk_dir/initrd"
	what=$(basename $k)
	guest "be-$what" "" $max -global virtio-mmio.force-legacy=false
	is "$(fact 1 build-id)" "${build_ids[k1]}" "a big-endian $what boots from a little-endian kernel"
	is "$(fact 1 byte-order)" big "... and its user space is big-endian"
	booted 2 next-2 "... and boots a little-endian $what, with the bare system call"
done

done_testing
