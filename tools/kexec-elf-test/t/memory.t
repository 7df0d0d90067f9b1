#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Where there is little room (and no CMA, which 7.x would take): holes for the kernel that leave none for the initrd

. "$(dirname "$0")/tap.sh"

# Two ranges of memory more than 32 GB apart. In the lower one, the firmware
# has left 24 MB: enough for the kernel, not for its initrd. That may not be in
# the upper one when the kernel is in the lower (booting.rst: within 32 GB). The
# second kernel sees all 34 GB, which are not filled: the host may have less.
device_tree -M virt -cpu cortex-a57 -m 1G
sed -i -e 's,^/dts-v1/;,&\n/memreserve/ 0x41800000 0xe800000;,' \
    -e 's,^\tchosen {,&\n\t\tlinux\,usable-memory-range = <0x0 0x40000000 0x0 0x10000000 0x8 0x40000000 0x0 0x80000000>;,' \
    "$WORK/dts"
dtc -q -I dts -O dtb -o "$WORK/dtb" "$WORK/dts"

new_disk
head -c 12000000 /dev/zero >>"$disk/initrd"
kernel k1 "$vmlinux"
kernel k2 "$flat"
cat >"$disk/job" <<'JOB'
[ "$hop" = 0 ] || return
kexec -s -d -l "/mnt/k$(arg kernel)" --initrd=/mnt/initrd --append="$(next page_poison=0)" 2>&1
said
kexec -e
JOB
for k in 1 2; do
	guest "retry$k" "kernel=$k cma=0 swiotlb=512" -M virt,memory-backend=ram -cpu cortex-a57 -m 34G \
		-object memory-backend-ram,id=ram,size=34G,reserve=off \
		-dtb "$WORK/dtb"
	spans=$(said | grep -o 'Kernel span at 0x[0-9a-f]*' | cut -d ' ' -f 4 | paste -sd ' ') || :
	what=$([ $k = 1 ] && echo vmlinux || echo Image)
	like "$spans" '^(0x40[0-9a-f]{6} )+0x8[4-9a-f][0-9a-f]{7}$' \
	     "$what: the first hole has no room for the initrd, another is tried"
	booted 1 "k$k" "... and the kernel boots from there"
	is "$(base_of 1)" "${spans##* }" \
	   "... where it was put"
done

# The initrd takes all that is free above the kernel, to the page; then one page
# more. Pages reserved every 4 MB keep the kernel out of the lower memory.
device_tree -M virt -cpu cortex-a57 -m 512M
reserve=
for ((at = 0x40a00000; at < 0x5a000000; at += 0x400000)); do
	reserve+=$(printf '/memreserve/ 0x%x 0x1000;' $at)
done
sed -i "s,^/dts-v1/;,&\n$reserve," "$WORK/dts"
dtc -q -I dts -O dtb -o "$WORK/dtb" "$WORK/dts"
new_disk
kernel k1 "$stripped"
cat >"$disk/job" <<'JOB'
[ "$hop" = 0 ] || return
num() { echo $(($(sed -n "s/.*$1[^=]* at \(0x[0-9a-f]*\).*/\1/p" /tmp/said | tail -n 1))); }
kexec -s -d -l /mnt/k1 --append=none >/dev/null 2>&1
dmesg -c >/tmp/said
end=$(($(num 'Kernel span') + $(sed -n 's/.*Kernel span at.* size=\(0x[0-9a-f]*\).*/\1/p' /tmp/said)))
limit=$(num 'Loaded dtb')
for at in $(sed -n 's/ *\([0-9a-f]*\)-[0-9a-f]* : reserved/\1/p' /proc/iomem); do
	[ $((0x$at)) -lt $end ] || [ $((0x$at)) -ge $limit ] || limit=$((0x$at))
done
room=$((limit - end))
echo "@room $room"
cp /mnt/initrd /tmp/initrd
truncate -s $((room + 1)) /tmp/initrd
kexec-file-load /mnt/k1 /tmp/initrd "$(next)" | sed 's/^/@one-more /'
said
truncate -s $room /tmp/initrd
kexec-file-load /mnt/k1 /tmp/initrd "$(next)" | sed 's/^/@just /'
kexec -e
JOB
guest tight "cma=0" -M virt -cpu cortex-a57 -m 512M -dtb "$WORK/dtb"
room=$(report "$log" 0 room)
if [ "${room:-0}" -gt 40000000 ]; then
	ok "an initrd may take $room bytes above the kernel"
else
	not_ok "an initrd may take ${room:-?} bytes above the kernel"
fi
is "$(report "$log" 0 one-more)" EADDRNOTAVAIL "one byte more is refused"
like "$(said)" "no hole of 0x[0-9a-f]* bytes for the kernel leaves room for the initrd" \
     "... and dmesg says why"
is "$(report "$log" 0 just)" OK "as much is taken"
booted 1 k1 "... and boots"

done_testing
