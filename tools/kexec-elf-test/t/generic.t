#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernels: NEWEST
# packages: gcc-riscv64-linux-gnu gcc-s390x-linux-gnu gcc-powerpc64le-linux-gnu
# What is changed in kernel/ compiles everywhere (allmodconfig), without a
# warning; and what is there for arm64 only leaves the others as they are: the
# span and the loader change no code where they are not selected. Fixes and
# messages do; how much is told.

. "$(dirname "$0")/tap.sh"
. "$TOP/scripts/patches.sh"

use_linux "$NEWEST"
mapfile -t series < <(patches_for "$NEWEST")
span=$(grep -l '^+config KEXEC_SPAN' "${series[@]}")

# objects ARCH CROSS_COMPILE: compile, and tell the bytes of code
objects()
{
	local objects=(kernel/kexec_core.o kernel/kexec_file.o)

	[ "$1" != powerpc ] || objects+=(kernel/kexec_elf.o)
	[ "$1" = s390 ] || objects+=(kernel/kexec.o)
	CCACHE_DIR=$CACHE/ccache make -s -C "$WORK/tree" O="$WORK/$1" ARCH="$1" \
		CROSS_COMPILE="$2" CC="ccache $2gcc" -j"$(nproc)" "${objects[@]}" \
		>>"$WORK/$1.log" 2>&1 || return
	(cd "$WORK/$1" && size -A "${objects[@]}") |
		awk '/^\.(text|init\.text|exit\.text|text\.unlikely)/ { n += $2 } END { print n }'
}

for arch in x86_64: riscv:riscv64-linux-gnu- s390:s390x-linux-gnu- powerpc:powerpc64le-linux-gnu-; do
	cross=${arch#*:} arch=${arch%:*}
	if [ $arch = x86_64 ] && [ "$(dpkg --print-architecture)" != amd64 ]; then
		echo "ok $((++nr)) - $arch # SKIP no compiler for it here"
		continue
	fi
	rm -rf "$WORK/tree"
	pristine "$WORK/tree"
	owned | (cd "$TOP" && xargs cp --parents -t "$WORK/tree")
	echo "# $arch ..."
	config=allmodconfig
	[ $arch != powerpc ] || config=ppc64le_allmodconfig
	make -s -C "$WORK/tree" O="$WORK/$arch" ARCH=$arch CROSS_COMPILE="$cross" $config \
		>"$WORK/$arch.log" 2>&1 || :
	sizes=$(objects $arch "$cross")
	for patch in "${series[@]}"; do
		[ "$patch" != "$span" ] || before=$(objects $arch "$cross")
		patch -d "$WORK/tree" -p1 -s --no-backup-if-mismatch <"$patch"
		[ "$patch" != "$span" ] || after=$(objects $arch "$cross")
	done
	all=$(objects $arch "$cross")
	like "$all" '^[0-9]+$' "$arch: allmodconfig compiles"
	is "$(grep -c 'warning:' "$WORK/$arch.log")" 0 "... without a warning"
	is "$((after - before <= 64 && before - after <= 64))" 1 \
	   "... the span is worth $((after - before)) bytes of code where nothing selects it"
	echo "# $arch: $sizes bytes before the series, $all after; fixes and messages make the difference"
done

done_testing
