# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For tests: TAP, and guests whose kernels can be told from each other.

ME=$(basename "$0" .t)
# shellcheck source=tools/kexec-elf-test/setup/common.sh
. "$(dirname "$0")/../setup/common.sh"
. "$TEST/setup/packages.sh"
. "$TEST/setup/linux.sh"
. "$TEST/guest/guest.sh"

nr=0
ok() { nr=$((nr + 1)); echo "ok $nr - $*"; }
not_ok() { nr=$((nr + 1)); echo "not ok $nr - $*"; }
done_testing() { echo "1..$nr"; }

# is GOT WANTED NAME, like GOT REGEX NAME
is()
{
	if [ "$1" = "$2" ]; then ok "$3"; else
		not_ok "$3"
		printf '#      got: %s\n#   wanted: %s\n' "$1" "$2"
	fi
}

like()
{
	if [[ $1 =~ $2 ]]; then ok "$3"; else
		not_ok "$3"
		printf '#      got: %s\n#   wanted: %s\n' "$1" "$2"
	fi
}

# What tests share, and a folder for each. They run at the same time: what one
# of them makes for all is there as a whole or not at all.
shared=$WORK
WORK=$shared/$ME
mkdir -p "$WORK"
share() { [ -e "$1" ] || { "${@:2}" -o "$WORK/new" && mv "$WORK/new" "$1"; }; }
edit=$shared/vmlinux-edit
share "$edit" gcc -O2 -Wall -Wextra "$TEST/guest/vmlinux-edit.c" -lelf

vmlinux=$BUILD/vmlinux
# shellcheck disable=SC2034
flat=$BUILD/arch/arm64/boot/Image
stripped=$shared/stripped
share "$stripped" aarch64-linux-gnu-strip "$vmlinux"
disk=$WORK/disk

# needs WHAT: skip the test if this Linux cannot do that
needs()
{
	can "$1" || {
		echo "1..0 # SKIP Linux $LINUX_VERSION cannot ${1//-/ }"
		exit 0
	}
}

# host_test COMMAND: one of host.sh's, which print TAP themselves
host_test()
{
	needs compile-for-host
	exec "$TEST/host.sh" "$1"
}

# new_disk: an empty disk but for the initrd, with something random in it
new_disk()
{
	rm -rf "$disk"
	mkdir -p "$disk/ballast"
	head -c 1000000 /dev/urandom >"$disk/ballast/ballast"
	ballast=$(sha256sum "$disk/ballast/ballast" | cut -d ' ' -f 1)
	(cat "$INITRAMFS"; cd "$disk/ballast"
	 echo ballast | cpio --quiet -o -H newc -R 0:0) >"$disk/initrd"
	rm -r "$disk/ballast"
}

# new_crash_disk: one with what crash.job knows
new_crash_disk()
{
	new_disk
	cp "$TEST/guest/crash.job" "$disk"
}

