#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: all signed
# kernels: NEWEST-16k-secure 6.12
# packages: openssl sbsigntool qemu-efi-aarch64 ima-evm-utils
# IMA measures and appraises what is loaded: a vmlinux that has a rule is read whole, as an Image is.
# On a machine that is locked down, a signature that IMA has checked is enough.

. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/signing.sh"

for version in "$NEWEST-16k-secure" 6.12; do
	use_linux $version
	echo "# Linux $version"
	{
		make_keys
		make_ima_key
	} >"$test_dir/openssl.log" 2>&1
	new_disk ima
	kernel vmlinux "$BUILD/vmlinux"
	place "$BUILD/arch/arm64/boot/Image" "$disk_dir/Image"
	loaded=$(load_end "$disk_dir/vmlinux")
	for f in vmlinux Image; do
		ima_sign $f
		cp "$disk_dir/$f" "$disk_dir/$f-text"
		flip "$disk_dir/$f-text" $((0x20010))
		cp "$disk_dir.ima/$f" "$disk_dir.ima/$f-text"
		cp --sparse=always "$disk_dir/$f" "$disk_dir/$f-unsigned"
	done
	# IMA also covers bytes that are not loaded
	cp "$disk_dir/vmlinux" "$disk_dir/vmlinux-rest"
	flip "$disk_dir/vmlinux-rest" $(((loaded + $(stat -c %s "$disk_dir/vmlinux")) / 2))
	cp "$disk_dir.ima/vmlinux" "$disk_dir.ima/vmlinux-rest"
	# The signature at the end, by a key that only IMA knows
	sign ima "$disk_dir/vmlinux" "$disk_dir/vmlinux-modsig"
	cp "$disk_dir/vmlinux-modsig" "$disk_dir/vmlinux-modsig-text"
	flip "$disk_dir/vmlinux-modsig-text" $((0x20010))

	cp "$keys/ima.der" "$disk_dir"
	printf '%s\n' vmlinux{,-text,-rest,-unsigned,-modsig,-modsig-text} Image{,-text,-unsigned} >"$disk_dir/names"
	cp -r "$CACHE/arm64/dump-tools" "$disk_dir"
	guest -t 300 "ima-$version" "lockdown=integrity crashkernel=160M" -M virt \
		-cpu max,pauth-impdef=on -m 2G
	is "$(fact 0 before)" "EPERM EPERM" "locked down: neither vmlinux nor Image without a policy of IMA"
	for f in vmlinux Image vmlinux-modsig; do
		is "$(fact 0 $f) $(fact 0 $f-crash)" "OK OK" "$f: IMA has appraised it"
	done
	for f in {vmlinux,Image}-{text,unsigned} vmlinux-rest vmlinux-modsig-text; do
		is "$(fact 0 $f) $(fact 0 $f-crash)" "EACCES EACCES" "$f: EACCES"
	done
	for f in vmlinux Image vmlinux-modsig; do
		is "$(fact 0 $f-measured)" "$(sha256sum "$disk_dir/$f" | cut -d ' ' -f 1)" \
		   "$f: measured is the hash of the whole file"
	done
	# EPERM comes after the file was read
	is "$(fact 0 load.1.read)" "$(printf '0x%x' $loaded)" \
	   "without a rule, what is loaded of the vmlinux is read"
	is "$(fact 0 load.2.read)" \
	   "$(printf '0x%x' "$(stat -c %s "$disk_dir/vmlinux")")" "... and with one, all of it"
	booted 1 vmlinux "... which boots"
done

done_testing
