#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# distro: cloud-7
# A vmlinux needs no larger crashkernel= than its Image: the smallest with which
# each is loaded and comes up, to 2 MiB. Of the kernel built here, and of Debian's
# newest cloud kernel, whose vmlinux has some 400 MB

. "$(dirname "$0")/tap.sh"
. "$TEST/setup/distro.sh"

cat >"$WORK/job" <<'JOB'
. /mnt/crash.job
captured && return
load_crash "$(arg file)" >/dev/null 2>&1
[ "$(cat /sys/kernel/kexec_crash_loaded)" = 0 ] || crash
JOB

# comes_up FILE MIB: with so much reserved. One that panics reboots, which ends the
# guest.
comes_up()
{
	SECONDS_MAX=40 guest "size-$1" "page_poison=0 crashkernel=${2}M file=$1 capture=nokaslr,panic=1" \
		-M virt -cpu max,pauth-impdef=on -smp 2 -m "$memory" >/dev/null
	[ "$(report "$log" 1 vmcore)" = ELF ] &&
		[ "$(report "$log" 1 build-id)" = "${id[$1]}" ]
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

	span=$(od -An -tu8 -j16 -N8 "$disk/Image")
	least[0]=$(smallest Image $((span / 2097152 * 2)))
	least[1]=$(smallest vmlinux $((span / 2097152 * 2)))
	like "${least[0]}" '^[0-9]+$' "$1: the Image ($(stat -c %s "$disk/Image") bytes) comes up with crashkernel=${least[0]}M"
	is "${least[1]}" "${least[0]}" "... the vmlinux ($(stat -c %s "$disk/vmlinux") bytes) with as much, and no less"
}

memory=1G
new_crash_disk
cp "$WORK/job" "$disk/job"
kernel Image "$flat"
kernel vmlinux "$vmlinux"
compare "$LINUX_VERSION"

memory=2G
need_distro cloud-7
new_crash_disk
cp "$WORK/job" "$disk/job"
place "$DISTRO_DIR/cloud-7/vmlinux" "$disk/vmlinux"
flatten "$disk/vmlinux" "$disk/Image"
id[vmlinux]=$(build_id "$disk/vmlinux")
id[Image]=${id[vmlinux]}
compare "$(<"$DISTRO_DIR/cloud-7/package")"

done_testing
