#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: debian
# machine: trixie
# packages: gdb-multiarch linux-kbuild-6.1 openssh-client
# kexec-push to a Debian 13 in QEMU, over ssh: boots, is refused, is interrupted; a machine that is
# locked down. kernel-gdb on /proc/kcore of that machine, and on QEMU's stub.

. "$(dirname "$0")/tap.sh"
# shellcheck source=tools/kexec-elf-test/t/board.sh
. "$(dirname "$0")/board.sh"

# Kernels of the machine with build-ids of their own: without a signature, since the bytes differ
id=$(build_id "$debian_dir/vmlinux")
new() { "$edit" "$test_dir/unsigned" "$test_dir/$1" "build-id=$id:$2" "${@:3}"; }
aarch64-linux-gnu-objcopy "$debian_dir/vmlinux" "$test_dir/unsigned"
new k1 1111111111111111111111111111111111111111
new bad 2222222222222222222222222222222222222222 code1=0

start push ""
is "$(running)" "$id" "the machine runs what it has booted"
push board "$test_dir/k1" --append pushed=1
is $rc 2 "arguments in the wrong order"
push --append pushed=1 board "$test_dir/k1"
is $rc 0 "a vmlinux is pushed"
like "$out" "k1: [0-9]+ of [0-9]{2,3} MB .* s.*copied .* s.*loaded .* s.*jumping .* s.*board runs 7.* s" "... with the time of each step"
like "$out" "kernel-gdb $test_dir/k1 TARGET" "... and what debugs it"
is "$(running)" 1111111111111111111111111111111111111111 "... and runs"
like "$(board cat /proc/cmdline)" "stage=push .*pushed=1$" "... with the command line of the machine, and more"
out=$("$TOP/tools/kernel-gdb/kernel-gdb" "$test_dir/k1" "$test_dir/stub" -nx -batch -ex 'print (char *)init_uts_ns.name.nodename' 2>&1)
like "$out" "build-id 1{40} is in the target's memory.*\"vmlinux\"" "... where kernel-gdb attaches to it"
push --load-only board "$test_dir/k1"
like "$rc $out" "^0 .*board has it already.*loaded" "the same again: nothing is copied"
push board "$test_dir/bad"
like "$rc $out" "^1 .*board does not load it, and runs on: .*branch" "what the kernel refuses: exit 1, in its words"
push --initrd /none board "$test_dir/k1"
like "$rc $out" "^1 .*runs on: .*/none" "... an initrd that is not there"
is "$(running)" 1111111111111111111111111111111111111111 "... and it runs on"
rc=0
timeout -s INT 2 "$TOP/tools/kexec-push/kexec-push" --whole -F "$test_dir/config" board "$debian_dir/vmlinux" >/dev/null 2>&1 || rc=$?
is "$rc $(pgrep -fc "ssh -F $test_dir/config")" "124 0" "Ctrl-C while it copies: no ssh is left"
push --load-only --whole board "$test_dir/k1"
like "$rc $(board ls /var/lib/kexec-push)" "^0 vmlinux-[0-9a-f]{64}$" "... and the next push leaves one file"

# What the machine has in the package is found by its build-id
cp "$debian_dir/vmlinux" "$test_dir/vmlinux"
push board "$test_dir/vmlinux"
like "$rc $out" "^0 .*is signed, and copied whole" "the vmlinux of the package, which is signed, is copied whole"
is "$(running)" "$id" "... and runs"
out=$(board 'kernel-gdb /proc/kcore -nx -batch -ex "print (char *)init_uts_ns.name.nodename" -ex "info threads" -ex "thread apply 3 bt"' 2>&1)
sed 's/^/# /' <<<"$out" | head -n 20
like "$out" "/usr/lib/debug/.*vmlinux.*build-id $id is in its memory.*\"vmlinux\".*kthreadd.*__schedule" "kernel-gdb there on /proc/kcore: file, memory, tasks with backtraces"
stop

start locked "lockdown=integrity crashkernel=384M"
push board "$test_dir/k1"
like "$rc $out" "^1 .*does not load it, and runs on: .*(signature|lockdown|locked down)" "locked down: a vmlinux without a signature is refused, in the kernel's words"
is "$(running)" "$id" "... and it runs on"
push board "$test_dir/vmlinux"
is "$rc $(running)" "0 $id" "... a signed one, whole, runs"
out=$(board kdump-vmlinux 2>&1)
like "$out" "a crash kernel is loaded: /usr/lib/debug/boot/vmlinux-" "... and captures: kdump-vmlinux"
keys=$CACHE/deb/linux/obj/certs
as_root cat "$keys/signing_key.pem" >"$test_dir/key.pem"
push --key "$test_dir/key.pem" --cert "$keys/signing_key.x509" board "$test_dir/k1"
like "$rc $(running) $out" "^0 1{40} .*k1: [0-9]+ of" "... one that is signed without its debug information runs"
push --key "$test_dir/key" --cert "$keys/signing_key.x509" board "$test_dir/k1"
like "$rc $out" "^1 kexec-push: sign-file: " "... a key that is none"
stop

for bad in "" board "board /none" "board $TOP/README.md" "--wait x board $test_dir/k1" "--key $test_dir/key board $test_dir/k1" "--bad board $test_dir/k1"; do
	# shellcheck disable=SC2086
	push $bad
	is "$rc $(wc -l <<<"$out")" "2 1" "wrong arguments, in one line: $bad"
done
push board "$test_dir/k1"
like "$rc $out" "^1 .*board: .*(refused|reset|closed|timed out)" "no machine: exit 1, in ssh's words"
like "$("$TOP/tools/kexec-push/kexec-push" --help)" "HOST VMLINUX" "--help"

done_testing
