#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: check all signed
# kernels: 6.12
# packages: openssl sbsigntool qemu-efi-aarch64
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
signed_guest signed lockdown=integrity -M virt
like "$(fact 0 lockdown)" '\[integrity\]' "the kernel is locked down"
check_verdicts integrity
booted 1 next "a signed vmlinux with DWARF boots there"

done_testing
