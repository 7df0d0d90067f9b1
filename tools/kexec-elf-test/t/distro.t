#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernels: NEWEST 6.12
# distro: cloud-7 cloud-6.12 16k-7 16k-6.12 rt-7 rt-6.12
# The vmlinux files of Debian's newest arm64 kernels, of 6.12 and 7.x: cloud,
# 16K pages, real-time. Downloads some 4 GB, once; DISTRO="cloud-6.12 rt-7" for
# fewer.

. "$(dirname "$0")/tap.sh"
. "$TEST/setup/distro.sh"

for which in ${DISTRO:-cloud-7 cloud-6.12 16k-7 16k-6.12 rt-7 rt-6.12}; do
	need_distro "$which"
	file=$DISTRO_DIR/$which/vmlinux
	package=$(<"$DISTRO_DIR/$which/package")
	loads=$(loads "$file")
	echo "# $package: $(stat -c %s "$file") bytes, $loads PT_LOADs"
	release=${package#linux-image-}
	release=${release%-dbg}

	for from in "$NEWEST" 6.12; do
		use_linux "$from"
		new_disk
		place "$file" "$disk/distro"
		cat >"$disk/job" <<-'JOB'
		[ "$hop" = 0 ] || return
		load distro -d >/dev/null 2>&1
		said
		kexec -e
		JOB
		SECONDS_MAX=300 guest distro "" -M virt -cpu max,pauth-impdef=on -smp 2 -m 2G
		id[distro]=$(build_id "$file")
		is "$(parts 0)" "$loads" "$which, from $from: each PT_LOAD is a segment"
		booted 1 distro "... it boots, on memory that is not zero"
		is "$(report "$log" 1 release)" "$release" "... and says who it is"
		is "$(base_of 1)" \
		   "$(said | sed -n 's/.*Kernel span at \(0x[0-9a-f]*\).*/\1/p' | tail -n 1)" "... and where"
	done
done

done_testing
