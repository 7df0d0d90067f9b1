#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: debian debug
# machine: trixie
# packages: binutils-aarch64-linux-gnu openssh-client
# What tools/kernel-gdb/debugging.rst has on other tools, on a Debian 13 whose kernel kexec has booted
# from its vmlinux: those of Debian on the machine, Linux's own scripts beside it

. "$(dirname "$0")/tap.sh"
# shellcheck source=tools/kexec-elf-test/t/board.sh
. "$(dirname "$0")/board.sh"

# on_board NAME COMMAND: run it there, and print the first lines. Sets $out.
on_board()
{
	out=$(timeout 300 ssh -F "$test_dir/config" -o LogLevel=ERROR board "$2" 2>&1) || :
	head -n 12 <<<"$out" | cut -c 1-130 | sed "s/^/# $1: /"
}

start tools "" cortex-a72
push --whole board "$debian_dir/vmlinux"
is "$rc $(running)" "0 $(build_id "$debian_dir/vmlinux")" "the machine runs the vmlinux that kexec has loaded"
on_board versions "dpkg-query -W -f '\${Package} \${Version}\n' drgn python3-drgn crash linux-perf bpftrace gdb 2>/dev/null"

on_board drgn 'drgn -q -e "print(prog[\"init_uts_ns\"].name.release.string_().decode(), stack_trace(2)[0].name)"'
like "$out" "7\..*-vmlinux __switch_to" "drgn finds the file by itself, and unwinds a task"

on_board perf 'cd /tmp && perf record -q -a -g -o p.data -- sh -c "for i in \$(seq 300); do cat /proc/self/maps >/dev/null; done" &&
	perf report -i p.data --stdio -g none --no-children -s symbol 2>/dev/null | grep -v "^#" | grep "\[k\]" | head -n 5'
like "$out" "%.*\[k\] [a-z_0-9]+" "perf record and report: functions of the kernel"
on_board annotate "cd /tmp && perf annotate -i p.data --stdio -s el0_svc 2>&1 | grep -m 3 'Disassembly of\|el0_svc>'"
like "$out" "Disassembly .*vmlinux-.*el0_svc" "perf annotate: with the instructions of the file"
# shellcheck disable=SC2016
on_board probe 'perf probe -q -k /usr/lib/debug/boot/vmlinux-$(uname -r) -a "open=do_sys_openat2 dfd" && cat /sys/kernel/tracing/kprobe_events; perf probe -q -d "*"'
like "$out" "p:probe/open .* dfd=%x0" "perf probe: an argument by name"

on_board bpftrace 'bpftrace -e "fentry:vfs_open { printf(\"opens %s\n\", str(args.path->dentry->d_name.name)); exit() }"'
like "$out" "opens [^ ]+" "bpftrace: an argument by its type"

# shellcheck disable=SC2016
on_board crash 'printf "sys\nquit\n" | crash -s /usr/lib/debug/boot/vmlinux-$(uname -r)'
case $out in
*RELEASE:*) like "$out" "RELEASE: 7\.[0-9.]*-vmlinux" "crash" ;;
*)	skip "crash reads no kernel of this version: $(grep -m 1 '^crash: ' <<<"$out")" ;;
esac

board 'dmesg -C; echo l >/proc/sysrq-trigger; sleep 1; dmesg' >"$test_dir/dmesg"
export CROSS_COMPILE=aarch64-linux-gnu-
out=$("$LINUX/scripts/decode_stacktrace.sh" "$debian_dir/vmlinux" <"$test_dir/dmesg" 2>&1) || :
like "$out" "sysrq_handle_showallcpus \(.*drivers/tty/sysrq\.c:[0-9]+\)" "decode_stacktrace.sh: lines of source"
place=$(grep -om 1 'sysrq_handle_showallcpus+0x[0-9a-f]*/0x[0-9a-f]*' "$test_dir/dmesg") || :
out=$("$LINUX/scripts/faddr2line" "$debian_dir/vmlinux" "$place" 2>&1) || :
like "$out" "sysrq_handle_showallcpus at drivers/tty/sysrq\.c:[0-9]+" "faddr2line: the same, of $place"
stop

done_testing
