#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# demo-debug.sh: debug a kernel with the vmlinux that kexec has booted
#
# Builds a patched Linux and kexec-tools, once. Boots them in QEMU, loads a vmlinux with
# "kexec -s -l", and jumps into it, under KASLR. kernel-gdb then attaches gdb to QEMU's stub, with
# that vmlinux: it stops in a system call, prints the source line and the backtrace, reads and sets a
# variable, and lets the kernel go on, which prints the variable. Settings, as variables of
# "make demo-debug" or of the environment:
#
#   ATTACH=1       leave gdb to the user, stopped in the system call; the guest ends with gdb
#   VMLINUX=FILE   the arm64 vmlinux to boot and debug (default: of the Linux that is built here)
#   APPEND="..."   more for its command line, such as nokaslr
#   MEM=1G SMP=2 CPU=max LINUX_VERSION=7.3 TIMEOUT=120    as for "make demo"
#
# Exit: 0 gdb and the kernel agree, 1 they do not, 2 wrong arguments.

ME=demo-debug
# shellcheck source=tools/kexec-elf-test/setup/common.sh
. "$(dirname "$0")/../setup/common.sh"
# shellcheck source=tools/kexec-elf-test/demo/common.sh
. "$TEST/demo/common.sh"

demo_settings "$@"
: "${APPEND:=}"
case ${ATTACH:=} in
'' | 1) ;;
*) usage "ATTACH=$ATTACH: 1, or nothing" ;;
esac
init_cache 4000
demo_prepare
need gdb-multiarch
[ -e "$BUILD/vmlinux-gdb.py" ] ||
	step "making Linux's scripts for gdb" linux_make "$LINUX_VERSION" scripts_gdb

work=$(mktemp -d "$CACHE/demo.XXXXXX")
console=$LOGS/demo-$$.log
demo_kernel

mkdir "$work/disk"
place "$VMLINUX" "$work/disk/kernel"
cp "$INITRAMFS" "$work/disk/initrd"
cp "$TEST/guest/jobs/demo-debug.sh" "$work/disk/job"
step "making the guest's disk" make_disk "$work/disk.img" "$work/disk"

say "booting Linux ${LINUX##*-} in QEMU ($CPU, $SMP CPUs, $MEM), kexec -s -l $VMLINUX"
say "console: $console"
# A user debugs as long as it takes. The guest is a group of its own: Ctrl-C is for gdb.
[ -z "$ATTACH" ] || TIMEOUT=1000000
set -m
# shellcheck disable=SC2046
{
	trap - EXIT
	run_guest "$console" "$TIMEOUT" 0 "$work/disk.img" "carry=${APPEND// /,}" $(demo_machine) \
		-gdb "unix:$work/stub,server=on,wait=off"
} 9>&- &
BESIDE=-$!
set +m
while kill -0 -- "$BESIDE" 2>/dev/null && ! grep -sqx '@attach.\{0,1\}' "$console"; do sleep 0.1; done

# gdb's way to the kernel and its scripts: beside VMLINUX, or in the build
scripts=()
[ "$VMLINUX" = "$BUILD/vmlinux" ] || scripts=(-ex "source $BUILD/vmlinux-gdb.py")
attach=("$TOP/tools/kernel-gdb/kernel-gdb" "$elf" "$work/stub" -iex "set auto-load no" "${scripts[@]}")
if [ -n "$ATTACH" ]; then
	say "the kernel goes on when you leave gdb (quit), and ends with it"
	"${attach[@]}" -ex "hbreak __arm64_sys_sethostname" -ex continue -ex backtrace || :
	exit 0
fi
value=$((RANDOM + 2))
timeout "$TIMEOUT" "${attach[@]}" -nx -batch -x "$TEST/demo/debug.gdb" -ex "set var panic_timeout = $value" \
	>"$work/gdb" 2>"$work/gdb.err" || :
wait "${BESIDE#-}" || :
BESIDE=''
demo_loaded "kexec -s -l"
demo_proven "the second kernel"
echo
sed '/ in ?? ()$/d; s/^/  /' "$work/gdb"
echo
grep -q '^#0  __arm64_sys_sethostname (.*) at sys\.c:' "$work/gdb" ||
	die "gdb did not stop in the system call: $(tail -n 1 "$work/gdb.err")"
[ "$(fact 1 panic)" = "$value" ] || die "gdb set panic_timeout to $value, and the kernel has $(fact 1 panic)"
offset=$(sed -n 's/.* offset \(0x[0-9a-f]*\) by .*/\1/p' "$work/gdb")
echo "demo-debug: attached to vmlinux $(fact 1 release), build-id $wanted, offset $offset; stopped by name; set panic_timeout to $value, and the kernel says $(fact 1 panic)"
