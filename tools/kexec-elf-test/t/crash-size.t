#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: all crash
# The smallest crashkernel= with which a kernel is loaded and comes up, to 2 MiB, is the same for a
# vmlinux and its Image: for the kernel that is built here, and for Debian's newest cloud kernel,
# whose vmlinux has some 400 MB

. "$(dirname "$0")/tap.sh"
. "$TEST/setup/distro.sh"


# comes_up FILE MIB: does the kernel FILE come up after a crash, with crashkernel=MIB? One that panics
# reboots, which ends the guest.
comes_up()
{
	guest -t 40 "size-$1" "page_poison=0 crashkernel=${2}M file=$1 capture=nokaslr,panic=1" \
		-M virt -cpu max,pauth-impdef=on -smp 2 -m "$memory" >/dev/null
	[ "$(fact 1 vmcore)" = ELF ] &&
		[ "$(fact 1 build-id)" = "${build_ids[$1]}" ]
}

# smallest FILE FROM: the least size above FROM with which it comes up, in MiB
smallest()
{
	local low=$2 high=$(($2 + 16)) middle

	while ! comes_up "$1" $high; do
		low=$high
		high=$((high + 32))
		[ $high -lt 512 ] || { echo none; return; }
	done
	while [ $((high - low)) -gt 2 ]; do
		middle=$(((high + low) / 4 * 2))
		if comes_up "$1" $middle; then high=$middle; else low=$middle; fi
	done
	echo $high
}

# compare NAME: the Image and the vmlinux on the disk
compare()
{
	local span

	span=$(od -An -tu8 -j16 -N8 "$disk_dir/Image")
	least[0]=$(smallest Image $((span / 2097152 * 2)))
	least[1]=$(smallest vmlinux $((span / 2097152 * 2)))
	like "${least[0]}" '^[0-9]+$' "$1: the Image ($(stat -c %s "$disk_dir/Image") bytes) comes up with crashkernel=${least[0]}M"
	is "${least[1]}" "${least[0]}" "... the vmlinux ($(stat -c %s "$disk_dir/vmlinux") bytes) with as much, and no less"
}

memory=1G
new_disk capture
kernel Image "$flat"
kernel vmlinux "$vmlinux"
compare "$LINUX_VERSION"

memory=2G
need_distro cloud-7
new_disk capture
place "$DISTRO_DIR/cloud-7/vmlinux" "$disk_dir/vmlinux"
flatten "$disk_dir/vmlinux" "$disk_dir/Image"
build_ids[vmlinux]=$(build_id "$disk_dir/vmlinux")
build_ids[Image]=${build_ids[vmlinux]}
compare "$(<"$DISTRO_DIR/cloud-7/package")"

done_testing
