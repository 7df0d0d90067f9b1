# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
# Try each file in /mnt/names, beside a loaded kernel, which boots after them. With
# more=1, also count memory over fifty refusals, and try a file that somebody may write to.
[ "$hop" = 0 ] || return
load before
# shellcheck disable=SC2013 # names have no spaces
for name in $(cat /mnt/names); do
	file=/mnt/$name
	# Larger than the disk
	[ "$name" != huge ] || { file=/tmp/huge; cp "/mnt/$name" $file; truncate -s 5G $file; }
	try "$name" "$file" /mnt/initrd x
done
if [ "$(arg more)" ]; then
	echo 3 >/proc/sys/vm/drop_caches
	before=$(free_kib)
	i=0
	while [ $i -lt 10 ]; do
		for name in overlap too-much 16k-pages cut-1000000 filesz; do
			kexec-file-load "/mnt/$name" /mnt/initrd x >/dev/null
		done
		i=$((i + 1))
	done
	echo 3 >/proc/sys/vm/drop_caches
	echo "@lost $((before - $(free_kib)))"
	cp /mnt/before /tmp/busy
	exec 5>>/tmp/busy
	try busy /tmp/busy /mnt/initrd x
	try cut /mnt/after-last /mnt/initrd x
	load before
fi
kexec -e
