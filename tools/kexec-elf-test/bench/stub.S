/* SPDX-License-Identifier: GPL-2.0 */
/* Hand a device tree to a kernel: QEMU starts this, and has put both at DTB_AT and KERNEL_AT */
	ldr	x0, =DTB_AT
	ldr	x1, =KERNEL_AT
	br	x1
