# SPDX-License-Identifier: GPL-2.0
# What "make demo-debug" shows of the kernel that it has attached to

set filename-display basename
hbreak __arm64_sys_sethostname
continue
backtrace
printf "init_uts_ns.name.nodename = \"%s\"\n", init_uts_ns.name.nodename
printf "panic_timeout = %d\n", panic_timeout
pipe lx-ps | head -n 6
delete
