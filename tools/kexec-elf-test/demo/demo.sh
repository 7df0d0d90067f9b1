#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# demo.sh: boot a vmlinux with kexec_file_load() on arm64, and show it
#
# Builds a patched Linux and kexec-tools, once. Boots them in QEMU, loads a vmlinux with
# "kexec -s -l", and jumps into it. Draws where it was loaded, and compares the build-id that the
# second kernel reports with the build-id of the file. Settings, as variables of "make demo" or of the
# environment:
#
#   VMLINUX=FILE   the arm64 vmlinux to boot (default: of the Linux that is built here); may be
#                  compressed with gzip
#   INITRD=FILE    an initrd for it. Its /init starts after ours has reported, and has 15 seconds for
#                  its output on the console. (default: BusyBox, for any kernel that has a PL011
#                  console)
#   APPEND="..."   more for its command line
#   MEM=1G SMP=2   the machine (default of MEM: by the size of the file)
#   CPU=max        its CPU (default: max; host, with KVM, on an arm64 host that has /dev/kvm)
#   LINUX_VERSION=7.3    the Linux that loads it: one of patches/linux/versions
#   TIMEOUT=120    seconds to wait for the second kernel
#
# Exit: 0 the loaded kernel has booted, 1 it has not, 2 wrong arguments.

ME=demo
# shellcheck source=tools/kexec-elf-test/setup/common.sh
. "$(dirname "$0")/../setup/common.sh"
# shellcheck source=tools/kexec-elf-test/demo/common.sh
. "$TEST/demo/common.sh"

demo_settings "$@"
init_cache 4000
demo_prepare

work=$(mktemp -d "$CACHE/demo.XXXXXX")
console=$LOGS/demo-$$.log
demo_kernel

mkdir "$work/disk"
place "$VMLINUX" "$work/disk/kernel"
printf '%s' "console=ttyAMA0 rdinit=/.kexec-vmlinux/init hop=1 ${APPEND:-}" \
	>"$work/disk/append"
cat "$INITRAMFS" ${INITRD:+"$INITRD"} >"$work/disk/initrd"
cp "$TEST/guest/jobs/demo.sh" "$work/disk/job"
step "making the guest's disk" make_disk "$work/disk.img" "$work/disk"

say "booting Linux ${LINUX##*-} in QEMU ($CPU, $SMP CPUs, $MEM), kexec -s -l $VMLINUX"
say "console: $console"
# The user's /init has some seconds to print
# shellcheck disable=SC2046
run_guest "$console" "$TIMEOUT" "${INITRD:+15}" "$work/disk.img" "" $(demo_machine) || :
demo_loaded "kexec -s -l"
demo_proven "the second kernel"

text=$(fact 1 text)
data=$(fact 1 data)
echo "demo: booted vmlinux $(fact 1 release), build-id $wanted, text at 0x${text%-*}, data at 0x${data%-*}"
