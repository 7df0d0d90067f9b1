#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: check all crash@NEWEST,6.12
# packages: gdb-multiarch makedumpfile python3-drgn
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
for kaslr in disabled enabled; do
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
dump=$test_dir/dump
sha=$(sha256sum "$dump"/*)
python3 - "$dump/dump" >"$dump/flat" <<-'PY'
import struct, sys
data = open(sys.argv[1], "rb").read()
out = sys.stdout.buffer
out.write(struct.pack(">16sqq", b"makedumpfile", 1, 1).ljust(4096, b"\0"))
for at in range(0, len(data), 65536):
    part = data[at:at + 65536]
    out.write(struct.pack(">qq", at, len(part)) + part)
out.write(struct.pack(">qq", -1, -1))
PY
for file in vmcore dump.elf dump flat; do
	gdb "$vmlinux" "$dump/$file" -nx -batch -ex "info threads" -ex bt -ex "thread apply 3-5 bt" \
		-ex "print *(int *)0xffff800000000000"
	like "$out" "build-id $(build_id "$vmlinux") is in its memory" "kernel-gdb, $file: the build-id was compared"
	like "$out" "Thread [0-9]+ .sh. .on CPU [01].*Thread [0-9]+ .kthreadd" "... tasks are threads, with their names; those that ran come first"
	like "$out" "sysrq_handle_crash.*el0t_64_sync" "... the one that has panicked is the current one"
	like "$out" "ret_from_fork \(\)" "... one that slept has a backtrace"
	like "$out" "Cannot access memory at address 0xffff800000000000" "... what is not mapped is not made up"
done
# The report, in each format; its stack is gdb's
frames() { sed -nE 's/^ *#[0-9]+ +(0x[0-9a-f]+ in )?([a-z_0-9]+) ?\(.* at (.*\/)?([a-z_-]+\.[ch]:[0-9]+)$/\2 \4/p'; }
gdb "$vmlinux" "$dump/dump" -nx -batch -ex "set width 0" -ex bt
stack=$(frames <<<"$out")
for file in vmcore dump.elf dump flat; do
	gdb --report "$vmlinux" "$dump/$file"
	is "$rc $(sed -n '/^crashed task:/,/^$/p' <<<"$out" | frames)" "0 $stack" "kernel-gdb --report, $file: the stack of gdb"
	like "$out" "Kernel panic - not syncing: sysrq triggered crash" "... the message of the panic"
	like "$(sed -n '/^other CPUs:/,/^blocked/p' <<<"$out")" "on CPU 1:.*lkdtm_SOFTLOCKUP\(" "... the other CPU"
	is "$(grep -c "cannot be read" <<<"$out")" 1 "... all but the sizes of slabs, which this kernel does not count"
done
gdb --report --json "$vmlinux" "$dump/dump"
like "$(python3 -c 'import json, sys; print(*json.load(sys.stdin))' <<<"$out")" "time kernel panic crashed task other CPUs blocked tasks events memory modules log" "... as JSON"
size=$(stat -c %s "$dump/dump")
for size in $((size * 9 / 10)) $((size / 2)) 50000; do
	head -c $size "$dump/dump" >"$dump/cut"
	gdb --report "$vmlinux" "$dump/cut"
	like "$rc $out" "^0 Crash report .*it has $size of .*release: 7.*build-id: $(build_id "$vmlinux")" "... of a dump that is cut to $size bytes: as much as there is"
done
gdb "$dump/dump" -nx -batch
like "$rc $out" "^1 kernel-gdb: no vmlinux with build-id $(build_id "$vmlinux"): name it, or install linux-image-[^ ]*-dbg \(looked at /usr/lib/debug/boot/" "... no VMLINUX: looked for by build-id"
ln -s "$vmlinux" "$dump/vmlinux"
out=$(cd "$dump" && "$TOP/tools/kernel-gdb/kernel-gdb" dump -nx -batch -ex "print 4711" 2>&1) || :
like "$out" "no vmlinux with build-id" "... and not in the current folder"
rm "$dump/vmlinux"
head -c 100000 "$dump/dump.elf" >"$dump/cut"
gdb "$vmlinux" "$dump/cut"
is "$rc $out" "1 kernel-gdb: $dump/cut: truncated or damaged: the file has 100000 bytes" "... a dump that is cut is refused"
for size in 100000 4000000; do
	head -c $size "$dump/dump" >"$dump/cut"
	gdb "$vmlinux" "$dump/cut"
	is "$rc $out" "1 kernel-gdb: $dump/cut: truncated or damaged: the file has $size bytes" "... also a compressed one, of $size bytes"
done
gdb "$vmlinux" "$vmlinux"
like "$rc $out" "^1 .*not a dump of" "... and what is no dump"
gdb "$stripped" "$dump/dump.elf"
is "$rc $(wc -l <<<"$out")" "1 1" "... a vmlinux without debug information: refused in one line"
"$edit" "$vmlinux" "$dump/other" "build-id=$(build_id "$vmlinux"):0123456789012345678901234567890123456789"
gdb "$dump/other" "$dump/dump.elf"
like "$rc $out" "^1 kernel-gdb: .* is of a kernel with build-id $(build_id "$vmlinux"); .*/other has 0123456789" "... and one of another build"
gdb --bad "$vmlinux" "$dump/dump.elf"
is "$rc $(wc -l <<<"$out")" "2 1" "... wrong arguments"
rm -f "$dump"/{cut,flat,other}
is "$(sha256sum "$dump"/*)" "$sha" "... and the dumps are as they were"
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
