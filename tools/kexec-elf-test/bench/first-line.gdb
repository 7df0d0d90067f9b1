# SPDX-License-Identifier: GPL-2.0
#
# For gdb on QEMU's stub: print the virtual counter when the kernel that kexec has
# started is about to print its first line. Needs its symbols, and $skip, the number
# of times that the breakpoint is hit before.
#
# QEMU shows gdb no counter, so an instruction of the kernel's own reads it: an
# "mrs x0, cntvct_el0", wherever there is one.

hbreak smp_setup_processor_id
ignore $bpnum $skip
continue
delete
find /w1 &_stext, &_etext, (unsigned int)0xd53be040
set $where = $pc
set $kept = $x0
set $pc = $_
stepi
printf "@first_line %lu\n", $x0
set $pc = $where
set $x0 = $kept
detach
