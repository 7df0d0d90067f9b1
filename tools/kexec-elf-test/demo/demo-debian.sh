#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# demo-debian.sh: set up a working kdump on a new Debian machine
#
# Makes the packages (make deb) and a Debian 13 for arm64 with them, once. Boots it in QEMU, runs
# kdump-vmlinux, loads the vmlinux with kexec, boots it with systemctl kexec, and crashes it.
# kdump-tools captures with the vmlinux, and saves a dump in /var/crash. drgn and gdb then read that
# dump on this machine with the same vmlinux. The next boot writes a report beside it. Settings, as variables of "make demo-debian" or of the
# environment:
#
#   KERNEL=debian   an unchanged kernel of Debian (6.12, cloud), with its -dbg package: kexec -a -l
#   DUMP=DIR     keep the dump and vmlinux there
#   MEM=1G SMP=2 CPU=max TIMEOUT=600    as for "make demo"
#
# Exit: 0 the dump shows the state before the crash, 1 it does not, 2 wrong arguments.

ME=demo-debian
# shellcheck source=tools/kexec-elf-test/setup/common.sh
. "$(dirname "$0")/../setup/common.sh"
# shellcheck source=tools/kexec-elf-test/demo/common.sh
. "$TEST/demo/common.sh"
. "$TOP/packaging/root.sh"
# shellcheck source=tools/kexec-elf-test/demo/debian-image.sh
. "$TEST/demo/debian-image.sh"

TIMEOUT=${TIMEOUT:-600} MEM=${MEM:-1G}
# Linux 6.12 oopses in trans_pgd_create_copy() on a CPU with LPA2, such as max
[ "${KERNEL-}" != debian ] || CPU=${CPU:-cortex-a76}
demo_settings "$@"
[ -z "${DUMP:=}" ] || { [ -d "$DUMP" ] && [ -w "$DUMP" ]; } ||
	usage "DUMP=$DUMP is not a folder that can be written to"

case ${KERNEL:-ours} in
ours)	machine=trixie how=-s ;;
debian)	machine=stock how=-a ;;
*)	usage "KERNEL is debian or ours, not $KERNEL" ;;
esac

# A test has prepared this
[ "${PREPARED-}" ] || {
	make_debs $machine
	init_cache 14000
	lock
	build_debian "$CACHE/debs" $machine
	prepared
}
use_debian $machine

work=$(mktemp -d "$CACHE/demo.XXXXXX")
console=$LOGS/demo-$$.log
wanted=$(build_id "$debian_dir/vmlinux")
token=token-$(od -An -N4 -tx4 /dev/urandom | tr -d ' ')
copy_debian "$work/image"
say "booting Debian 13 in QEMU ($CPU, $SMP CPUs, $MEM)"
say "console: $console"

# show_progress CONSOLE: print the lines for a user, as they come
seen=0
show_progress()
{
	grep -a '^# \|^kdump-vmlinux:\|^ok  \|^WRONG \|^note ' "$1" 2>/dev/null | tr -d '\r' >"$work/seen" || :
	tail -n +$((seen + 1)) "$work/seen" | sed 's/^/  /'
	seen=$(wc -l <"$work/seen")
}
# shellcheck disable=SC2034 # for debian_guest
watch=show_progress
# shellcheck disable=SC2046
debian_guest "$work/image" "$console" "$TIMEOUT" "crashkernel=384M stage=kdump token=$token load=$how" $(demo_machine) ||
	say "not done in $TIMEOUT s; last words: $(tail -n 1 "$console")"
read_facts "$console"
[ "$(fact 0 stage)" = kdump ] || die "Debian did not boot; see $console"
[ "$(fact 0 kdump-vmlinux)" = 0 ] || die "kdump-vmlinux failed; see $console"
[ "$(fact 0 kexec)" = 0 ] || die "kexec $how -l failed; see $console"
[ "$(fact 1 build-id)" = "$wanted" ] || die "systemctl kexec did not boot the vmlinux; see $console"
[ "$(fact 1 kdump)" = "active 1" ] || die "after systemctl kexec, kdump is $(fact 1 kdump); see $console"

# The dump is in /var/crash/DATE
mkdir "$work/crash"
debugfs -R "rdump /var/crash $work/crash" "$work/image" >/dev/null 2>&1
dump=$(find "$work/crash" -name 'dump.*' -size +1M | head -n 1)
[ "$dump" ] || die "kdump-tools saved no dump in /var/crash; see $console"
say "kdump-tools saved ${dump##*/}: $(($(stat -c %s "$dump") >> 20)) MiB"
[ -z "$DUMP" ] || cp "$dump" "$debian_dir/vmlinux" "$DUMP"

# show NAME: print the output of a reader, and exit if it lacks the state before the crash
show()
{
	echo
	echo "$1:"
	sed "s/^/  /" "$work/$1"
	grep -qx "host name: $token" "$work/$1" && grep -q "sysrq_handle_crash.*sysrq\.c:" "$work/$1" ||
		die "$1 does not show what was there before the crash: $(tail -n 1 "$work/$1.err")"
}

# drgn 0.0.22, from Debian 12, finds no stacks in a dump of 6.12 from Debian
readers="the report of the next boot shows"
if [ $machine != stock ]; then
	readers="gdb and drgn read"
	/usr/bin/python3 -B "$TEST/demo/report.py" "$debian_dir/vmlinux" "$dump" >"$work/drgn" 2>"$work/drgn.err" || :
	show drgn
	"$TOP/tools/kernel-gdb/kernel-gdb" "$debian_dir/vmlinux" "$dump" -nx -batch -iex "set auto-load no" \
		-ex "set filename-display basename" -ex 'printf "host name: %s\n", init_uts_ns.name.nodename' \
		-ex backtrace >"$work/gdb" 2>"$work/gdb.err" || :
	show gdb
fi

# The next boot, without a command of the user
say "booting again, for the report of the dump"
log=$console.report
# shellcheck disable=SC2046
watch='' debian_guest "$work/image" "$log" "$TIMEOUT" "stage=report" $(demo_machine) ||
	say "not done in $TIMEOUT s; last words: $(tail -n 1 "$log")"
grep -a '^crash-reports:' "$log" | sed 's/^/  /'
rm -rf "$work/crash"
mkdir "$work/crash"
debugfs -R "rdump /var/crash $work/crash" "$work/image" >/dev/null 2>&1
report=$(find "$work/crash" -name report.txt | head -n 1)
[ "$report" ] || die "the next boot made no report of the dump; see $log"
grep -q "^  host: $token" "$report" && grep -q "sysrq_handle_crash(.*sysrq\.c:" "$report" ||
	die "the report does not show what was there before the crash; see $log"
echo
echo "report.txt, the first twenty lines:"
head -n 20 "$report" | sed 's/^/  /'
[ -z "$DUMP" ] || cp "$report" "$DUMP"
echo
echo "demo-debian: captured by vmlinux $(fact 1 release), build-id $wanted; $readers the dump with the same file: $token is there"
