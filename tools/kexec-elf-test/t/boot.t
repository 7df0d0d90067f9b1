#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Every kind of file boots every other, and says that it is that file.

. "$(dirname "$0")/tap.sh"

# Where _stext is linked
linked=$(aarch64-linux-gnu-nm "$vmlinux" | sed -n 's/ . _stext$//p')

# A chain of ten hops, Image and vmlinux in turn
new_disk
for i in 1 3 5 7 9; do kernel "k$i" "$flat"; done
kernel k2 "$vmlinux"
kernel k4 "$stripped"
kernel k6 "$stripped"; gzip -1 "$disk/k6"; mv "$disk/k6.gz" "$disk/k6"
kernel k8 "$stripped" split=16384
kernel k10 "$stripped" split=4096 cut=0x21234
cat >"$disk/job" <<'JOB'
[ "$hop" = 10 ] || { load "k$((hop + 1))" -d >/dev/null 2>&1; said; kexec -e; }
JOB
guest chain "" -M virt -cpu cortex-a57 -smp 2 -m 1G
booted 1 k1 "Image"
booted 2 k2 "vmlinux with DWARF"
is "$(report "$log" 1 dmesg | sed -n 's/.*kernel_size: //p')" \
   "$(printf '0x%x' "$(load_end "$vmlinux")")" \
   "... of which nothing was read after the last segment"
booted 3 k3 "Image, from vmlinux"
booted 4 k4 "stripped vmlinux"
booted 6 k6 "vmlinux.gz"
like "$(loads "$disk/k8")" '^([4-9]|1[0-2])$' \
     "vmlinux with PT_LOADs cut at zeroes has as many as there are segments"
booted 8 k8 "vmlinux with many gaps, on memory that is not zero"
is "$(parts 7)" \
   "$(loads "$disk/k8")" "... each PT_LOAD a segment, with a line in dmesg"
like "$(loads "$disk/k10")" '^[2-9][0-9]$' \
     "vmlinux with dozens of PT_LOADs that begin inside pages"
booted 10 k10 "... boots, after ten hops"
is "$(grep -c '^@firmware-bug' "$log")" 0 "no kernel finds itself misplaced"

# Other ways of saying the same in ELF; no initrd; command lines; KASLR
new_disk
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
mkdir -p "$disk"/{dev,mnt,proc,run,sys,tmp}
cp -r "$CACHE/guest/root/.kexec-vmlinux" "$disk/"
cat >"$disk/job" <<'JOB'
case $hop in
[0-3]) load "k$((hop + 1))" ;;
4) kexec -s -l /mnt/k5 --append="$(next root=/dev/vda rootfstype=ext2 init=/.kexec-vmlinux/init | sed 's/rdinit=[^ ]*//')" ;;
5) kexec -s -l /mnt/k6 --initrd=/mnt/initrd --reuse-cmdline --append="rdinit=/.kexec-vmlinux/init hop=6" ;;
6) load k7 --append="" ; kexec -s -l /mnt/k7 --initrd=/mnt/initrd --append="$(next nokaslr)" ;;
7) kexec -s -l /mnt/k8 --initrd=/mnt/initrd --append="$(next)" ;;
8) hop=9; return ;;
esac
kexec -e
JOB
guest variants "" -M virt -cpu cortex-a57 -m 512M
booted 1 k1 "ET_EXEC"
booted 2 k2 "program headers in descending order"
booted 3 k3 "gaps, and program headers in descending order"
booted 4 k4 "text_offset 0x80000"
like "$(report "$log" 4 text)" '^[0-9a-f]+[02468ace][89]0000-' "... and the kernel finds itself there"
like "$(report "$log" 4 firmware-bug)" "misaligned" "... which it does not like, being newer than v5.8"
is "$(report "$log" 5 build-id) $(report "$log" 5 root)" \
   "${id[k5]} /dev/root ext2" "without initrd, from the disk"
booted 6 k6 "--reuse-cmdline"
like "$(report "$log" 6 cmdline)" 'console=ttyAMA0.*page_poison=1.*root=/dev/vda.* rdinit=.* hop=6' \
     "... with the command line before"
is "$(report "$log" 7 stext)" "$linked" "nokaslr: linked address"
like "$(report "$log" 7 kaslr)" "disabled" "... which the kernel knows"
booted 8 k8 "KASLR"
is "$(report "$log" 8 kaslr)" enabled "... which the kernel knows"
like "$(report "$log" 8 stext)" '^ffff[0-9a-f]{12}$' "... has an address"
if [ "$(report "$log" 8 stext)" != "$linked" ]; then
	ok "... which is another one than the linked"
else
	not_ok "... which is another one than the linked"
fi

# Load twice, unload
new_disk
kernel k1 "$flat"
kernel k2 "$vmlinux"
kernel k3 "$stripped"
cat >"$disk/job" <<'JOB'
case $hop in
0)	load k1; load k2; kexec -e ;;
1)	load k3
	echo "@loaded $(cat /sys/kernel/kexec_loaded)"
	kexec -s -u
	echo "@unloaded $(cat /sys/kernel/kexec_loaded)"
	kexec -e 2>&1 | sed 's/^/@empty /'
	load k3; kexec -e ;;
esac
JOB
guest twice "" -M virt -cpu cortex-a57 -m 512M
booted 1 k2 "load twice: the second boots"
is "$(report "$log" 1 loaded) $(report "$log" 1 unloaded)" "1 0" "unload"
like "$(report "$log" 1 empty)" "Nothing has been loaded" "... nothing to jump to then"
booted 2 k3 "load after unload"

done_testing
