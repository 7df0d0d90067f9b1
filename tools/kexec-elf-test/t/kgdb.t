#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: all debug
# kernels: NEWEST-debug
# packages: gdb-multiarch python3-drgn
# kernel-gdb over kgdb on a serial line, in the kernel that kexec has started, under KASLR: after
# sysrq-g, and with kgdbwait. Linux's own commands, and the symbols of a module.

. "$(dirname "$0")/tap.sh"

use_linux "$NEWEST-debug"

# The pty that QEMU has made for the second serial line
pty() { sed -n 's/^char device redirected to \(.*\) (label kgdb)$/\1/p' "$test_dir/$1.log.qemu"; }

# debugger NAME GDB-OPTION...: attach once the guest enters kgdb
debugger()
{
	local i

	for ((i = 0; i < 600; i++)); do
		! grep -sqx "@attach." "$test_dir/$1.log" || break
		sleep 0.1
	done
	# The kernel prints nothing once it is in kgdb
	sleep 2
	timeout 100 "$TOP/tools/kernel-gdb/kernel-gdb" "$disk_dir/vmlinux" "$(pty "$1")" -nx -batch "${@:2}"
}

# debug NAME APPEND GDB-OPTION...: run the guest, and the debugger. Sets $out.
debug()
{
	local gdb

	debugger "$1" "${@:3}" >"$test_dir/gdb.out" 2>&1 9>&- &
	gdb=$!
	guest "$1" "$2" -M virt -cpu cortex-a57 -smp 2 -m 512M -chardev pty,id=kgdb -device pci-serial,chardev=kgdb
	wait $gdb || :
	out=$(<"$test_dir/gdb.out")
	sed 's/^/# /' "$test_dir/gdb.out" | cut -c 1-150
}

new_disk debug-kgdb
kernel vmlinux "$BUILD/vmlinux"
cp "$BUILD/drivers/misc/lkdtm/lkdtm.ko" "$disk_dir"
debug sysrq "" -ex "source $BUILD/vmlinux-gdb.py" -ex bt -ex "info threads" -ex 'pipe lx-ps | grep -c .' \
	-ex "kernel-modules $BUILD/drivers/misc" -ex "info symbol lkdtm_do_action" -ex "echo by lx-symbols:\n" -ex "lx-symbols $BUILD/drivers/misc" \
	-ex "info symbol lkdtm_do_action" -ex "echo again:\n" -ex kernel-modules -ex 'printf "release: %s\n", init_uts_ns.name.release' \
	-ex "break __arm64_sys_sethostname" -ex continue -ex bt -ex delete -ex "set var panic_timeout = 4711"
like "$out" "offset 0x[0-9a-f]+ by kgdb_breakpoint\(\): build-id ${build_ids[vmlinux]} is in the target's memory" "sysrq-g: the offset is found, and the build-id compared"
like "$(fact 1 kaslr)" "^enabled" "... under KASLR"
like "$out" "sysrq_handle_dbg.*write_sysrq_trigger.*el0_svc" "... the backtrace down to the system call"
like "$out" "Thread [0-9]+ \(kthreadd\).*Thread [0-9]+ \(kswapd0\)" "... all tasks are threads"
like "${out%by lx-symbols*}" "lkdtm_do_action.* in section \.text of .*lkdtm\.ko" "... kernel-modules finds the module's file by its build-id"
like "$out" "by lx-symbols:.*lkdtm_do_action.* in section \.text of .*lkdtm\.ko.*again:" "... lx-symbols finds the module's symbols"
like "${out#*again:}" "symbols of modules are loaded: 1" "... after which kernel-modules loads them again"
like "$out" "release: $(fact 1 release)" "... and those of the kernel are where it runs, after that"
like "$out" "hit .*__arm64_sys_sethostname \(.*sys\.c:[0-9]+" "... a breakpoint by name is hit"
is "$(fact 1 panic)" 4711 "... a variable is set, and the kernel runs on"
booted 1 vmlinux "... in the kernel that was loaded"

debug wait "wait=1" -ex bt -ex "set var panic_timeout = 4711"
like "$out" "build-id ${build_ids[vmlinux]} is in the target's memory" "kgdbwait: the build-id is compared"
like "$out" "kgdb_initial_breakpoint.*do_initcall" "... while the kernel boots"
is "$(fact 1 panic)" 4711 "... a variable is set, and the kernel runs on"
booted 1 vmlinux "... in the kernel that was loaded"

done_testing
