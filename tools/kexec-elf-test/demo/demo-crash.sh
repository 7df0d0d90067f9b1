#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# demo-crash.sh: crash a kernel, capture it with a vmlinux, and read the dump
#
# Builds a patched Linux and kexec-tools, once. Boots them in QEMU, loads a vmlinux with
# "kexec -s -p", lets one CPU spin in a function, and panics on another. The capture kernel saves
# /proc/vmcore, whole and as makedumpfile filters it. gdb and drgn then print the state in the
# dump, with the vmlinux of the kernel that crashed. Settings, as variables of "make demo-crash" or of
# the environment:
#
#   VMLINUX=FILE   the arm64 vmlinux to capture with (default: of the Linux that is built here,
#                  which also crashes)
#   CRASHKERNEL=128M    the memory that is reserved for it, as after crashkernel= (default: by the
#                  size of the kernel)
#   APPEND="..."   more for the command line of the kernel that crashes, such as nokaslr
#   DUMP=DIR       keep vmcore, dump.elf and dump (kdump-compressed) there
#   MEM=1G SMP=2 CPU=max LINUX_VERSION=7.3 TIMEOUT=120    as for "make demo"
#
# Exit: 0 the dump shows the state before the crash, 1 it does not, 2 wrong arguments.

ME=demo-crash
# shellcheck source=tools/kexec-elf-test/setup/common.sh
. "$(dirname "$0")/../setup/common.sh"
# shellcheck source=tools/kexec-elf-test/demo/common.sh
. "$TEST/demo/common.sh"

demo_settings "$@"
[ "$SMP" -gt 1 ] || usage "SMP=$SMP: one CPU is to spin while another panics"
[ -z "${DUMP:=}" ] || { [ -d "$DUMP" ] && [ -w "$DUMP" ]; } ||
	usage "DUMP=$DUMP is not a folder that can be written to"

# A dump has as many bytes as memory, and is kept twice
init_cache 6500
demo_prepare
need gdb-multiarch python3-drgn
fetch_dump_tools
[ -e "$BUILD/vmlinux-gdb.py" ] ||
	step "making Linux's scripts for gdb" linux_make "$LINUX_VERSION" scripts_gdb

work=$(mktemp -d "$CACHE/demo.XXXXXX")
console=$LOGS/demo-$$.log
demo_kernel
if [ -z "${CRASHKERNEL:=}" ]; then
	size=0
	for memsz in $(readelf -lW "$elf" | awk '$1 == "LOAD" { print $6 }'); do
		size=$((size + memsz))
	done
	CRASHKERNEL=$((size / 1048576 + 120))M
fi

mkdir "$work/disk"
place "$VMLINUX" "$work/disk/kernel"
cp -r "$CACHE/arm64/dump-tools" "$work/disk"
cp "$INITRAMFS" "$work/disk/initrd"
cp "$TEST/guest/jobs/demo-crash.sh" "$work/disk/job"
step "making the guest's disks" make_disk "$work/disk.img" "$work/disk"
make_save_disk "$work/save.img" "$MEM"

token=token-$(od -An -N4 -tx4 /dev/urandom | tr -d ' ')
say "booting Linux ${LINUX##*-} in QEMU ($CPU, $SMP CPUs, $MEM), crashkernel=$CRASHKERNEL, kexec -s -p $VMLINUX"
say "console: $console"
# shellcheck disable=SC2046
run_guest "$console" "$TIMEOUT" 0 "$work/disk.img" \
	"page_poison=0 crashkernel=$CRASHKERNEL token=$token ${APPEND:-}" $(demo_machine) \
	-drive "if=none,id=save,format=raw,file=$work/save.img" \
	-device virtio-blk-device,drive=save,serial=save || :
demo_loaded "kexec -s -p"
[ "${facts[0.crash]+yes}" ] || die "the first kernel did not come to crash; see $console"
demo_proven "the capture kernel"
[ "${facts[1.saved]+yes}" ] ||
	die "/proc/vmcore could not be saved: the capture kernel needs virtio_mmio, virtio_blk and ext2 built in; see $console"

dump=${DUMP:-$work}
for file in vmcore dump.elf dump; do
	read_saved "$work/save.img" "$file" "$dump/$file" ||
		die "$file could not be saved; see $console"
done
echo "demo-crash: captured by vmlinux $(fact 1 release), build-id $wanted"
echo "demo-crash: /proc/vmcore: $(($(stat -c %s "$dump/vmcore") >> 20)) MiB; makedumpfile: $(($(stat -c %s "$dump/dump.elf") >> 20)) MiB as ELF, $(($(stat -c %s "$dump/dump") >> 20)) MiB compressed"

# show NAME FILE: print a report, and exit if it lacks the state before the crash
show()
{
	sed "s/^/  /" "$2"
	grep -qx "release: $(fact 0 release)" "$2" &&
	grep -qx "host name: $token" "$2" &&
	grep -q "^panic: Kernel panic - not syncing: sysrq triggered crash" "$2" &&
	grep -q "sysrq_handle_crash.*sysrq\.c:" "$2" &&
	grep -q "lkdtm_SOFTLOCKUP.*bugs\.c:" "$2" ||
		die "$1 does not show what was there before the crash"
}

echo
echo "gdb:"
"$TOP/tools/kernel-gdb/kernel-gdb" "$BUILD/vmlinux" "$dump/dump" -nx -batch \
	-iex "set auto-load no" -ex "set \$cpus = $SMP" \
	-x "$TEST/demo/report.gdb" >"$work/gdb" 2>"$work/gdb.err" ||
	die "gdb: $(tail -n 1 "$work/gdb.err")"
show gdb "$work/gdb"
echo
echo "drgn:"
/usr/bin/python3 -B "$TEST/demo/report.py" "$BUILD/vmlinux" "$dump/vmcore" >"$work/drgn"
show drgn "$work/drgn"
"$TOP/tools/kernel-gdb/kernel-gdb" --report "$BUILD/vmlinux" "$dump/vmcore" >"$work/report"
echo
echo "kernel-gdb --report:"
head -n 20 "$work/report" | sed 's/^/  /'
echo
who="of the kernel that crashed"
[ "$VMLINUX" != "$BUILD/vmlinux" ] || who="that captured it"
echo "demo-crash: gdb and drgn read the dump with the vmlinux $who: $token is there"
