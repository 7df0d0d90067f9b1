# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
# Load /mnt/k1 on a machine whose memory is in use, for each of seeds= machines, and boot it
[ "$hop" = 0 ] || return

ulimit -n 1024
file_pages() { sed -n 's/^nr_file_pages //p' /proc/vmstat; }

seed=0
while [ $((seed += 1)) -le "$(arg seeds)" ]; do
	/mnt/use-memory 60 $seed </mnt/fill >/tmp/used &
	user=$!
	until grep -q @used /tmp/used; do sleep 0.2; done
	cat /mnt/k1 /mnt/initrd >/dev/null
	free=$(sed -n 's/^MemFree: *\([0-9]*\) kB/\1/p' /proc/meminfo)
	before=$(file_pages)
	load k1 -d >/tmp/said 2>&1
	status=$?
	evicted=$((before - $(file_pages)))
	dmesg -c >/tmp/dmesg
	echo "@seed$seed status=$status copied=$(grep -c 'are to be copied' /tmp/dmesg) evicted=$evicted free=$free"
	sed -n 's/.*kexec_file: \(.*\(are to be copied\|cannot be allocated\)\)/@try \1/p' /tmp/dmesg
	kexec -s -u
	kill $user
	wait $user
	rm /tmp/used
done
load k1 -d >/dev/null 2>&1
kexec -e
