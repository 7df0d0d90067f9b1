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
#   LINUX_VERSION=7.3 the Linux that loads it: one of patches/linux/versions
#   TIMEOUT=120    seconds until the machine is given up
#
# Exit: 0 the second kernel has proven who it is, 1 it has not, 2 wrong
# arguments.

ME=demo
# shellcheck source=tools/kexec-elf-test/setup/common.sh
. "$(dirname "$0")/setup/common.sh"
. "$TEST/guest/demo-common.sh"

demo_settings "$@"
init_cache 4000
demo_prepare

work=$(mktemp -d "$CACHE/demo.XXXXXX")
log=$LOGS/demo-$$.log
demo_kernel

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
# shellcheck disable=SC2046
LINGER=${INITRD:+15} run_guest "$log" "$TIMEOUT" "$work/disk.img" "" $(demo_machine) || :
demo_loaded "kexec -s -l"
demo_proven "the second kernel"

text=$(report "$log" 1 text)
data=$(report "$log" 1 data)
echo "demo: booted vmlinux $(report "$log" 1 release), build-id $id, text at 0x${text%-*}, data at 0x${data%-*}"
