#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: all signed
# kernels: NEWEST-16k-secure 6.12
# packages: dosfstools mtools openssl qemu-efi-aarch64 sbsigntool
# UEFI's secure boot as distributions have it: Debian's shim, which the firmware verifies with
# Microsoft's key, MokManager and GRUB. The owner's key is enrolled in MokManager. GRUB then boots a
# kernel that the key has signed, and that kernel loads a vmlinux that the key has signed.

. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/signing.sh"

boot=$CACHE/arm64/shim
[ -e "$boot/complete" ] || step "downloading shim and GRUB" fetch_shim "$boot"

# esp IMAGE SECOND: a disk that shim is booted from, and SECOND by shim
esp()
{
	rm -f "$1"
	mkfs.vfat -C "$1" 300000 >/dev/null
	mmd -i "$1" ::/EFI ::/EFI/BOOT ::/EFI/debian
	mcopy -i "$1" "$boot/shimaa64.efi.signed" ::/EFI/BOOT/BOOTAA64.EFI
	mcopy -i "$1" "$boot/mmaa64.efi.signed" ::/EFI/BOOT/mmaa64.efi
	mcopy -i "$1" "$2" ::/EFI/BOOT/grubaa64.efi
}

# Not all of our kernels have ACPI
machine=(-M "virt,acpi=off" -cpu "max,pauth-impdef=on" -m 1G
	 -drive "if=pflash,format=raw,readonly=on,file=/usr/share/AAVMF/AAVMF_CODE.ms.fd"
	 -drive "if=pflash,format=raw,file=$test_dir/vars.fd"
	 -drive "if=none,id=esp,format=raw,file=$test_dir/esp" -device "virtio-blk-pci,drive=esp")

# from_firmware ARGUMENT...: QEMU, without the kernel that it would start itself
from_firmware()
{
	local args=()

	while [ $# -gt 0 ]; do
		case $1 in
		-kernel | -initrd | -append) shift ;;
		*) args+=("$1") ;;
		esac
		shift
	done
	exec qemu-system-aarch64 "${args[@]}"
}

make_key "$test_dir/platform" "a key of the machine's owner" >/dev/null 2>&1
make_key "$test_dir/unknown" "unknown key" >/dev/null 2>&1
# The job of signed guests adds that one to the secondary keyring, which refuses it
cp "$test_dir/unknown.der" "$test_dir/secondary.der"
keys=$test_dir platform=1
cp /usr/share/AAVMF/AAVMF_VARS.ms.fd "$test_dir/vars.fd"
chmod u+w "$test_dir/vars.fd"

for version in "$NEWEST-16k-secure" 6.12; do
	use_linux "$version"
	echo "# Linux $version"
	sign platform "$BUILD/arch/arm64/boot/Image" "$test_dir/Image"
	if [ ! -e "$test_dir/enrolled.log" ]; then
		esp "$test_dir/esp" "$test_dir/Image"
		mcopy -i "$test_dir/esp" "$keys/platform.der" ::/mok.der
		rc=0
		out=$(python3 -B "$TEST/t/mok.py" mok.der "$test_dir/enrolled.log" qemu-system-aarch64 -nodefaults \
			-display none -nic none -no-reboot -serial stdio "${machine[@]}" 2>&1) || rc=$?
		is "$rc $out" "0 " "shim refuses a kernel that the owner has signed, and MokManager enrols the owner's key"
	fi

	new_disk signed
	aarch64-linux-gnu-strip -o "$test_dir/stripped" "$BUILD/vmlinux"
	for key in platform unknown; do
		sign $key "$test_dir/stripped" "$disk_dir/vmlinux-$key"
		sign $key "$BUILD/arch/arm64/boot/Image" "$disk_dir/Image-$key"
	done
	place "$test_dir/stripped" "$disk_dir/vmlinux-unsigned"
	kernel next "$BUILD/vmlinux"
	sign platform "$disk_dir/next" "$disk_dir/next"

	esp "$test_dir/esp" "$boot/grubaa64.efi.signed"
	printf '%s\n' "linux (\$root)/Image console=ttyAMA0 rdinit=/.kexec-vmlinux/init crashkernel=160M" \
		"initrd (\$root)/initrd" boot >"$test_dir/grub.cfg"
	mcopy -i "$test_dir/esp" "$test_dir/grub.cfg" ::/EFI/debian/grub.cfg
	mcopy -i "$test_dir/esp" "$test_dir/Image" ::/Image
	mcopy -i "$test_dir/esp" "$INITRAMFS" ::/initrd
	QEMU=(from_firmware)
	signed_guest "$version-mok" "" "${machine[@]}"
	# shellcheck disable=SC2034 # for run_guest
	QEMU=(qemu-system-aarch64)
	like "$(<"$console")" "[Ss]ecure [Bb]oot (is )?enabled.*Loaded X.509 cert '[^']*: a key of the machine's owner" "$version: secure boot, with the owner's key"
	check_verdicts enforced
	booted 1 next "$version: a vmlinux that the owner has signed boots there"
done

done_testing
