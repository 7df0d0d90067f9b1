#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: check all crash@NEWEST,6.12
# packages: gdb-multiarch
# gdb debugs the kernel that kexec has started, on QEMU's stub and with the vmlinux that was loaded:
# from its first function on, and under KASLR

. "$(dirname "$0")/tap.sh"

# debug NAME MARK GDB-OPTION...: run the guest, and gdb once MARK is on the console
debug()
{
	local name=$1 mark=$2 debugger
	shift 2

	rm -f "$test_dir/gdb.out" "$test_dir/stub"
	(
		for ((i = 0; i < 600; i++)); do
			! grep -sqx "@$mark." "$test_dir/$name.log" || break
			sleep 0.1
		done
		timeout 60 gdb-multiarch -nx -batch -iex "set auto-load no" \
			-ex "target remote $test_dir/stub" "$@"
	) >"$test_dir/gdb.out" 2>&1 9>&- &
	debugger=$!
	guest "$name" "" -M virt -cpu cortex-a57 -smp 2 -m 512M \
		-gdb "unix:$test_dir/stub,server=on,wait=off"
	wait $debugger || :
	sed 's/^/# /' "$test_dir/gdb.out" | cut -c 1-150
}

# The second kernel does not move, so its addresses are those of the file. Set a
# breakpoint while the first, which does, still runs.
new_disk debug-start
kernel k1 "$vmlinux"
debug nokaslr attach -ex "file $disk_dir/k1" -ex "hbreak start_kernel" -ex continue \
	-ex bt -ex 'printf "cmdline: %s\n", boot_command_line' -ex "hbreak kernel_power_off" -ex "delete 1" \
	-ex continue -ex bt -ex detach
out=$(<"$test_dir/gdb.out")
like "$out" "hit .*start_kernel \(\) at [^ ]*init/main.c:[0-9]+" "nokaslr: start_kernel() of the second kernel is reached, by name"
like "$out" "#1 .*__primary_switched \(\) at [^ ]*head.S:[0-9]+" "... called where it should be"
like "$out" "hit .*kernel_power_off \(\) at [^ ]*reboot.c:[0-9]+" "... and so is kernel_power_off(), later"
like "$out" "#[1-9] .*__do_sys_reboot" "... called by the system call"
booted 1 k1 "... in the kernel that was loaded"

# Under KASLR, VBAR_EL1 holds the address of vectors
new_disk debug-running
kernel k1 "$vmlinux"
debug kaslr attach -ex "file $disk_dir/k1" \
	-ex 'set $offset = $VBAR - (unsigned long)&vectors' \
	-ex 'printf "offset %#lx\n", $offset' \
	-ex "symbol-file $disk_dir/k1 -o \$offset" \
	-ex "hbreak __arm64_sys_sethostname" -ex continue -ex bt \
	-ex 'printf "release: %s\n", init_uts_ns.name.release' -ex "delete" \
	-ex "set var panic_timeout = 4711" -ex detach
out=$(<"$test_dir/gdb.out")
stext=$(aarch64-linux-gnu-nm "$vmlinux" | sed -n 's/ . _stext$//p')
is "$(sed -n 's/^offset //p' "$test_dir/gdb.out")" \
   "$(printf '0x%x' $((0x$(fact 1 stext) - 0x$stext)))" "KASLR: the offset that VBAR_EL1 gives is that of the kernel"
like "$out" "hit .*__arm64_sys_sethostname \(.*sys.c:[0-9]+" "... a function is reached, by name"
like "$out" "#[1-9] .*el0_svc \(" "... called by the system call"
like "$out" "release: $(fact 1 release)" "... a variable is read"
is "$(fact 1 panic)" 4711 "... and another set"
booted 1 k1 "... in the kernel that was loaded"

done_testing
