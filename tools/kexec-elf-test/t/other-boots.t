#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: all cost
# kernels: NEWEST-x86 NEWEST-riscv
# packages: qemu-system-x86 qemu-system-misc libc6-dev-riscv64-cross
# x86-64 and RISC-V, whose kexec runs the code in kernel/ that the series changes. Each loads with
# kexec_file_load() what it can load, with an initrd of 40 MB. The purgatory of both compares the SHA-256
# of all segments before it jumps. Their user space is nolibc's.

. "$(dirname "$0")/tap.sh"

use_linux "$NEWEST"
head -c 40000000 /dev/urandom >"$test_dir/ballast"
crc=$(python3 -c 'import sys, zlib; print(zlib.crc32(sys.stdin.buffer.read()))' <"$test_dir/ballast")

# boot_arch NAME TRIPLET FILE...: boot that build, load each FILE of it in turn, and jump
boot_arch()
{
	local n=0 file

	use_linux "$NEWEST-$1"
	INITRAMFS=$test_dir/$1.cpio
	tiny_initramfs "$LINUX" "$INITRAMFS" "$2"
	rm -rf "$disk_dir"
	mkdir "$disk_dir"
	for file in "${@:3}"; do
		n=$((n + 1))
		cp "$BUILD/$file" "$disk_dir/next-$n"
	done
	(cat "$INITRAMFS"; cd "$test_dir"; echo ballast | cpio --quiet -o -H newc) >"$disk_dir/next-initrd"
	guest "$1" "cma=0" "${machine[@]}"
	is "$(fact 0 boot) $(fact 0 ballast)" "hop=0 " "$1: Linux boots"
	for ((n = 1; n < $# - 1; n++)); do
		is "$(fact $((n - 1)) loaded)" "0, errno 0" "$1: $(basename "${@:n+2:1}") is loaded"
		is "$(fact $n boot) $(fact $n build-id) $(fact $n ballast)" "hop=$n $(build_id "$BUILD/vmlinux") $crc" \
			"... and boots, with its initrd"
	done
}

# shellcheck disable=SC2034 # for run_guest
QEMU=(qemu-system-x86_64) BOOT_IMAGE=arch/x86/boot/bzImage CONSOLE=ttyS0 DISK_DEVICE=virtio-blk-pci
machine=(-M q35 -cpu max -m 1G)
boot_arch x86 x86_64-linux-gnu arch/x86/boot/bzImage arch/x86/boot/bzImage

# shellcheck disable=SC2034
QEMU=(qemu-system-riscv64) BOOT_IMAGE=arch/riscv/boot/Image DISK_DEVICE=virtio-blk-device
machine=(-M virt -m 1G)
boot_arch riscv riscv64-linux-gnu vmlinux arch/riscv/boot/Image

done_testing
