#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernels: NEWEST-16k 6.12
# packages: openssl sbsigntool qemu-efi-aarch64
# Signed kernels, on 6.12 and 7.x: with KEXEC_SIG only; enforced, by UEFI's secure
# boot, which knows a key itself; locked down for integrity and confidentiality

. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/signing.sh"

for version in "$NEWEST-16k" 6.12; do
	use_linux $version
	echo "# Linux $version"
	make_keys >"$WORK/openssl.log" 2>&1
	new_disk
	aarch64-linux-gnu-strip -o "$WORK/stripped" "$BUILD/vmlinux"
	signed_kernels vmlinux "$WORK/stripped"
	signed_kernels Image "$BUILD/arch/arm64/boot/Image"
	platform=''

	signed_guest "$version-sig" "" -M virt
	judge sig
	for mode in integrity confidentiality; do
		signed_guest "$version-$mode" lockdown=$mode -M virt
		like "$(report "$log" 0 lockdown)" "\[$mode\]" "$mode: the kernel is locked down"
		judge $mode
	done

	# The firmware starts no kernel but one that its own key has signed. Not all of
	# ours have ACPI.
	platform=1
	sign platform "$BUILD/arch/arm64/boot/Image" "$WORK/first"
	cp /usr/share/AAVMF/AAVMF_VARS.snakeoil.fd "$WORK/vars.fd"
	chmod u+w "$WORK/vars.fd"
	kernel next "$BUILD/vmlinux"
	sign platform "$disk/next" "$disk/next"
	signed_guest "$version-enforced" "" -M virt,acpi=off -kernel "$WORK/first" \
		-drive if=pflash,format=raw,readonly=on,file=/usr/share/AAVMF/AAVMF_CODE.snakeoil.fd \
		-drive "if=pflash,format=raw,file=$WORK/vars.fd"
	like "$(<"$log")" "[Ss]ecure [Bb]oot (is )?enabled" "$version: UEFI's secure boot is on"
	judge enforced
	booted 1 next "$version: a vmlinux that is signed with a key of the platform boots there"
done

done_testing
