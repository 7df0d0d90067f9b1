#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: check all crash@NEWEST,6.12
# packages: gdb-multiarch python3-drgn
# make demo-crash: gdb and drgn find in the dump what was there before the crash, with KASLR and
# without. What kernel-gdb refuses.

. "$(dirname "$0")/tap.sh"

demo() { rc=0; out=$(env MEM=512M "$@" "$TEST/demo/demo-crash.sh" 2>"$test_dir/err") || rc=$?; }
drgn_report() { /usr/bin/python3 -B "$TEST/demo/report.py" "$vmlinux" "$1" 2>&1; }

# Without the copy that report.py makes of a vmlinux with an empty PT_LOAD
drgn_alone()
{
	/usr/bin/python3 -B - "$vmlinux" "$1" 2>&1 <<-'PY' | tail -n 1
	import sys, drgn
	prog = drgn.Program()
	prog.set_core_dump(sys.argv[2])
	prog.load_debug_info([sys.argv[1]])
	print(prog["init_uts_ns"].name.release.string_().decode())
	PY
}

is "$(readelf -lW "$vmlinux" | awk '$1 == "LOAD" && $6 ~ /^0x0+$/' | wc -l)" 0 "vmlinux has no empty PT_LOAD"

mkdir -p "$test_dir/dump"
for kaslr in enabled disabled; do
	demo DUMP="$test_dir/dump" APPEND="$([ $kaslr = enabled ] || echo nokaslr)"
	is $rc 0 "KASLR $kaslr: the dump shows what was there"
	[ $rc = 0 ] || sed 's/^/# /' "$test_dir/err"
	console=$(sed -n 's/^demo-crash: console: //p' "$test_dir/err")
	read_facts "$console"
	like "$(fact 0 kaslr)" "^$kaslr" "... and KASLR was $kaslr"
	like "$out" "captured by vmlinux .*, build-id $(build_id "$vmlinux")" "... captured by the vmlinux that reads it"
	for reader in gdb drgn; do
		part=$(sed -n "/^$reader:/,/^$/p" <<<"$out")
		like "$part" "sysrq_handle_crash.*__handle_sysrq.*write_sysrq_trigger.*el0_svc" \
		     "... $reader: the backtrace of the task that panicked, down to the system call"
		like "$part" "lkdtm_SOFTLOCKUP.*lkdtm_do_action.*vfs_write" "... $reader: that of the other CPU"
	done
	is "$(drgn_report "$test_dir/dump/dump")" "$(drgn_report "$test_dir/dump/vmcore")" \
	   "... drgn sees the same in what makedumpfile has compressed"
	is "$(drgn_alone "$test_dir/dump/vmcore")" "$(sed -n 's/^ *release: //p' <<<"$out" | head -n 1)" \
	   "... drgn reads the dump with vmlinux as it is"
	is "$(drgn_report "$test_dir/dump/dump.elf")" "$(drgn_report "$test_dir/dump/vmcore")" \
	   "... and in what it has filtered"
done

gdb() { rc=0; out=$("$TOP/tools/kernel-gdb/kernel-gdb" "$@" 2>&1) || rc=$?; }
gdb "$vmlinux" "$test_dir/dump/dump.elf" -- -nx -batch -ex "thread apply all bt"
like "$out" "kthreadd .*kthread\.c:" "kernel-gdb: tasks that slept have a backtrace, too"
gdb --output "$test_dir/dump/all" "$vmlinux" "$test_dir/dump/dump.elf"
is "$rc $(sed -n '$s/.*core-file \(.*\).$/\1/p' <<<"$out")" "0 $test_dir/dump/all" "... --output leaves the copy, and says how to open it"
gdb --output "$test_dir/dump/all" "$vmlinux" "$test_dir/dump/dump.elf"
is "$rc $(wc -l <<<"$out")" "1 1" "... which is not overwritten"
sha=$(sha256sum <"$test_dir/dump/dump.elf")
head -c 100000 "$test_dir/dump/dump.elf" >"$test_dir/dump/cut"
gdb "$vmlinux" "$test_dir/dump/cut"
is "$rc $out" "1 kernel-gdb: $test_dir/dump/cut: truncated: the file has 100000 bytes" "... a dump that is cut is refused"
gdb "$vmlinux" "$test_dir/dump/dump"
like "$rc $out" "^1 .*not an ELF file: .* makedumpfile -E" "... so is one that gdb cannot read, with the cure"
gdb "$vmlinux" "$vmlinux"
like "$rc $out" "^1 .*no VMCOREINFO" "... and what is no dump"
gdb "$stripped" "$test_dir/dump/dump.elf"
is "$rc $(wc -l <<<"$out")" "1 1" "... a vmlinux without debug information: refused in one line"
gdb "$vmlinux"
is $rc 2 "... wrong arguments"
is "$(sha256sum <"$test_dir/dump/dump.elf")" "$sha" "... and the dump is as it was"
rm -r "$test_dir/dump"

demo CRASHKERNEL=6M
is $rc 1 "a region that is too small: exit 1"
like "$(tail -n 1 "$test_dir/err")" "kexec -s -p failed: .*the crashkernel region has 0x600000 bytes" "... and why"
demo SMP=1
is "$rc $(wc -l <"$test_dir/err")" "2 1" "one CPU: wrong, in one line"
demo DUMP=/none
is "$rc $(wc -l <"$test_dir/err")" "2 1" "no such folder: wrong, in one line"
like "$("$TEST/demo/demo-crash.sh" --help)" "CRASHKERNEL=128M" "--help"

done_testing
