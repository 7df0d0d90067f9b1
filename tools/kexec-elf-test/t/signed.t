#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernels: 6.12
# packages: openssl sbsigntool qemu-efi-aarch64
# A kernel that is locked down takes a vmlinux that is signed, and no other, as it
# takes an Image

. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/signing.sh"

use_linux 6.12
make_keys >"$WORK/openssl.log" 2>&1
platform=''
new_disk
aarch64-linux-gnu-strip -o "$WORK/stripped" "$BUILD/vmlinux"
signed_kernels vmlinux "$WORK/stripped"
signed_kernels Image "$BUILD/arch/arm64/boot/Image"
kernel next "$BUILD/vmlinux"
sign secondary "$disk/next" "$disk/next"
signed_guest signed lockdown=integrity -M virt
like "$(report "$log" 0 lockdown)" '\[integrity\]' "the kernel is locked down"
judge integrity
booted 1 next "a signed vmlinux with DWARF boots there"

done_testing
