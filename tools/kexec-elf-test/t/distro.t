#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: all distro
# kernels: NEWEST 6.12
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
		new_disk chain
		place "$file" "$disk_dir/k1"
				guest -t 300 distro "" -M virt -cpu max,pauth-impdef=on -smp 2 -m 2G
		build_ids[k1]=$(build_id "$file")
		is "$(fact 0 load.parts)" "$loads" "$which, from $from: each PT_LOAD is a segment"
		booted 1 k1 "... it boots, on memory that is not zero"
		is "$(fact 1 release)" "$release" "... and reports who it is"
		is "$(base_of 1)" "$(fact 0 load.base)" "... and where"
	done
done

done_testing
