#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Every way of reserving memory for a crash kernel; and the keys of encrypted
# disks, which 7.x hands over there

. "$(dirname "$0")/tap.sh"

cat >"$WORK/job" <<'JOB'
. /mnt/crash.job
if captured; then
	ram=0
	for r in $(sed -n 's/ *\([0-9a-f]*-[0-9a-f]*\) : System RAM$/\1/p' /proc/iomem); do
		ram=$((ram + 0x${r#*-} - 0x${r%-*} + 1))
	done
	echo "@ram $((ram >> 20))"
	return
fi
[ "$hop" = 0 ] || return
sed -n 's/ *\([0-9a-f]*-[0-9a-f]*\) : Crash kernel$/@region \1/p' /proc/iomem
dmesg -c >/dev/null
load_crash k1 -d >/dev/null 2>&1
# Without a region, kexec(8) does not ask the kernel
grep -q 'Crash kernel' /proc/iomem || kexec-file-load --crash /mnt/k1 /mnt/initrd x
echo "@loaded $(cat /sys/kernel/kexec_crash_loaded)"
said
[ "$(cat /sys/kernel/kexec_crash_loaded)" = 0 ] || [ "$(arg only)" ] || crash
JOB

# region NAME CRASHKERNEL QEMU-OPTION...: a vmlinux is loaded there and comes up
region()
{
	guest "region-$1" "page_poison=0 $2" -M virt -cpu cortex-a57 -smp 2 "${@:3}"
	booted 1 k1 "$2: the vmlinux comes up"
	is "$(report "$log" 1 vmcore)" ELF "... sees /proc/vmcore"
	is "$(in_region "$(base_of 1)" && echo yes)" yes "... is in the region ($(base_of 1))"
	is "$(strangers)" "" "... with nothing else in its span"
}

new_crash_disk
kernel k1 "$vmlinux"
cp "$WORK/job" "$disk/job"
region x crashkernel=64M -m 512M
region at crashkernel=64M@0x50000000 -m 512M
is "$(base_of 1)" 0x50000000 "... at the address that was asked for"
region high "crashkernel=64M,high crashkernel=16M,low" -m 5G
base=$(base_of 1)
is "$((${base:-0} >= 1 << 32))" 1 "... above 4 GiB"
is "$(report "$log" 1 ram)" 80 "... and has the low memory as well"

# What dmesg says that it takes is enough to load it
guest region-small "page_poison=0 crashkernel=8M" -M virt -cpu cortex-a57 -m 512M
is "$(report "$log" 0 loaded)" 0 "crashkernel=8M: refused"
least=$(said | sed -n 's/.*the crashkernel region has 0x800000 bytes: .* at least \(0x[0-9a-f]*\)$/\1/p')
like "$least" '^0x[0-9a-f]+$' "... with what it takes"
guest region-less "only=load page_poison=0 crashkernel=$((least / 1048576 - 2))M" -M virt -cpu cortex-a57 -m 512M
is "$(report "$log" 0 loaded)" 0 "2 MiB less than that: refused"
guest region-least "only=load page_poison=0 crashkernel=$((least / 1048576))M" -M virt -cpu cortex-a57 -m 512M
is "$(report "$log" 0 loaded)" 1 "as much as that: loaded"
guest region-none "page_poison=0" -M virt -cpu cortex-a57 -m 512M
is "$(report "$log" 0 loaded)" 0 "nothing reserved: refused"
like "$(said)" 'the crashkernel region has 0x0 bytes' "... and dmesg says that it has no bytes"

can pass-dm-crypt-keys || {
	done_testing
	exit
}

region cma "crashkernel=64M crashkernel=64M,cma" -m 512M
is "$(report "$log" 1 ram)" 128 "... and may use the CMA areas, too"

cp -r "$CACHE/arm64/dump-tools" "$disk"
cat >"$WORK/keys" <<'JOB'
mkdir -p /sys/kernel/config
mount -t configfs config /sys/kernel/config
keys=/sys/kernel/config/crash_dm_crypt_keys
. /mnt/crash.job
if captured; then
	echo yes >$keys/restore
	for key in one two; do
		echo "@$key $(tool keyctl print "$(tool keyctl search @u user disk:$key)")"
	done
elif [ "$hop" = 0 ]; then
	for key in one two; do
		tool keyctl add logon disk:$key "secret-$key-$(arg token)" @u >/dev/null
		mkdir $keys/$key
		echo disk:$key >$keys/$key/description
	done
fi
JOB
cat "$WORK/keys" "$WORK/job" >"$disk/job"
region keys "crashkernel=64M token=$$" -m 512M
for key in one two; do
	is "$(report "$log" 1 $key)" "secret-$key-$$" "... and finds the key of disk $key"
done

done_testing
