#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: all faults
# kernels: NEWEST-faults
# packages: openssl sbsigntool qemu-efi-aarch64 ima-evm-utils
# A kernel with KASAN, UBSAN, kmemleak, lockdep and page_owner: each allocation of a load fails in turn,
# with the files in the page cache and not, with kexec handover, signatures and IMA; eight processes
# load at once. No memory is lost, no splat is printed, and a kernel boots from there.

. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/signing.sh"

# injected NAME [ERRNO]: an allocation fails in turn, and the load returns ENOMEM or ERRNO, or does without
injected()
{
	local what

	what=$(fact 0 "inject-$1")
	echo "# $1: $what"
	like "$what" "^[1-9][0-9]* of [0-9]+( (OK|ENOMEM${2+|$2})=[0-9]+)+\$" \
		"$1: an allocation fails: ENOMEM${2+ or $2}, or it does without"
	is "$(fact 0 "owned-$1")" "$(fact 0 owned-before)" "... and no page is lost"
}

# nothing_wrong FILE: at the end of the job
nothing_wrong()
{
	is "$(fact 0 owned-after)" "$(fact 0 owned-before)" "$1: no page is lost"
	is "$(fact 0 leaks)" 0 "... kmemleak finds nothing"
	is "$(fact 0 splats)" 0 "... no splat"
	is "$(fact 0 no-function)" "" "... each function below which allocations fail is there"
	sed -n 's/^@\(leak\|splat\) /# /p' "$console" | head -n 60
	booted 1 k1 "... which boots from there"
}

new_disk faults
kernel k1 "$stripped"
kernel image "$flat"
kernel bounce "$stripped" split=4096 cut=0x21234
use_linux "$NEWEST-faults"
guest -t 1500 faults "what=plain crashkernel=64M cma=32M page_owner=on page_poison=0" -M virt -cpu cortex-a57 -smp 2 -m 1G

holds "page_owner counts kexec's pages" [ "$(fact 0 owned-loaded)" -gt 1000 ]
for name in vmlinux image cma cold bounce crash kimage_add_entry kimage_alloc_control_pages load_other_segments \
	    machine_kexec_post_load; do
	injected $name
done
for name in free short; do
	echo "# $name: $(fact 0 stress-$name)"
	like "$(fact 0 stress-$name)" "OK=[0-9]+" "loads by eight processes, memory is $name"
	like "$(fact 0 stress-$name | tr ' ' '\n' | grep -v '^$' | cut -d = -f 1 | sort | paste -sd ' ')" "^(EBUSY )?(ENOMEM )?OK$" "... each is let in, or refused as busy or for memory"
done
nothing_wrong vmlinux

use_linux "$LINUX_VERSION"
new_disk faults
kernel unsigned "$stripped"
kernel k1 "$stripped"
use_linux "$NEWEST-faults"
{
	make_keys
	make_ima_key
} >"$test_dir/openssl.log" 2>&1
sign trusted "$disk_dir/k1" "$disk_dir/k1"
sign trusted "$flat" "$disk_dir/image"
ima_sign k1
cp "$keys/ima.der" "$disk_dir"
cp -r "$CACHE/arm64/dump-tools" "$disk_dir"
guest -t 1500 faults-trusted "what=trusted kho=on crashkernel=64M page_owner=on page_poison=0" -M virt -cpu cortex-a57 -smp 2 -m 1G
for name in kho signed signed-image; do
	injected $name
done
injected ima EACCES
is "$(fact 0 unsigned)" EACCES "IMA refuses what is not signed"
nothing_wrong "signed vmlinux"

done_testing
