#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: all faults
# kernels: NEWEST-faults
# A kernel with KASAN, UBSAN, kmemleak, lockdep and page_owner: each allocation of a load fails in turn,
# with the files in the page cache and not; eight processes load at once. No memory is lost, no splat is
# printed, and a kernel boots from there.

. "$(dirname "$0")/tap.sh"

new_disk faults
kernel k1 "$stripped"
kernel image "$flat"
kernel bounce "$stripped" split=4096 cut=0x21234
use_linux "$NEWEST-faults"
guest -t 1500 faults "crashkernel=64M cma=32M page_owner=on page_poison=0" -M virt -cpu cortex-a57 -smp 2 -m 1G

holds "page_owner counts kexec's pages" [ "$(fact 0 owned-loaded)" -gt 1000 ]
for name in vmlinux image cma cold bounce crash kimage_add_entry kimage_alloc_control_pages load_other_segments \
	    machine_kexec_post_load; do
	what=$(fact 0 "inject-$name")
	echo "# $name: $what"
	like "$what" "^[1-9][0-9]* of [0-9]+ (OK=[0-9]+ ?)?(ENOMEM=[0-9]+)?$" "$name: an allocation fails: ENOMEM, or it does without"
	is "$(fact 0 "owned-$name")" "$(fact 0 owned-before)" "... and no page is lost"
done
for name in free short; do
	echo "# $name: $(fact 0 stress-$name)"
	like "$(fact 0 stress-$name)" "OK=[0-9]+" "loads by eight processes, memory is $name"
	like "$(fact 0 stress-$name | tr ' ' '\n' | grep -v '^$' | cut -d = -f 1 | sort | paste -sd ' ')" "^(EBUSY )?(ENOMEM )?OK$" "... each is let in, or refused as busy or for memory"
done
is "$(fact 0 owned-after)" "$(fact 0 owned-before)" "... and no page is lost"
is "$(fact 0 leaks)" 0 "kmemleak finds nothing"
is "$(fact 0 splats)" 0 "no splat"
sed -n 's/^@\(leak\|splat\) /# /p' "$console" | head -n 60
booted 1 k1 "the vmlinux boots from there"

done_testing
