#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# demo.sh: boot a vmlinux with kexec_file_load() on arm64, and show it
#
# Builds a patched Linux and kexec-tools, once, boots them in QEMU, loads a
# vmlinux with "kexec -s -l", jumps into it, and waits until it has told its
# build-id. Settings, as variables of "make demo" or of the environment:
#
#   VMLINUX=FILE   the arm64 vmlinux to boot (default: that of the Linux built
#                  here); may be compressed with gzip
#   INITRD=FILE    initrd for it; its /init is started after ours has reported,
#                  and has 15 seconds for what it shows on the console
#                  (default: BusyBox, with any kernel that has a PL011 console)
#   APPEND="..."   more for its command line
#   MEM=1G SMP=2 CPU=max    the machine (MEM: by the size of the file)
#   LINUX_VERSION=7   the Linux that loads it: 7, 6.12 or 6.1
#   TIMEOUT=120    seconds until the machine is given up
#
# Exit: 0 the second kernel has proven who it is, 1 it has not, 2 wrong
# arguments.

ME=demo
# shellcheck source=tools/kexec-elf-test/setup/common.sh
. "$(dirname "$0")/setup/common.sh"
. "$TEST/setup/packages.sh"
. "$TEST/setup/linux.sh"
. "$TEST/setup/kexec-tools.sh"
. "$TEST/guest/guest.sh"

case ${1-} in
'') ;;
-h | --help) help ;;
*) usage "unknown argument: $1" ;;
esac

known_linux "$LINUX_VERSION"
SMP=${SMP:-2} CPU=${CPU:-max} TIMEOUT=${TIMEOUT:-120}
[[ $SMP =~ ^[1-8]$ ]] || usage "SMP=$SMP is not a number from 1 to 8"
[[ $TIMEOUT =~ ^[0-9]+$ ]] || usage "TIMEOUT=$TIMEOUT is not a number of seconds"
[[ ${MEM:=} =~ ^([0-9]+[MG])?$ ]] || usage "MEM=$MEM is not a size such as 512M or 2G"
for file in "${VMLINUX:=}" "${INITRD:=}"; do
	[ -z "$file" ] || { [ -f "$file" ] && [ -r "$file" ]; } ||
		usage "cannot read $file"
done

case $(head -c 4 ${VMLINUX:+"$VMLINUX"} </dev/null | od -An -tx1 | tr -d ' ') in
7f454c46 | 1f8b*) ;;
'') [ -z "$VMLINUX" ] || usage "$VMLINUX is empty" ;;
*) usage "$VMLINUX is not an ELF file: give it the vmlinux of an arm64 kernel" ;;
esac

init_cache 4000
if [ -z "${PREPARED-}" ]; then
	lock
	need_build
	fetch_user_space
	# shellcheck disable=SC2086
	need_linux $LINUX_VERSION
	build_linux "$LINUX_VERSION"
	build_kexec_tools
	build_initramfs
	prepared
fi

work=$(mktemp -d "$CACHE/demo.XXXXXX")
log=$LOGS/demo-$$.log

VMLINUX=${VMLINUX:-$BUILD/vmlinux}
elf=$VMLINUX
if gzip -t "$VMLINUX" 2>/dev/null; then
	elf=$work/vmlinux
	gzip -dc "$VMLINUX" >"$elf"
fi
[ "$(head -c 4 "$elf" | tail -c 3)" = ELF ] ||
	usage "$VMLINUX is not an ELF file: give it the vmlinux of an arm64 kernel"
id=$(build_id "$elf") || :
[ -n "$id" ] || usage "$VMLINUX has no build-id to know it by, or is truncated"

# The file, twice (page cache and kernel buffer), and what a kernel wants itself
if [ -z "$MEM" ]; then
	size=$(cat "$elf" ${INITRD:+"$INITRD"} | wc -c)
	MEM=$((size * 5 / 2 / 1048576 + 512))M
	[ "${MEM%M}" -ge 1024 ] || MEM=1G
fi

mkdir "$work/disk"
place "$VMLINUX" "$work/disk/kernel"
printf '%s' "console=ttyAMA0 rdinit=/.kexec-vmlinux/init hop=1 ${APPEND:-}" \
	>"$work/disk/append"
cat "$INITRAMFS" ${INITRD:+"$INITRD"} >"$work/disk/initrd"
cat >"$work/disk/job" <<'JOB'
if [ "$hop" = 0 ]; then
	kexec -s -d -l /mnt/kernel --initrd=/mnt/initrd \
		--append="$(cat /mnt/append)" 2>/tmp/out >/dev/null
	echo "@kexec $?"
	tail -n 1 /tmp/out | sed 's/^/@said /'
	said
	kexec -e
fi
JOB
step "making the guest's disk" make_disk "$work/disk.img" "$work/disk"

say "booting Linux ${LINUX##*-} in QEMU ($CPU, $SMP CPUs, $MEM), kexec -s -l $VMLINUX"
say "console: $log"
# A user's /init shall have a few seconds to show itself on the console
LINGER=${INITRD:+15} run_guest "$log" "$TIMEOUT" "$work/disk.img" "" -M virt \
	-cpu "$CPU$([ "$CPU" != max ] || echo ,pauth-impdef=on)" \
	-smp "$SMP" -m "$MEM" || :
# What QEMU itself complains about is the reason when there is no console
[ -s "$log" ] || die "QEMU did not start: $(head -n 1 "$log.qemu")"
rm -f "$log.qemu"

grep -q '^@end' "$log" || die "the first kernel did not boot; see $log"
grep -q '^@kexec' "$log" || die "the first kernel did not get to kexec; see $log"
grep -q '^@kexec 0' "$log" || {
	sed -n 's/^@dmesg \(kexec.*\)/\1/p' "$log" | tail -n 1 >&2
	die "kexec -s -l failed: $(sed -n 's/^@said //p' "$log")"
}

sed -n 's/^@dmesg //p' "$log" | python3 "$TEST/guest/picture.py" "$elf"

[ -n "$(report "$log" 1 end)$(grep -c '^@boot hop=1' "$log" | grep -v 0)" ] ||
	die "the second kernel did not report: it hangs, or has no PL011 console; see $log"
there=$(report "$log" 1 build-id)
[ "$there" = "$id" ] ||
	die "the second kernel's build-id is ${there:-unknown}, that of $VMLINUX is $id"

text=$(report "$log" 1 text)
data=$(report "$log" 1 data)
echo "demo: booted vmlinux $(report "$log" 1 release), build-id $id, text at 0x${text%-*}, data at 0x${data%-*}"
