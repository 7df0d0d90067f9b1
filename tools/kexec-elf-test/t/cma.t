#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: check all
# A kernel whose span is in CMA is loaded where it runs, and CMA gets back what it gave

. "$(dirname "$0")/tap.sh"

needs load-into-cma

in_cma() { within "$(fact "$1" load.base)" "$(fact "$1" cma)"; }
aligned() { [ "$1" ] && [ $(($1 & 0x1fffff)) = 0 ]; }

# 1 MiB of CMA is taken at boot (coherent_pool): the first piece that is free
# is not 2 MiB-aligned. All that is free holds 0xaa.
new_disk cma
kernel k1 "$stripped" split=16384
kernel k2 "$flat"
kernel k3 "$stripped"
guest cma "cma=64M coherent_pool=1M" -M virt -cpu cortex-a57 -m 1G
for i in 0 1; do
	[ $i = 0 ] && what="vmlinux with gaps" || what=Image
	holds "$what: its span is in CMA" in_cma $i
	holds "... and 2 MiB-aligned" aligned "$(fact $i load.base)"
	is "$(fact $i load.copied)" 0 "... with nothing to copy at the jump"
	booted $((i + 1)) k$((i + 1)) "... it boots"
	is "$(base_of $((i + 1)))" "$(fact $i load.base)" "... where it was loaded"
done
is "$(fact 2 taken)" 0 "KEXEC_FILE_NO_CMA: nothing of CMA is taken"
booted 3 k3 "... and the kernel boots"

# Where CMA has room for the kernel, and not for its initrd
new_disk cma-unload
head -c 12000000 /dev/zero >>"$disk_dir/initrd"
kernel k1 "$stripped"
guest cma-low "cma=16M@0x60000000" -M virt -cpu cortex-a57 -m 1G
holds "the initrd is too large for CMA: the kernel is in CMA" in_cma 0
holds "... the initrd above" [ $(($(fact 0 load.initrd) > $(fact 0 load.base))) = 1 ]
booted 1 k1 "... it boots"
is "$(fact 0 kept)" 0 "... and unloading gives CMA back"
guest cma-top "cma=16M" -M virt -cpu cortex-a57 -m 1G
is "$(fact 0 load.bases | wc -w)" 2 "CMA is above all other memory: the kernel is placed twice"
like "$(in_cma 0 || fact 0 load.base)" 0x "... without CMA at last"
booted 1 k1 "... it boots"
is "$(fact 0 kept)" 0 "... and CMA has back what it gave at first"

# A thousand times (Image: a hundred), and when loading fails after all segments have been placed
# (more than half of the memory)
new_disk cma-times
kernel k1 "$stripped"
kernel k2 "$flat"
truncate -s 540M "$disk_dir/half"
guest -t 300 cma-times "cma=64M" -M virt -cpu cortex-a57 -m 1G
for k in k1 k2; do
	[ $k = k1 ] && what=vmlinux || what=Image
	is "$(fact 0 $k-times)" "OK 0" "$what: over and over, and CMA has what it had"
	is "$(fact 0 $k-half)" "EINVAL 0" "... and when it fails after it has been placed"
done
is "$(fact 0 loaded)" 0 "a kernel that is loaded keeps its memory when another fails"
booted 1 k1 "... and boots"

done_testing
