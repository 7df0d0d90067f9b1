#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernels: NEWEST-16k 6.12
# packages: openssl sbsigntool qemu-efi-aarch64 ima-evm-utils
# What IMA measures and appraises is what is loaded: a vmlinux for which there is a
# rule is read whole, as an Image is. A signature that IMA has checked will do on a
# machine that is locked down

. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/signing.sh"

# ima_sign FILE: its signature for security.ima, in $WORK/sigs
ima_sign()
{
	cp "$disk/$1" "$WORK/$1"
	evmctl ima_sign --hashalgo sha256 --key "$keys/ima.key" --sigfile "$WORK/$1" >/dev/null 2>&1
	mv "$WORK/$1.sig" "$WORK/sigs/$1"
	rm "$WORK/$1"
}

label()
{
	local f

	for f in "$WORK"/sigs/*; do
		debugfs -w -R "ea_set -f $f /${f##*/} security.ima" "$1" >/dev/null 2>&1
	done
}
LABEL=label

for version in "$NEWEST-16k" 6.12; do
	use_linux $version
	echo "# Linux $version"
	{
		make_keys
		# The .ima keyring takes keys that are for nothing else
		make_key "$keys/ima" "IMA key" -CA "$keys/trusted.pem" -CAkey "$keys/trusted.key" \
			-addext "basicConstraints=critical,CA:FALSE" -addext "keyUsage=digitalSignature"
	} >"$WORK/openssl.log" 2>&1
	new_disk
	rm -rf "$WORK/sigs"
	mkdir "$WORK/sigs"
	kernel vmlinux "$BUILD/vmlinux"
	place "$BUILD/arch/arm64/boot/Image" "$disk/Image"
	loaded=$(load_end "$disk/vmlinux")
	for f in vmlinux Image; do
		ima_sign $f
		cp "$disk/$f" "$disk/$f-text"
		flip "$disk/$f-text" $((0x20010))
		cp "$WORK/sigs/$f" "$WORK/sigs/$f-text"
		cp --sparse=always "$disk/$f" "$disk/$f-unsigned"
	done
	# What is not loaded counts as well
	cp "$disk/vmlinux" "$disk/vmlinux-rest"
	flip "$disk/vmlinux-rest" $(((loaded + $(stat -c %s "$disk/vmlinux")) / 2))
	cp "$WORK/sigs/vmlinux" "$WORK/sigs/vmlinux-rest"
	# The signature at the end, by a key that only IMA knows
	sign ima "$disk/vmlinux" "$disk/vmlinux-modsig"
	cp "$disk/vmlinux-modsig" "$disk/vmlinux-modsig-text"
	flip "$disk/vmlinux-modsig-text" $((0x20010))

	cp "$keys/ima.der" "$TEST/guest/crash.job" "$disk"
	cp -r "$CACHE/arm64/dump-tools" "$disk"
	cat >"$disk/job" <<-'JOB'
	. /mnt/crash.job
	[ "$hop" = 0 ] || return
	ima=/sys/kernel/security/ima
	mount -t securityfs security /sys/kernel/security
	tool keyctl padd asymmetric "" %:.ima </mnt/ima.der >/dev/null
	dmesg -c >/dev/null
	kexec -s -d -l /mnt/vmlinux --initrd=/mnt/initrd --append=x >/dev/null 2>&1
	said | sed 's/^@dmesg/@without/'
	echo "@before $(kexec-file-load /mnt/vmlinux /mnt/initrd x) $(kexec-file-load /mnt/Image /mnt/initrd x)"
	printf '%s\n' "measure func=KEXEC_KERNEL_CHECK" \
		"appraise func=KEXEC_KERNEL_CHECK appraise_type=imasig|modsig" >$ima/policy
	for f in vmlinux vmlinux-text vmlinux-rest vmlinux-unsigned vmlinux-modsig vmlinux-modsig-text \
		 Image Image-text Image-unsigned; do
		echo "@$f $(kexec-file-load /mnt/$f /mnt/initrd x)"
		echo "@$f-crash $(kexec-file-load --crash /mnt/$f /mnt/initrd x)"
		echo "@$f-measured $(sed -n "s,.* sha256:\([0-9a-f]*\) /mnt/$f$,\1,p" $ima/ascii_runtime_measurements | tail -n 1)"
	done
	dmesg -c >/dev/null
	kexec -s -d -l /mnt/vmlinux --initrd=/mnt/initrd --append="$(next)" >/dev/null 2>&1
	said
	kexec -e
	JOB
	SECONDS_MAX=300 guest "ima-$version" "lockdown=integrity crashkernel=160M" -M virt \
		-cpu max,pauth-impdef=on -m 2G
	is "$(report "$log" 0 before)" "EPERM EPERM" "locked down: neither vmlinux nor Image without a policy of IMA"
	for f in vmlinux Image vmlinux-modsig; do
		is "$(report "$log" 0 $f) $(report "$log" 0 $f-crash)" "OK OK" "$f: IMA has appraised it"
	done
	for f in {vmlinux,Image}-{text,unsigned} vmlinux-rest vmlinux-modsig-text; do
		is "$(report "$log" 0 $f) $(report "$log" 0 $f-crash)" "EACCES EACCES" "$f: EACCES"
	done
	for f in vmlinux Image vmlinux-modsig; do
		is "$(report "$log" 0 $f-measured)" "$(sha256sum "$disk/$f" | cut -d ' ' -f 1)" \
		   "$f: measured is the hash of the whole file"
	done
	# EPERM comes after the file was read
	is "$(sed -n 's/^@without .*kernel_size: //p' "$log")" "$(printf '0x%x' $loaded)" \
	   "without a rule, what is loaded of the vmlinux is read"
	is "$(said | sed -n 's/.*kernel_size: //p')" \
	   "$(printf '0x%x' "$(stat -c %s "$disk/vmlinux")")" "... and with one, all of it"
	booted 1 vmlinux "... which boots"
done

done_testing
