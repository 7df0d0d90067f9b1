#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: all signed
# kernels: NEWEST-16k-secure 6.12
# packages: openssl sbsigntool qemu-efi-aarch64
# Signed kernels, on 6.12 and 7.x: with KEXEC_SIG only; enforced, by UEFI's secure
# boot, which knows a key itself; locked down for integrity and confidentiality

. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/signing.sh"

for version in "$NEWEST-16k-secure" 6.12; do
	use_linux $version
	echo "# Linux $version"
	make_keys >"$test_dir/openssl.log" 2>&1
	new_disk signed
	aarch64-linux-gnu-strip -o "$test_dir/stripped" "$BUILD/vmlinux"
	signed_kernels vmlinux "$test_dir/stripped"
	signed_kernels Image "$BUILD/arch/arm64/boot/Image"
	platform=''

	signed_guest "$version-sig" "" -M virt
	check_verdicts sig
	for mode in integrity confidentiality; do
		signed_guest "$version-$mode" lockdown=$mode -M virt
		like "$(fact 0 lockdown)" "\[$mode\]" "$mode: the kernel is locked down"
		check_verdicts $mode
	done

	# The firmware starts no kernel but one that its own key has signed. Not all of
	# ours have ACPI.
	platform=1
	sign platform "$BUILD/arch/arm64/boot/Image" "$test_dir/first"
	cp /usr/share/AAVMF/AAVMF_VARS.snakeoil.fd "$test_dir/vars.fd"
	chmod u+w "$test_dir/vars.fd"
	kernel next "$BUILD/vmlinux"
	sign platform "$disk_dir/next" "$disk_dir/next"
	signed_guest "$version-enforced" "" -M virt,acpi=off -kernel "$test_dir/first" \
		-drive if=pflash,format=raw,readonly=on,file=/usr/share/AAVMF/AAVMF_CODE.snakeoil.fd \
		-drive "if=pflash,format=raw,file=$test_dir/vars.fd"
	like "$(<"$console")" "[Ss]ecure [Bb]oot (is )?enabled" "$version: UEFI's secure boot is on"
	check_verdicts enforced
	booted 1 next "$version: a vmlinux that is signed with a key of the platform boots there"
done

done_testing
