# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# A machine whose memory comes in many ranges. QEMU describes its memory as one range, whatever
# device tree it is given. So its own device tree is changed and put into memory, and stub.S hands
# that one to the kernel.

# 2 GiB: the lower one whole, in the upper one small ranges with holes between
DTB_AT=0x50000000 KERNEL_AT=0x40200000

# ranges N: append the options for N ranges to $machine; $append is the command line
ranges()
{
	local dtb=$work/ranges.dtb reg=(0 40000000 0 40000000) i

	qemu-system-aarch64 -nodefaults -display none "${machine[@]}" \
		-kernel "$Image" -initrd "$INITRAMFS" \
		-append "console=ttyAMA0 rdinit=/.kexec-vmlinux/init $append" \
		-machine dumpdtb="$dtb" >"$work/qemu.log" 2>&1
	for ((i = 1; i < $1; i++)); do
		reg+=(0 "$(printf %x $((0x80000000 + i * 0x80000)))" 0 40000)
	done
	fdtput -t x "$dtb" /memory@40000000 reg "${reg[@]}"
	aarch64-linux-gnu-gcc -nostdlib -c -DDTB_AT=$DTB_AT -DKERNEL_AT=$KERNEL_AT \
		-o "$work/stub.o" "$TEST/bench/stub.S"
	aarch64-linux-gnu-objcopy -O binary "$work/stub.o" "$work/stub.bin"
	machine+=(-kernel "$work/stub.bin"
		  -device "loader,file=$dtb,addr=$DTB_AT,force-raw=on"
		  -device "loader,file=$Image,addr=$KERNEL_AT,force-raw=on")
}
