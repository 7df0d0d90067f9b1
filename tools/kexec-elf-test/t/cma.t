#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A kernel whose span is in CMA is loaded where it is to run, and
# what CMA gave is given back

. "$(dirname "$0")/tap.sh"

needs load-into-cma

# What a kernel said of a load: the address of its span, what is left to copy
span() { sed -n "s/^@$1 .*Kernel span at \(0x[0-9a-f]*\) .*/\1/p" "$log" | tail -n 1; }
left() { sed -n "s/^@$1 .* head:\(0x[0-9a-f]*\) .*/\1/p" "$log"; }
number() { sed -n "s/^@$1 //p" "$log" | head -n 1; }

# in_cma HOP ADDRESS: is it in the area of which that hop told?
in_cma()
{
	local area
	read -ra area <<<"$(report "$log" "$1" cma)"
	[ "$2" ] && [ "${#area[@]}" = 2 ] && [ $(($2)) -ge $((area[1])) ] &&
		[ $(($2)) -lt $((area[1] + area[0] * 1048576)) ]
}
aligned() { [ "$1" ] && [ $(($1 & 0x1fffff)) = 0 ]; }
outside() { [ "$2" ] && ! in_cma "$@"; }
yes() { if "${@:2}"; then ok "$1"; else not_ok "$1"; echo "#      ${*:2}"; fi; }

cat >"$WORK/functions" <<'JOB'
cma_free() { cat /sys/kernel/mm/cma/reserved/available_pages; }
lines() { dmesg -c | sed -n "s,^\(\[[^]]*\] \)*\(kexec.*\),@$1 \2,p"; }
dmesg -c | sed -n 's/.*cma: Reserved \([0-9]*\) MiB at \(0x[0-9a-f]*\).*/@cma \1 \2/p'
JOB
job() { cat "$WORK/functions" - >"$disk/job"; }

# 1 MiB of CMA is taken at boot (coherent_pool): the first piece that is free
# is not 2 MiB-aligned. All that is free holds 0xaa.
new_disk
kernel k1 "$stripped" split=16384
kernel k2 "$flat"
kernel k3 "$stripped"
job <<'JOB'
before=$(cma_free)
case $hop in
0)	load k1 -d >/dev/null 2>&1 ;;
1)	load k2 -d >/dev/null 2>&1 ;;
2)	kexec-file-load --no-cma /mnt/k3 /mnt/initrd "$(next)" >/dev/null ;;
3)	return ;;
esac
echo "@taken $((before - $(cma_free)))"
lines load$hop
kexec -e
JOB
guest cma "cma=64M coherent_pool=1M" -M virt -cpu cortex-a57 -m 1G
for i in 0 1; do
	[ $i = 0 ] && what="vmlinux with gaps" || what=Image
	yes "$what: its span is in CMA" in_cma $i "$(span load$i)"
	yes "... and 2 MiB-aligned" aligned "$(span load$i)"
	is "$(left load$i)" 0x4 "... with nothing to copy at the jump"
	booted $((i + 1)) k$((i + 1)) "... it boots"
	is "$(base_of $((i + 1)))" "$(span load$i)" \
	   "... where it was loaded"
done
is "$(report "$log" 2 taken)" 0 "KEXEC_FILE_NO_CMA: nothing of CMA is taken"
booted 3 k3 "... and the kernel boots"

# Where CMA has room for the kernel, and not for its initrd
new_disk
head -c 12000000 /dev/zero >>"$disk/initrd"
kernel k1 "$stripped"
job <<'JOB'
[ "$hop" = 0 ] || return
before=$(cma_free)
load k1 -d >/dev/null 2>&1
echo "@taken $((before - $(cma_free)))"
lines load
kexec -s -u
echo "@kept $((before - $(cma_free)))"
load k1
kexec -e
JOB
guest cma-low "cma=16M@0x60000000" -M virt -cpu cortex-a57 -m 1G
yes "the initrd is too large for CMA: the kernel is in CMA" in_cma 0 "$(span load)"
is "$(($(sed -n 's/^@load .*Loaded initrd at \(0x[0-9a-f]*\) .*/\1/p' "$log") > $(span load)))" 1 \
   "... the initrd above"
booted 1 k1 "... it boots"
is "$(number kept)" 0 "... and unloading gives CMA back"
guest cma-top "cma=16M" -M virt -cpu cortex-a57 -m 1G
is "$(sed -n 's/^@load .*Kernel span at \(0x[0-9a-f]*\) .*/\1/p' "$log" | wc -l)" 2 \
   "CMA is above all other memory: the kernel is placed twice"
yes "... without CMA at last" outside 0 "$(span load)"
booted 1 k1 "... it boots"
is "$(number kept)" 0 "... and CMA has back what it gave at first"

# A thousand times (Image: a hundred), and when loading fails: for want of a hole next to the kernel;
# after all segments have been placed (more than half of the memory)
new_disk
kernel k1 "$stripped"
kernel k2 "$flat"
truncate -s 540M "$disk/half"
job <<'JOB'
[ "$hop" = 0 ] || return
kexec-file-load --times 2 /mnt/k1 /mnt/initrd x >/dev/null
before=$(cma_free)
times=1000
for k in k1 k2; do
	echo "@$k-times $(kexec-file-load --times $times /mnt/$k /mnt/initrd x) $((before - $(cma_free)))"
	echo "@$k-half $(kexec-file-load --times 2 /mnt/$k /mnt/half x) $((before - $(cma_free)))"
	dmesg -c >/dev/null
	times=100
done
load k1
before=$(cma_free)
kexec-file-load /mnt/k2 /mnt/half x
echo "@loaded $((before - $(cma_free)))"
kexec -e
JOB
SECONDS_MAX=300 guest cma-times "cma=64M" -M virt -cpu cortex-a57 -m 1G
for k in k1 k2; do
	[ $k = k1 ] && what=vmlinux || what=Image
	is "$(number $k-times)" "OK 0" "$what: over and over, and CMA has what it had"
	is "$(number $k-half)" "EINVAL 0" "... and when it fails after it has been placed"
done
is "$(number loaded)" 0 "a kernel that is loaded keeps its memory when another fails"
booted 1 k1 "... and boots"

done_testing
