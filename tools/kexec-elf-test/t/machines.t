#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: check all@EACH
# The vmlinux with DWARF on small and large machines, and on one whose RAM begins at 0

. "$(dirname "$0")/tap.sh"

new_disk chain
kernel k1 "$vmlinux"

guest 128m "" -M virt -cpu cortex-a57 -smp 1 -m 128M
booted 1 k1 "128 MB"
like "$(fact 1 memory)" '^1[0-2][0-9]{4} kB' "... and so much is there"

guest 256m "" -M virt -cpu cortex-a57 -smp 1 -m 256M
booted 1 k1 "256 MB, 1 CPU"
is "$(fact 1 cpus)" 1 "... and it is there"
like "$(fact 1 memory)" '^2[0-9]{5} kB' "... and so is the memory"

guest 4g "page_poison=0" -M virt -cpu cortex-a57 -smp 2 -m 4G
booted 1 k1 "4 GB, 2 CPUs"
is "$(fact 1 cpus)" 2 "... and they are there"
like "$(fact 1 memory)" '^[34][0-9]{6} kB' "... and so is the memory"

guest 8g "page_poison=0" -M virt -cpu cortex-a57 -smp 2 -m 8G
booted 1 k1 "8 GB"
like "$(fact 1 memory)" '^[78][0-9]{6} kB' "... and it is there"

# Two nodes, the memory between which is not to be used: from 0x52000000 to
# 0x6e000000, which leaves a bit of the first and most of the second
# shellcheck disable=SC2054 # the commas are QEMU's
numa=(-M virt -cpu cortex-a57 -smp 2 -m 1G
      -object memory-backend-ram,id=m0,size=512M -numa node,nodeid=0,cpus=0,memdev=m0
      -object memory-backend-ram,id=m1,size=512M -numa node,nodeid=1,cpus=1,memdev=m1)
device_tree "$test_dir/dtb" "${numa[@]}"
usable "$test_dir/dtb" 0x40000000 0x12000000 0x6e000000 0x12000000
guest numa "" "${numa[@]}" -dtb "$test_dir/dtb"
booted 1 k1 "two NUMA nodes, and a hole between their memory"
! grep -qx CONFIG_NUMA=y "$BUILD/.config" ||
	is "$(fact 1 nodes)" 2 "... and both are there"

guest max "" -M virt -cpu max,pauth-impdef=on -smp 2 -m 1G
booted 1 k1 "a CPU with all that QEMU knows"

# RAM begins at 0 on this board. QEMU puts the first kernel at 2 MiB; once the
# second is higher, the lowest hole for the third is at 0.
copy=$(can load-into-cma && echo copy=1 || :)
kernel k2 "$vmlinux"
kernel k3 "$flat"
kernel k4 "$stripped"
guest base0 "cma=0 $copy carry=cma=0,$copy" -M xlnx-versal-virt -m 1G
booted 2 k2 "vmlinux with its base at physical address 0"
is "$(base_of 2)" 0x0 "... and it is there"
booted 4 k4 "... and on from there"

done_testing
