#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Linux 7.x with kho=on: a vmlinux goes to scratch memory, and the second kernel
# finds what the first has preserved for it

. "$(dirname "$0")/tap.sh"

needs hand-over

# Every kernel preserves who it is for the next ("exec from"); lib/test_kho.c
# preserves pages of all kinds when it has not been given any
new_disk
kernel k1 "$stripped" split=16384
kernel k2 "$flat"
kernel k3 "$vmlinux"
cat >"$disk/job" <<'JOB'
echo "@kho $(dmesg | sed -n 's/.*test_kho: //p' | head -n 1)"
echo "@from $(dmesg | sed -n 's/.*KHO: exec from: //p')"
[ "$hop" = 3 ] && return
mount -t debugfs debug /sys/kernel/debug
paste=$(paste /sys/kernel/debug/kho/out/scratch_phys /sys/kernel/debug/kho/out/scratch_len | tr '\n\t' '  ')
echo "@scratch $paste"
dmesg -c >/dev/null
kexec -s -d -l "/mnt/k$((hop + 1))" --initrd=/mnt/initrd --append="$(next kho=on)" >/dev/null 2>&1
dmesg -c | sed -n "s,^\(\[[^]]*\] \)*\(kexec.*\),@load$hop \2,p"
kexec -e
JOB
guest kho "kho=on" -M virt -cpu cortex-a57 -m 1G

# in_scratch HOP ADDRESS
in_scratch()
{
	local areas i
	read -ra areas <<<"$(report "$log" "$1" scratch)"
	for ((i = 0; i + 1 < ${#areas[@]}; i += 2)); do
		[ $(($2)) -lt $((areas[i])) ] ||
			[ $(($2)) -ge $((areas[i] + areas[i + 1])) ] || return 0
	done
	return 1
}

is "$(report "$log" 0 kho)" "" "the first kernel was handed nothing"
for i in 0 1 2; do
	what=$([ $i = 1 ] && echo Image || echo vmlinux)
	for segment in "Kernel span" "Loaded initrd" "Loaded dtb"; do
		at=$(sed -n "s/^@load$i .*$segment at \(0x[0-9a-f]*\) .*/\1/p" "$log")
		if [ "$at" ] && in_scratch $i "$at"; then
			ok "$what: $segment at $at is in scratch memory"
		else
			not_ok "$what: $segment at $at is in scratch memory"
		fi
	done
	booted $((i + 1)) k$((i + 1)) "... it boots"
	is "$(report "$log" $((i + 1)) from)" "$(report "$log" $i release) (count $((i + 1)))" \
	   "... and finds what the kernel before has preserved for it"
	[ $i = 1 ] || is "$(report "$log" $((i + 1)) kho)" "KHO restore succeeded" \
	   "... pages and all"
done

done_testing
