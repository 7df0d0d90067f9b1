#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: check all crash@NEWEST,6.12
# kernels: 6.12
# packages: gdb-multiarch python3-drgn
# kernel-gdb on the kernel that kexec has started, through QEMU's stub and with the vmlinux that was
# loaded: from start_kernel() on, and while it runs; wherever KASLR has put it, in EL1 and EL2, with
# KPTI. What it refuses.

. "$(dirname "$0")/tap.sh"

stub=$test_dir/stub
# A CPU without VHE, unless the kernel has 16K pages, which cortex-a57 lacks
cpu=cortex-a57
! grep -qs '^CONFIG_ARM64_16K_PAGES=y' "$BUILD/.config" || cpu=max,pauth-impdef=on
gdb() { timeout 100 "$TOP/tools/kernel-gdb/kernel-gdb" "$@"; }

# at_mark NAME MARK COMMAND...: run a command once MARK is on the console of that guest
at_mark()
{
	local i

	rm -f "$stub" "$test_dir/$1.log"
	for ((i = 0; i < 600; i++)); do
		! grep -sqx "@$2." "$test_dir/$1.log" || break
		sleep 0.1
	done
	"${@:3}"
}

# debug NAME QEMU-OPTIONS COMMAND...: run the guest, and the command at its mark. Sets $out.
debug()
{
	local name=$1 options=$2 debugger
	shift 2

	at_mark "$name" attach "$@" >"$test_dir/gdb.out" 2>&1 9>&- &
	debugger=$!
	# shellcheck disable=SC2086
	guest "$name" "" $options -m 512M -gdb "unix:$stub,server=on,wait=off"
	wait $debugger || :
	out=$(<"$test_dir/gdb.out")
	sed 's/^/# /' "$test_dir/gdb.out" | cut -c 1-150
}

# The kernel that is attached to before it runs. Where it is loaded, its console shows.
next_kernel()
{
	local base
	base=$(sed -n 's/^@base \(0x[0-9a-f]*\).*/\1/p' "$test_dir/early.log")

	gdb --early="$base" "$disk_dir/k1" "$stub" -nx -batch -ex bt \
		-ex "hbreak kernel_power_off" -ex continue -ex bt \
		-ex 'printf "cmdline: %s\n", saved_command_line'
}

new_disk debug-start
kernel k1 "$vmlinux"
debug early "-M virt -cpu $cpu -smp 2" next_kernel
like "$out" "hit .*start_kernel \(\) at [^ ]*init/main.c:[0-9]+" "--early: start_kernel() of the second kernel is reached, under KASLR"
like "$out" "build-id ${build_ids[k1]} is in its memory" "... and it is the kernel of the file"
like "$out" "#1 .*__primary_switched \(\) at [^ ]*head.S:[0-9]+" "... called where it should be"
like "$out" "hit .*kernel_power_off \(\) at [^ ]*reboot.c:[0-9]+" "... and kernel_power_off(), later"
like "$out" "#[1-9] .*__do_sys_reboot" "... called by the system call"
like "$out" "cmdline: .*hop=1" "... with the command line that it was given"
like "$(fact 1 kaslr)" "^enabled" "... KASLR was enabled"
booted 1 k1 "... in the kernel that was loaded"

# attach NAME QEMU-OPTIONS: to a running k1, which sets its host name over and over
attach()
{
	debug "$1" "$2" gdb "$disk_dir/k1" "$stub" -nx -batch \
		-ex "hbreak __arm64_sys_sethostname" -ex continue -ex bt \
		-ex 'printf "release: %s\n", init_uts_ns.name.release' -ex "delete" \
		-ex 'printf "mask: %lx\n", $pauth_cmask_high' \
		-ex "set var panic_timeout = 4711"
}

# attached NAME BY: what attach() shall have found
attached()
{
	local stext
	stext=$(aarch64-linux-gnu-nm "$disk_dir/k1" | sed -n 's/ . _stext$//p')

	like "$out" "offset $(printf '0x%x' $((0x$(fact 1 stext) - 0x$stext))) by $2" "$1: the offset is that of the kernel, by $2"
	like "$out" "build-id ${build_ids[k1]} is in the target's memory" "... and the build-id was compared"
	like "$out" "hit .*__arm64_sys_sethostname \(.*sys.c:[0-9]+" "... a function is reached, by name"
	like "$out" "#[1-9] .*el0_svc \(" "... called by the system call"
	like "$out" "release: $(fact 1 release)" "... a variable is read"
	like "$out" "mask: fff[f0]000000000000" "... gdb knows the bits of a signature"
	is "$(fact 1 panic)" 4711 "... and another set"
	booted 1 k1 "... in the kernel that was loaded"
}

