#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: debian
# machine: trixie
# A Debian 13 with the packages of "make deb": make demo-debian, and what kdump-vmlinux prints on a
# machine where something is wrong

. "$(dirname "$0")/tap.sh"
. "$TOP/packaging/root.sh"
# shellcheck source=tools/kexec-elf-test/demo/debian-image.sh
. "$TEST/demo/debian-image.sh"

mkdir -p "$test_dir/dump"
rc=0
DUMP=$test_dir/dump "$TEST/demo/demo-debian.sh" >"$test_dir/out" 2>"$test_dir/err" || rc=$?
sed 's/^/# /' "$test_dir/out" "$test_dir/err"
is $rc 0 "make demo-debian"
like "$(tail -n 1 "$test_dir/out")" "^demo-debian: captured by vmlinux .*; gdb and drgn read the dump with the same file: token-.* is there" \
     "... ends in a line that reports it"
like "$(ls "$test_dir/dump")" "^dump\.[0-9]+.report.txt.vmlinux$" "... leaves the dump, as kdump-tools has written it"
read_facts "$(sed -n 's/.* console: //p' "$test_dir/err")"
like "$(fact 0 check-before) $(fact 0 kdump-vmlinux) $(fact 0 check)" "^1 0 0$" "kdump-vmlinux sets up what --check missed"
is "$(fact 1 build-id) $(fact 1 root)" "$(build_id "$debian_dir/vmlinux") /dev/vda ext4" \
   "systemctl kexec: the vmlinux boots, with its root file system in a module"
is "$(fact 1 kdump) $(fact 1 check) $(fact 1 state)" "active 1 0 running" "... and kdump is there again by itself"
is "$(fact 1 complaints)" 0 "... and kdump-vmlinux --check makes the kernel print no error"

# boot STAGE SECONDS APPEND: the machine in $test_dir/image
boot()
{
	console=$test_dir/$1.log
	debian_guest "$test_dir/image" "$console" "$2" "stage=$1 $3" -M virt -cpu max,pauth-impdef=on -smp 2 -m 1G ||
		echo "# not done in time; last words: $(tail -n 1 "$console")"
	cp "$console" "$LOGS/check-debian-$1.log"
	read_facts "$console"
}

copy_debian "$test_dir/image"
boot wrong 500 crashkernel=96M
is "$(fact 0 too-small)" 1 "crashkernel=96M: kdump-vmlinux fails"
like "$(<"$console")" "WRONG  crashkernel has 96 MiB, and [0-9]+ are needed to load and some 200 to run: set crashkernel=2[0-9][0-9]M" \
     "... and prints how much is enough"
is "$(fact 0 settings)" same "... and has changed nothing"
like "$(<"$console")" "WRONG  /sbin/kexec takes no vmlinux with -s .*: install the kexec-tools" "an older kexec"
like "$(<"$console")" "WRONG  no vmlinux with the build-id of the running kernel, [0-9a-f]{40}: install linux-image-.*-dbg" "no vmlinux"
like "$(<"$console")" "ok     /var/tmp/vmlinux is the vmlinux of the running kernel" "... but one that is named"
is "$(fact 0 without)" "active 0" "kdump-tools.service alone is active if nothing is loaded"
is "$(fact 0 with)" "failed 0" "... and failed with the drop-in"
is "$(fact 0 undo)" 0 "--undo"
is "$(fact 0 usage)" 2 "wrong arguments"

like "$(<"$console")" "ok     the kernel .* has kexec_load\(\) alone: a load takes seconds" "a kernel without kexec_file_load()"

# edit_image COMMAND: one of debugfs's. The machine has powered off without unmounting.
edit_image()
{
	e2fsck -fy "$test_dir/image" >/dev/null 2>&1 || :
	debugfs -w -R "$1" "$test_dir/image" >/dev/null 2>&1
}

# After an upgrade without the -dbg package, there is no vmlinux
copy_debian "$test_dir/image"
boot setup 400 crashkernel=384M
is "$(fact 0 kdump-vmlinux)" 0 "kdump is set up"
file=/usr/lib/debug/lib/modules/$(fact 0 release)/vmlinux
edit_image "rm $file"
boot boot 400 crashkernel=384M
is "$(fact 0 kdump) $(fact 0 state)" "failed 0 degraded" "an upgrade without a vmlinux: the next boot reports it as failed"
like "$(<"$console")" "kdump-vmlinux: no crash kernel is loaded; kdump-vmlinux --check shows what is wrong" "... and what to do"
# A stripped vmlinux will do
aarch64-linux-gnu-strip -o "$test_dir/stripped" "$debian_dir/vmlinux"
edit_image "write $test_dir/stripped /boot/vmlinux-$(fact 0 release)"
boot crash 600 "crashkernel=384M how=module token=stripped"
is "$(fact 0 kdump) $(fact 0 state)" "active 1 running" "... a stripped vmlinux in /boot: kdump is there after the next boot"
mkdir "$test_dir/crash"
debugfs -R "rdump /var/crash $test_dir/crash" "$test_dir/image" >/dev/null 2>&1
dump=$(find "$test_dir/crash" -name 'dump.*' -size +1M | head -n 1)
mkdir "$test_dir/modules"
debian_modules "$test_dir/modules"
out=$("$TOP/tools/kernel-gdb/kernel-gdb" --modules="$test_dir/modules" "$debian_dir/vmlinux" "$dump" -nx -batch \
	-ex "print init_uts_ns.name.nodename" -ex bt -ex "thread apply all -q bt 12" 2>&1) || :
sed 's/^/# /' <<<"$out" | head -n 20
like "$out" "\"stripped" "... and captures, and its dump is read with the file that has symbols"
like "$out" "#0 +0x[0-9a-f]+ in lkdtm_EXCEPTION \(\) at .*bugs\.c:[0-9]+.*vfs_write.*el0_svc" "a crash in a module: its task comes first, with the module's lines"
like "$out" "lkdtm_HUNG_TASK \(\) at .*bugs\.c:[0-9]+" "... a task that hangs is in the module, too"
out=$("$TOP/tools/kernel-gdb/kernel-gdb" "$debian_dir/vmlinux" "$dump" -nx -batch -ex bt 2>&1) || :
like "$out" "no file has the build-id of .*lkdtm.*: install the package .* kernel-modules DIR.*#0 .* in \?\? \(\)" "... without the module's file, kernel-gdb reports it"

# A dump that cannot be saved: the capture kernel prints the end of the log
boot crash 600 "crashkernel=384M full=1 token=full"
like "$(<"$console")" "kexec-vmlinux: the dump was not saved.*Kernel panic - not syncing: sysrq triggered crash.*sysrq_handle_crash.*kexec-vmlinux: end" \
     "a full disk: the capture kernel prints the message of the panic and the stack"

done_testing
