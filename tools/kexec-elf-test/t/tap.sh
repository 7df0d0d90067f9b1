# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For tests: TAP, and guests whose kernels have build-ids of their own. A test is run by check.sh,
# which gives it SHARED_DIR, a folder for what tests share.

ME=$(basename "$0" .t)
# shellcheck source=tools/kexec-elf-test/setup/common.sh
. "$(dirname "$0")/../setup/common.sh"
. "$TEST/setup/packages.sh"
. "$TEST/setup/linux.sh"
. "$TEST/qemu/guest.sh"

# A name that begins with "... " is about the subject of the check before, which is printed too.
nr_checks=0 subject=''
named()
{
	case $1 in
	"... "*) name="$subject: ${1#... }" ;;
	*)	name=$1
		subject=${1%:*} ;;
	esac
	nr_checks=$((nr_checks + 1))
}

ok() { local name; named "$*"; echo "ok $nr_checks - $name"; }
not_ok() { local name; named "$*"; echo "not ok $nr_checks - $name"; }
skip() { nr_checks=$((nr_checks + 1)); echo "ok $nr_checks # SKIP $*"; }
done_testing() { echo "1..$nr_checks"; }

# is GOT WANTED NAME, like GOT REGEX NAME, holds NAME COMMAND...
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

holds()
{
	if "${@:2}"; then ok "$1"; else
		not_ok "$1"
		echo "#   false: ${*:2}"
	fi
}

# Tests run at the same time: what one of them makes for all is there as a whole or not at all.
test_dir=$SHARED_DIR/$ME
mkdir -p "$test_dir"
share() { [ -e "$1" ] || { "${@:2}" -o "$test_dir/new" && mv "$test_dir/new" "$1"; }; }
edit=$SHARED_DIR/vmlinux-edit
share "$edit" gcc -O2 -Wall -Wextra "$TEST/qemu/vmlinux-edit.c" -lelf

vmlinux=$BUILD/vmlinux
# shellcheck disable=SC2034
flat=$BUILD/arch/arm64/boot/Image
stripped=$SHARED_DIR/stripped
share "$stripped" aarch64-linux-gnu-strip "$vmlinux"

# needs WHAT: skip the test if this Linux cannot do that
needs()
{
	can "$1" || {
		echo "1..0 # SKIP Linux $LINUX_VERSION cannot ${1//-/ }"
		exit 0
	}
}

# host_test COMMAND: one of host.sh's, which prints TAP itself
host_test()
{
	exec "$TEST/host.sh" "$1"
}

# new_disk JOB [BYTES]: a new folder for the guest's disk, $disk_dir, with that job and an initrd that
# holds something random, $ballast, so many bytes of it
disk_dir=$test_dir/disk
new_disk()
{
	rm -rf "$disk_dir" "$disk_dir.ima"
	mkdir -p "$disk_dir/ballast"
	head -c "${2:-1000000}" /dev/urandom >"$disk_dir/ballast/ballast"
	ballast=$(sha256sum "$disk_dir/ballast/ballast" | cut -d ' ' -f 1)
	(cat "$INITRAMFS"; cd "$disk_dir/ballast"
	 echo ballast | cpio --quiet -o -H newc -R 0:0) >"$disk_dir/initrd"
	rm -r "$disk_dir/ballast"
	cp "$TEST/guest/jobs/$1.sh" "$disk_dir/job"
}

# kernel NAME FROM [EDIT...]: put a kernel of $BUILD on the disk, with a build-id of its own, so
# that the kernel that runs is known to be this file
declare -A build_ids=()
kernel()
{
	build_ids[$1]=$(head -c 20 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
	"$edit" "$2" "$disk_dir/$1" "${@:3}" "build-id=$(build_id "$BUILD/vmlinux"):${build_ids[$1]}"
}

# guest [-t SECONDS] NAME APPEND QEMU-OPTION...: boot $BUILD and run the job on the disk. Sets
# $console, a log of which the cache folder keeps a copy, and reads its facts.
guest()
{
	local seconds=120

	# KASAN and kmemleak slow a kernel down
	[ "$BUILD" = "${BUILD%-faults}" ] || seconds=1500
	[ "$1" != -t ] || { seconds=$2; shift 2; }
	console=$test_dir/$1.log
	make_disk "$disk_dir.img" "$disk_dir"
	run_guest "$console" "$seconds" 0 "$disk_dir.img" "$2" "${@:3}" ||
		echo "# $1: not done in time; last words: $(tail -n 1 "$console")"
	rm -f "$disk_dir.img" "$console.qemu"
	[ ! -e "$console" ] || cp "$console" "$LOGS/check-$1.log"
	read_facts "$console"
}

# dmesg_of_loads: what the kernels on the console printed about kexec
dmesg_of_loads() { sed -n 's/^@dmesg //p' "$console"; }

# device_tree TO QEMU-OPTION...: the device tree of a machine
device_tree()
{
	qemu-system-aarch64 -nodefaults -display none "${@:2}" \
		-M dumpdtb="$1" >"$test_dir/qemu.log" 2>&1 ||
		echo "# $(head -n 1 "$test_dir/qemu.log")"
}

# usable DTB START SIZE...: the only memory that the kernel may use, in hexadecimal
usable()
{
	local cells=() n

	for n in "${@:2}"; do cells+=("$(printf '%x' $((n >> 32)))" "$(printf '%x' $((n & 0xffffffff)))"); done
	fdtput -t x "$1" /chosen linux,usable-memory-range "${cells[@]}"
}

# reserve DTB START SIZE: memory that is in use
reserve()
{
	fdtput -c "$1" /reserved-memory 2>/dev/null || :
	fdtput -t x "$1" /reserved-memory '#address-cells' 2
	fdtput -t x "$1" /reserved-memory '#size-cells' 2
	fdtput "$1" /reserved-memory ranges
	fdtput -c "$1" "/reserved-memory/test@$(printf '%x' "$2")"
	fdtput -t x "$1" "/reserved-memory/test@$(printf '%x' "$2")" reg 0 "$(printf '%x' "$2")" 0 "$(printf '%x' "$3")"
}

# booted HOP KERNEL NAME: the kernel after HOP jumps is that file, and its initrd is the one on the
# disk
booted()
{
	is "$(fact "$1" build-id) $(fact "$1" ballast)" "${build_ids[$2]} $ballast" "$3"
}

# nothing_misplaced: no kernel on the console found itself misplaced
nothing_misplaced() { is "$(grep -c '^@firmware-bug' "$console")" 0 "$1"; }

# The base of the kernel after HOP jumps: where its text is, or up to 2 MiB before
base_of()
{
	local text

	text=$(fact "$1" text)
	[ -z "$text" ] || printf '0x%x\n' $((0x${text%-*} & ~0x1fffff))
}

# within ADDRESS RANGE...: is it in one of the ranges START-END, in hexadecimal?
within()
{
	local range

	[ "$1" ] || return
	for range in "${@:2}"; do
		[ $(($1)) -lt $((0x${range%-*})) ] || [ $(($1)) -gt $((0x${range#*-})) ] || return 0
	done
	return 1
}

# loads FILE: how many PT_LOADs have bytes in it (linkers leave empty ones)
loads() { readelf -lW "$1" | awk '$1 == "LOAD" && $5 !~ /^0x0+$/ { n++ } END { print n + 0 }'; }

# load_end FILE: where the last of them ends in the file
load_end()
{
	readelf -lW "$1" | awk '$1 == "LOAD" && $5 !~ /^0x0+$/ { print $2, $5 }' |
		while read -r at size; do echo $((at + size)); done | sort -n | tail -n 1
}
