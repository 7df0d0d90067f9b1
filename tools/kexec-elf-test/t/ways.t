#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernels: NEWEST NEWEST-16k NEWEST-64k 6.12 6.12-clang 6.12-be
# Every way of building a kernel, as the one that loads and as the one loaded:
# page sizes, clang and lld, not relocatable, 39, 48 and 52 bits of virtual
# addresses, big-endian

. "$(dirname "$0")/tap.sh"

max="-M virt -cpu max,pauth-impdef=on -m 1G"

# chain NAME QEMU-OPTIONS WAY...: the first boots the second, and so on
chain()
{
	local name=$1 options=$2 i from
	shift 2
	local ways=("$@")

	new_disk
	for i in "${!ways[@]}"; do
		use_linux "${ways[i]}"
		[ "$i" = 0 ] || kernel "k$i" "$BUILD/vmlinux"
	done
	cat >"$disk/job" <<-JOB
	[ "\$hop" = $((${#ways[@]} - 1)) ] || {
		load "k\$((hop + 1))" -d >/dev/null 2>&1
		said
		kexec -e
	}
	JOB
	use_linux "${ways[0]}"
	# shellcheck disable=SC2086
	guest "$name" "" $options
	for ((i = 1; i < ${#ways[@]}; i++)); do
		from=${ways[i - 1]}
		booted $i k$i "$name: $from boots the vmlinux of ${ways[i]}"
	done
	is "$(grep -c '^@firmware-bug' "$log")" 0 "... and none finds itself misplaced"
}

n=$NEWEST
chain pages "$max" $n $n $n-16k $n-16k $n-64k $n-64k $n $n-64k $n-16k $n
chain clang "$max" $n-64k 6.12-clang 6.12-clang $n-64k 6.12 $n

# PT_LOADs of lld's that begin inside the 64K pages of the kernel that loads
use_linux 6.12-clang
loads=$(readelf -lW "$BUILD/vmlinux" | awk '$1 == "LOAD" && $6 != 0 && $6 !~ /^0x0+$/ { n++ } END { print n }')
odd=$(readelf -lW "$BUILD/vmlinux" | awk '$1 == "LOAD" && $6 !~ /^0x0+$/ && $3 !~ /0000$/ { n++ } END { print n + 0 }')
echo "# lld: $loads PT_LOADs with memory, $odd of which do not begin a 64K page"
is "$(parts 0)" \
   "$((loads - odd))" "clang: they have joined the segment before"

# What a CPU cannot run is refused; a57 has no 16K pages
use_linux "$NEWEST-16k"
new_disk
kernel k1 "$BUILD/vmlinux"
use_linux "$NEWEST"
kernel k2 "$BUILD/vmlinux"
cat >"$disk/job" <<'JOB'
[ "$hop" = 0 ] || return
echo "@errno $(kexec-file-load /mnt/k1 /mnt/initrd x)"
said
load k2
kexec -e
JOB
guest no-16k "" -M virt -cpu cortex-a57 -m 1G
is "$(report "$log" 0 errno)" EINVAL "a CPU without 16K pages: EINVAL"
like "$(said)" "built for 16K pages, which this CPU does not have" "... and dmesg says why"
booted 1 k2 "... and what it has boots"

# Big-endian, not relocatable, 39 bits: from a kernel that is the opposite, and
# back. Its user space is nolibc's.
use_linux "$NEWEST"
tiny_initramfs "$WORK/tiny"
for k in vmlinux arch/arm64/boot/Image; do
	use_linux 6.12-be
	new_disk
	kernel be "$BUILD/$k"
	use_linux 6.12
	kernel next "$BUILD/$k"
	mv "$disk/initrd" "$disk/next-initrd"
	cp "$WORK/tiny" "$disk/initrd"
	cat >"$disk/job" <<-'JOB'
	[ "$hop" = 0 ] || return
	load be
	kexec -e
	JOB
	guest "be-$(basename $k)" "" $max -global virtio-mmio.force-legacy=false
	is "$(report "$log" 1 build-id)" "${id[be]}" "a big-endian $(basename $k) boots from a little-endian kernel"
	is "$(report "$log" 1 byte-order)" big "... and its user space is big-endian"
	booted 2 next "... and boots a little-endian $(basename $k), with the bare system call"
done

done_testing
