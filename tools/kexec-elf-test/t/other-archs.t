#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: all
# kernels: NEWEST
# packages: gcc-riscv64-linux-gnu gcc-s390x-linux-gnu gcc-powerpc64le-linux-gnu
# The changes in kernel/ and in other architectures compile there (allmodconfig), without a warning.
# Reading a part of the file adds no code where it is not selected. The sizes before and after are
# printed.

. "$(dirname "$0")/tap.sh"
. "$TOP/scripts/patches.sh"

use_linux "$NEWEST"
mapfile -t series < <(patches_for "$NEWEST")
partial=$(patches_for "$NEWEST" partial-read | grep read-loaded)

# objects ARCH CROSS_COMPILE: compile, and print the bytes of code
objects()
{
	local objects=(kernel/kexec_core.o kernel/kexec_file.o kernel/module_signature.o)

	case $1 in
	powerpc) objects+=(kernel/kexec_elf.o kernel/kexec.o) ;;
	s390)	objects+=(arch/s390/kernel/machine_kexec_file.o) ;;
	riscv)	objects+=(arch/riscv/kernel/kexec_elf.o kernel/kexec_elf.o kernel/kexec.o) ;;
	*)	objects+=(kernel/kexec.o security/integrity/ima/ima_modsig.o) ;;
	esac
	CCACHE_DIR=$CACHE/ccache make -s -C "$test_dir/tree" O="$test_dir/$1" ARCH="$1" \
		CROSS_COMPILE="$2" CC="ccache $2gcc" -j"$(nproc)" "${objects[@]}" \
		>>"$test_dir/$1.log" 2>&1 || return
	(cd "$test_dir/$1" && size -A "${objects[@]}") |
		awk '/^\.(text|init\.text|exit\.text|text\.unlikely)/ { n += $2 } END { print n }'
}

for arch in x86_64: riscv:riscv64-linux-gnu- s390:s390x-linux-gnu- powerpc:powerpc64le-linux-gnu-; do
	prefix=${arch#*:} arch=${arch%:*}
	if [ $arch = x86_64 ] && [ "$(dpkg --print-architecture)" != amd64 ]; then
		ok "$arch # SKIP no compiler for it here"
		continue
	fi
	rm -rf "$test_dir/tree"
	pristine "$LINUX" "$test_dir/tree"
	echo "# $arch ..."
	config=allmodconfig
	[ $arch != powerpc ] || config=ppc64le_allmodconfig
	make -s -C "$test_dir/tree" O="$test_dir/$arch" ARCH=$arch CROSS_COMPILE="$prefix" $config \
		>"$test_dir/$arch.log" 2>&1 || :
	sizes=$(objects $arch "$prefix")
	for patch in "${series[@]}"; do
		[ "$patch" != "$partial" ] || before=$(objects $arch "$prefix")
		patch -d "$test_dir/tree" -p1 -s --no-backup-if-mismatch <"$patch"
		bring "$patch" "$test_dir/tree"
		[ "$patch" != "$partial" ] || after=$(objects $arch "$prefix")
	done
	all=$(objects $arch "$prefix")
	like "$all" '^[0-9]+$' "$arch: allmodconfig compiles"
	is "$(grep -c 'warning:' "$test_dir/$arch.log")" 0 "... without a warning"
	is "$((after - before <= 64 && before - after <= 64))" 1 \
	   "... reading a part is worth $((after - before)) bytes of code where nothing selects it"
	echo "# $arch: $sizes bytes before the series, $all after; fixes and messages make the difference"
done

done_testing
