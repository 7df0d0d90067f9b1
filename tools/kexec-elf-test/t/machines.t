#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The vmlinux with DWARF on small and large machines, from physical address 0 up

. "$(dirname "$0")/tap.sh"

new_disk
kernel k1 "$vmlinux"
cat >"$disk/job" <<'JOB'
[ "$hop" = 1 ] || { load k1; kexec -e; }
JOB

guest 256m "" -M virt -cpu cortex-a57 -smp 1 -m 256M
booted 1 k1 "256 MB, 1 CPU"
is "$(report "$log" 1 cpus)" 1 "... and it is there"
like "$(report "$log" 1 memory)" '^2[0-9]{5} kB' "... and so is the memory"

guest 4g "" -M virt -cpu cortex-a57 -smp 2 -m 4G
booted 1 k1 "4 GB, 2 CPUs"
is "$(report "$log" 1 cpus)" 2 "... and they are there"
like "$(report "$log" 1 memory)" '^[34][0-9]{6} kB' "... and so is the memory"

guest max "" -M virt -cpu max,pauth-impdef=on -smp 2 -m 1G
booted 1 k1 "a CPU with all that QEMU knows"

# RAM begins at 0 on this board. QEMU puts the first kernel at 2 MiB; once the
# second is higher, the lowest hole for the third is at 0.
kernel k2 "$vmlinux"
kernel k3 "$flat"
kernel k4 "$stripped"
cat >"$disk/job" <<'JOB'
[ "$hop" = 4 ] || { load "k$((hop + 1))"; kexec -e; }
JOB
guest base0 "" -M xlnx-versal-virt -m 1G
booted 2 k2 "vmlinux with its base at physical address 0"
is "$(report "$log" 2 text | sed 's/-.*//')" 00000000 "... and it is there"
booted 4 k4 "... and on from there"

done_testing
