#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: check all@EACH
# Every kind of file boots every other, and reports the build-id of that file

. "$(dirname "$0")/tap.sh"

# Where _stext is linked
linked=$(aarch64-linux-gnu-nm "$vmlinux" | sed -n 's/ . _stext$//p')

# A chain of ten hops, Image and vmlinux in turn
new_disk chain
for i in 1 3 5 7 9; do kernel "k$i" "$flat"; done
kernel k2 "$vmlinux"
kernel k4 "$stripped"
kernel k6 "$stripped"; gzip -1 "$disk_dir/k6"; mv "$disk_dir/k6.gz" "$disk_dir/k6"
# No more PT_LOADs than there may be segments
for split in 16384 65536 262144; do
	kernel k8 "$stripped" split=$split
	[ "$(loads "$disk_dir/k8")" -gt 12 ] || break
done
kernel k10 "$stripped" split=4096 cut=0x21234
guest chain "" -M virt -cpu cortex-a57 -smp 2 -m 1G
booted 1 k1 "Image"
booted 2 k2 "vmlinux with DWARF"
is "$(fact 1 load.read)" "$(printf '0x%x' "$(load_end "$vmlinux")")" \
   "... of which nothing was read after the last segment"
booted 3 k3 "Image, from vmlinux"
booted 4 k4 "stripped vmlinux"
booted 6 k6 "vmlinux.gz"
like "$(loads "$disk_dir/k8")" '^([4-9]|1[0-2])$' \
     "vmlinux with PT_LOADs cut at zeroes has as many as there are segments"
booted 8 k8 "vmlinux with many gaps, on memory that is not zero"
is "$(fact 7 load.parts)" "$(loads "$disk_dir/k8")" "... each PT_LOAD a segment, with a line in dmesg"
like "$(loads "$disk_dir/k10")" '^([2-9][0-9]|1[0-9][0-9])$' \
     "vmlinux with dozens of PT_LOADs that begin inside pages"
booted 10 k10 "... boots, after ten hops"
nothing_misplaced "no kernel finds itself misplaced"

# Other ELF files of the same kernel; no initrd; command lines; KASLR
new_disk variants
kernel k1 "$stripped" type=2
kernel k2 "$stripped" reverse
kernel k3 "$stripped" split=65536 reverse
# Linked there, too
for ((i = 0; i < $(readelf -lW "$stripped" | grep -c '^  LOAD'); i++)); do
	moved+=("load.$i.vaddr=+0x80000")
done
kernel k4 "$stripped" text_offset=0x80000 "${moved[@]}" entry=+0x80000
kernel k5 "$stripped"
kernel k6 "$stripped"
kernel k7 "$stripped"
kernel k8 "$stripped"
mkdir -p "$disk_dir"/{dev,mnt,proc,run,sys,tmp}
cp -r "$CACHE/guest/root/.kexec-vmlinux" "$disk_dir/"
guest variants "" -M virt -cpu cortex-a57 -m 512M
booted 1 k1 "ET_EXEC"
booted 2 k2 "program headers in descending order"
booted 3 k3 "gaps, and program headers in descending order"
booted 4 k4 "text_offset 0x80000"
like "$(fact 4 text)" '^[0-9a-f]+[02468ace][89]0000-' "... and the kernel finds itself there"
like "$(fact 4 firmware-bug)" "misaligned" "... which it does not like, being newer than v5.8"
is "$(fact 5 build-id) $(fact 5 root)" \
   "${build_ids[k5]} /dev/root ext2" "without initrd, from the disk"
booted 6 k6 "--reuse-cmdline"
like "$(fact 6 cmdline)" 'console=ttyAMA0.*page_poison=1.*root=/dev/vda.* rdinit=.* hop=6' \
     "... with the command line before"
is "$(fact 7 stext)" "$linked" "nokaslr: linked address"
like "$(fact 7 kaslr)" "disabled" "... which the kernel knows"
booted 8 k8 "KASLR, a file in memory that has no name any more"
is "$(fact 8 kaslr)" enabled "... which the kernel knows"
like "$(fact 8 stext)" '^ffff[0-9a-f]{12}$' "... has an address"
holds "... which is another one than the linked" [ "$(fact 8 stext)" != "$linked" ]

# Load twice, unload
new_disk twice
kernel k1 "$flat"
kernel k2 "$vmlinux"
kernel k3 "$stripped"
guest twice "" -M virt -cpu cortex-a57 -m 512M
booted 1 k2 "load twice: the second boots"
is "$(fact 1 loaded) $(fact 1 unloaded)" "1 0" "unload"
like "$(fact 1 empty)" "Nothing has been loaded" "... nothing to jump to then"
booted 2 k3 "load after unload"

done_testing
