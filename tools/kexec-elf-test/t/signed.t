#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: check all signed
# kernels: 6.12
# packages: openssl sbsigntool qemu-efi-aarch64 xz-utils
# A kernel that is locked down loads only a signed vmlinux, as it loads only a signed Image

. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/signing.sh"

use_linux 6.12
make_keys >"$test_dir/openssl.log" 2>&1
platform=''
new_disk signed
aarch64-linux-gnu-strip -o "$test_dir/stripped" "$BUILD/vmlinux"
signed_kernels vmlinux "$test_dir/stripped"
signed_kernels Image "$BUILD/arch/arm64/boot/Image"
kernel next "$BUILD/vmlinux"
sign secondary "$disk_dir/next" "$disk_dir/next"
for f in next vmlinux-unsigned vmlinux-data; do
	xz -1 -T 2 -c "$disk_dir/$f" >"$disk_dir/compressed-$f"
done
mv "$disk_dir/compressed-next" "$disk_dir/next"
signed_guest signed lockdown=integrity -M virt
like "$(fact 0 lockdown)" '\[integrity\]' "the kernel is locked down"
check_verdicts integrity
for f in vmlinux-unsigned vmlinux-data; do
	like "$(fact 0 "compressed-$f")" "Operation not permitted: .*${reason[$(error_of "$f")]}" "compressed: $f: refused"
done
booted 1 next "a signed vmlinux with DWARF, compressed after it was signed, boots there"

done_testing
