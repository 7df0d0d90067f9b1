# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# A machine whose memory comes in many ranges. QEMU describes what it has as one,
# whatever device tree it is given: so its own device tree is changed and put into
# memory beside it, and a few instructions hand that one to the kernel.

# 2 GiB: the lower one whole, in the upper one small ranges with holes between
DTB_AT=0x50000000 KERNEL_AT=0x40200000

# word VALUE BYTES: little-endian
word()
{
	local i

	for ((i = 0; i < $2; i++)); do
		# shellcheck disable=SC2059
		printf "\\x$(printf %x $(($1 >> 8 * i & 255)))"
	done
}

# ldr x0, =dtb; ldr x1, =kernel; br x1
stub()
{
	word 0x58000080 4; word 0x580000a1 4; word 0xd61f0020 4; word 0xd503201f 4
	word $DTB_AT 8; word $KERNEL_AT 8
}

# ranges N: appends to $machine what makes QEMU start with N ranges; of $append
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
	stub >"$work/stub.bin"
	machine+=(-kernel "$work/stub.bin"
		  -device "loader,file=$dtb,addr=$DTB_AT,force-raw=on"
		  -device "loader,file=$Image,addr=$KERNEL_AT,force-raw=on")
}
