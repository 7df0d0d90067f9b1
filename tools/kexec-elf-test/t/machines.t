#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The vmlinux with DWARF on small and large machines, from physical address 0 up

. "$(dirname "$0")/tap.sh"

new_disk
kernel k1 "$vmlinux"
cat >"$disk/job" <<'JOB'
[ "$hop" = 1 ] || { load k1; kexec -e; }
JOB

guest 128m "" -M virt -cpu cortex-a57 -smp 1 -m 128M
booted 1 k1 "128 MB"
like "$(report "$log" 1 memory)" '^1[0-2][0-9]{4} kB' "... and so much is there"

guest 256m "" -M virt -cpu cortex-a57 -smp 1 -m 256M
booted 1 k1 "256 MB, 1 CPU"
is "$(report "$log" 1 cpus)" 1 "... and it is there"
like "$(report "$log" 1 memory)" '^2[0-9]{5} kB' "... and so is the memory"

guest 4g "page_poison=0" -M virt -cpu cortex-a57 -smp 2 -m 4G
booted 1 k1 "4 GB, 2 CPUs"
is "$(report "$log" 1 cpus)" 2 "... and they are there"
like "$(report "$log" 1 memory)" '^[34][0-9]{6} kB' "... and so is the memory"

guest 8g "page_poison=0" -M virt -cpu cortex-a57 -smp 2 -m 8G
booted 1 k1 "8 GB"
like "$(report "$log" 1 memory)" '^[78][0-9]{6} kB' "... and it is there"

# Two nodes, the memory between which is not to be used: from 0x52000000 to
# 0x6e000000, which leaves a bit of the first and most of the second
cat >"$disk/job" <<'JOB'
[ "$hop" = 1 ] && echo "@nodes $(ls -d /sys/devices/system/node/node* | grep -c .)"
[ "$hop" = 1 ] || { load k1; kexec -e; }
JOB
# shellcheck disable=SC2054 # the commas are QEMU's
numa=(-M virt -cpu cortex-a57 -smp 2 -m 1G
      -object memory-backend-ram,id=m0,size=512M -numa node,nodeid=0,cpus=0,memdev=m0
      -object memory-backend-ram,id=m1,size=512M -numa node,nodeid=1,cpus=1,memdev=m1)
device_tree "${numa[@]}"
sed -i 's,^\tchosen {,&\n\t\tlinux\,usable-memory-range = <0x0 0x40000000 0x0 0x12000000 0x0 0x6e000000 0x0 0x12000000>;,' "$WORK/dts"
dtc -q -I dts -O dtb -o "$WORK/dtb" "$WORK/dts"
guest numa "" "${numa[@]}" -dtb "$WORK/dtb"
booted 1 k1 "two NUMA nodes, and a hole between their memory"
! grep -qx CONFIG_NUMA=y "$BUILD/.config" ||
	is "$(report "$log" 1 nodes)" 2 "... and both are there"

cat >"$disk/job" <<'JOB'
[ "$hop" = 1 ] || { load k1; kexec -e; }
JOB
guest max "" -M virt -cpu max,pauth-impdef=on -smp 2 -m 1G
booted 1 k1 "a CPU with all that QEMU knows"

# RAM begins at 0 on this board. QEMU puts the first kernel at 2 MiB; once the
# second is higher, the lowest hole for the third is at 0. Not in CMA (7.x).
kernel k2 "$vmlinux"
kernel k3 "$flat"
kernel k4 "$stripped"
cat >"$disk/job" <<'JOB'
[ "$hop" = 4 ] || { kexec -s -l "/mnt/k$((hop + 1))" --initrd=/mnt/initrd --append="$(next cma=0)"; kexec -e; }
JOB
guest base0 "cma=0" -M xlnx-versal-virt -m 1G
booted 2 k2 "vmlinux with its base at physical address 0"
is "$(base_of 2)" 0x0 "... and it is there"
booted 4 k4 "... and on from there"

done_testing
