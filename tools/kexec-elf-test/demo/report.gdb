# SPDX-License-Identifier: GPL-2.0
# Print what gdb reads in a dump. Needs the kernel's vmlinux-gdb.py. The tasks that were on the $cpus
# CPUs are the first threads.

set pagination off
set filename-display basename
printf "release: %s\n", init_uts_ns.name.release
printf "host name: %s\n", init_uts_ns.name.nodename
pipe lx-dmesg | sed -n 's/.*\(Kernel panic\)/panic: \1/p'

# gdb does not number them from 1 on.
set $thread = $_thread
while $cpus > 0
  thread apply $thread bt
  set $thread = $thread + 1
  set $cpus = $cpus - 1
end