new_disk debug-running
kernel k1 "$vmlinux"
attach el1 "-M virt -cpu $cpu -smp 2"
attached "EL1" "vectors of CPU [01]"
attach el2 "-M virt,virtualization=on -cpu max,pauth-impdef=on -smp 2"
attached "EL2, VHE" "vectors of CPU [01]"

# With KPTI, and two CPUs in user space that run a loop
new_disk debug-running
use_linux 6.12
kernel k1 "$BUILD/vmlinux"
touch "$disk_dir/busy"
attach kpti "-M virt -cpu cortex-a57 -smp 2"
attached "KPTI, CPUs in user space" "(page tables|vectors) of CPU [01]"
use_linux "$LINUX_VERSION"

# run_gdb NAME FILE... TARGET: keep what it prints and its exit code. gdb itself prints where a target
# stopped.
run_gdb()
{
	local rc=0

	gdb "${@:2}" -nx -batch -ex "print 4711" >"$test_dir/$1.out" 2>&1 || rc=$?
	sed -i '/ in ?? ()$/d' "$test_dir/$1.out"
	echo $rc >"$test_dir/$1.rc"
}

# What goes wrong while the target runs; at last, it is let go
go_wrong()
{
	run_gdb other "$disk_dir/k2" "$stub"
	run_gdb stripped "$disk_dir/k1.stripped" "$stub"
	run_gdb no-vmlinux "$disk_dir/job" "$stub"
	run_gdb nothing "$disk_dir/k1" /none
	run_gdb refused "$disk_dir/k1" localhost:9
	cd "$test_dir"
	run_gdb unnamed "$stub"
	ln -s "$disk_dir/k1" vmlinux
	run_gdb found "$stub"
	rm vmlinux
	gdb "$disk_dir/k1" "$stub" -nx -batch -ex "set var panic_timeout = 4711"
}

# wrong NAME WORDS PATTERN: exit 1, one line, none of gdb's commands was run
wrong()
{
	out=$(<"$test_dir/$1.out")
	is "$(<"$test_dir/$1.rc") $(wc -l <<<"$out")" "1 1" "$2: exit 1, in one line"
	like "$out" "^kernel-gdb: .*$3" "... which reports why"
}

new_disk debug-running
kernel k1 "$vmlinux"
kernel k2 "$vmlinux"
aarch64-linux-gnu-strip -o "$disk_dir/k1.stripped" "$disk_dir/k1"
debug refuse "-M virt -cpu $cpu -smp 1" go_wrong
wrong other "the vmlinux of another kernel" "build-id ${build_ids[k1]}; .*/k2 has ${build_ids[k2]}"
wrong stripped "a stripped vmlinux" "k1.stripped: .*: stripped"
wrong no-vmlinux "what is no vmlinux" "job: not an ELF file"
wrong nothing "a target that is not there" "/none: no such file, and not HOST:PORT"
wrong refused "where nothing listens" "localhost:9: .*Connection refused"
wrong unnamed "no vmlinux to be found" "no vmlinux .* name it|build-id ${build_ids[k1]}"
wrong found "no VMLINUX, and one in the current folder" "no vmlinux .* name it|build-id ${build_ids[k1]}"
is "$(fact 1 panic)" 4711 "... and the target has run on after all of them"

out=$(env MEM=512M "$TEST/demo/demo-debug.sh" 2>"$test_dir/err") || echo "# $(tail -n 1 "$test_dir/err")"
like "$(tail -n 1 <<<"$out")" "^demo-debug: attached to vmlinux .*, build-id $(build_id "$vmlinux"), offset 0x[0-9a-f]+; .*to ([0-9]+), and the kernel says [0-9]+$" "make demo-debug: its last line"
like "$out" "sys\.c:[0-9]+.*#0 .*el0t_64_sync.*swapper/0.*init" "... after source line, backtrace, tasks"
for bad in ATTACH=2 VMLINUX=/none; do
	rc=0
	env "$bad" "$TEST/demo/demo-debug.sh" >/dev/null 2>"$test_dir/err" || rc=$?
	is "$rc $(wc -l <"$test_dir/err")" "2 1" "... wrong: $bad, in one line"
done

for bad in "" "--bad $vmlinux $stub" "--early=x $vmlinux $stub" "--early=0x40000000 $stub" "$vmlinux $stub more"; do
	rc=0
	# shellcheck disable=SC2086
	out=$(gdb $bad 2>&1) || rc=$?
	is "$rc $(wc -l <<<"$out")" "2 1" "wrong arguments, in one line: $bad"
done
like "$(gdb --help)" "TARGET is one of these" "--help"

done_testing