# kernel NAME FROM [EDIT...]: put a kernel of $BUILD on the disk, with a build-id
# of its own, so that the kernel that runs is known to be this file
declare -A id
kernel()
{
	id[$1]=$(head -c 20 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
	"$edit" "$2" "$disk/$1" "${@:3}" "build-id=$(build_id "$BUILD/vmlinux"):${id[$1]}"
}

# guest NAME APPEND QEMU-OPTION...: run the job on the disk; sets $log. That is
# this run's own, of which a copy is kept. $LABEL IMAGE, if set, is called for
# extended attributes, which only root can give the files of a folder.
guest()
{
	log=$WORK/$1.log
	make_disk "$disk.img" "$disk"
	${LABEL:+"$LABEL" "$disk.img"}
	run_guest "$log" "${SECONDS_MAX:-120}" "$disk.img" "$2" "${@:3}" ||
		echo "# $1: not done in time; last words: $(tail -n 1 "$log")"
	rm -f "$disk.img" "$log.qemu"
	[ ! -e "$log" ] || cp "$log" "$LOGS/check-$1.log"
}

# device_tree QEMU-OPTION...: the machine's own, as source in $WORK/dts
device_tree()
{
	qemu-system-aarch64 -nodefaults -display none "$@" \
		-M dumpdtb="$WORK/dtb" >"$WORK/qemu.log" 2>&1 ||
		echo "# $(head -n 1 "$WORK/qemu.log")"
	dtc -q -I dtb -O dts -o "$WORK/dts" "$WORK/dtb"
}

# pristine DIR: $LINUX as it was before the project, sharing what is the same
pristine()
{
	local file

	cp -al "$LINUX" "$1"
	rm -rf "$1/.kexec-vmlinux"
	(cd "$TOP" && find arch Documentation -type f) |
		while read -r file; do rm -f "$1/$file"; done
	(cd "$LINUX/.kexec-vmlinux/orig" && find . -type f) |
		while read -r file; do
			rm "$1/$file"
			cp "$LINUX/.kexec-vmlinux/orig/$file" "$1/$file"
		done
}

# booted HOP KERNEL NAME: the kernel after HOP jumps is that file, and its
# initrd is the one on the disk
booted()
{
	is "$(report "$log" "$1" build-id) $(report "$log" "$1" ballast)" \
	   "${id[$2]} $ballast" "$3"
}

# The base of the kernel after HOP jumps: where its text is, or up to 2 MiB before
base_of()
{
	local text
	text=$(report "$log" "$1" text | sed 's/-.*//')
	[ -z "$text" ] || printf '0x%x\n' $((0x$text & ~0x1fffff))
}

# loads FILE: how many PT_LOADs have bytes in it (linkers leave empty ones)
loads() { readelf -lW "$1" | awk '$1 == "LOAD" && $5 !~ /^0x0+$/ { n++ } END { print n + 0 }'; }

# load_end FILE: where the last of them ends in the file
load_end()
{
	readelf -lW "$1" | awk '$1 == "LOAD" && $5 !~ /^0x0+$/ { print $2, $5 }' |
		while read -r at size; do echo $((at + size)); done | sort -n | tail -n 1
}

# parts HOP: of how many segments is the kernel made that was loaded after HOP
# jumps? Of a span that was given up for another, nothing counts.
parts()
{
	awk -v hop="hop=$1" '
		$1 == "@boot" { here = ($2 == hop) || ($2 == "hop=" && hop == "hop=0") }
		here && /Kernel span at/ { n = 0 }
		here && /Loaded kernel at/ { n++ }
		END { print n + 0 }' "$log"
}

# in_region ADDRESS: is it in the crashkernel region that the first kernel has?
in_region()
{
	local region
	region=$(sed -n 's/^@region \([0-9a-f]*-[0-9a-f]*\)$/\1/p' "$log" | tail -n 1)
	[ "$region" ] && [ "$1" ] && [ $(($1)) -ge $((0x${region%-*})) ] &&
		[ $(($1)) -lt $((0x${region#*-})) ]
}

# strangers: the segments in the span of the kernel loaded last that are not its own,
# or that none was told of
strangers()
{
	local start end own at memsz
	read -r start end < <(said | sed -n 's/.*Kernel span at \(0x[0-9a-f]*\) size=\(0x[0-9a-f]*\).*/\1 \2/p' | tail -n 1)
	own=$(said | sed -n 's/.*Loaded kernel at \(0x[0-9a-f]*\) .*/\1/p')
	end=$((start + end))
	said | grep -q 'segment\[[0-9]*\]: ' && [ "$own" ] || echo "no segments"
	said | sed -n 's/.*segment\[[0-9]*\]: .* mem=\(0x[0-9a-f]*\) memsz=\(0x[0-9a-f]*\).*/\1 \2/p' |
		while read -r at memsz; do
			[ $((at)) -lt $end ] && [ $((at + memsz)) -gt $((start)) ] || continue
			case $own in
			*$at*) ;;
			*) echo "$at" ;;
			esac
		done
}

said() { sed -n 's/^@dmesg //p' "$log"; }
