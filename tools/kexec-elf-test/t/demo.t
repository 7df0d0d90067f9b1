#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: check all@EACH
# make demo: what it prints, with our vmlinux and with a user's

. "$(dirname "$0")/tap.sh"

demo() { rc=0; out=$(env "$@" "$TEST/demo/demo.sh" 2>"$test_dir/err") || rc=$?; }

demo MEM=512M SMP=1
is $rc 0 "the vmlinux that was built"
like "$(tail -n 1 <<<"$out")" \
     "^demo: booted vmlinux [67]\.[0-9]+\.[0-9]+-kexec-vmlinux, build-id $(build_id "$vmlinux"), text at 0x[0-9a-f]+, data at 0x[0-9a-f]+$" \
     "... its last line"
# Linux 6.1 is one PT_LOAD, without a gap.
for word in base text $([ "$(loads "$vmlinux")" = 1 ] || echo gap) data BSS initrd "device tree" "end of the kernel's span"; do
	like "$(sed '$d' <<<"$out")" "$word" "... the picture has: $word"
done

# A user's: compressed, with an initrd whose /init is to run
mkdir -p "$test_dir/user"
gzip -c "$stripped" >"$test_dir/user/vmlinux.gz"
printf '#!/.kexec-vmlinux/sh\necho from the init of the user\n/.kexec-vmlinux/poweroff -f\n' >"$test_dir/user/init"
chmod +x "$test_dir/user/init"
(cd "$test_dir/user" && echo init | cpio --quiet -o -H newc | gzip) >"$test_dir/initrd.gz"
demo MEM=512M SMP=1 CPU=cortex-a57 VMLINUX="$test_dir/user/vmlinux.gz" \
	INITRD="$test_dir/initrd.gz" APPEND="nokaslr quiet"
is $rc 0 "vmlinux.gz with an initrd and a command line of the user's"
console=$(sed -n 's/^demo: console: //p' "$test_dir/err")
read_facts "$console"
like "$(fact 1 cmdline)" "hop=1 nokaslr quiet$" "... which the second kernel has"
like "$(<"$console")" "from the init of the user" "... and starts the initrd's /init"
head -c 1000000 "$vmlinux" >"$test_dir/user/cut"
demo VMLINUX="$test_dir/user/cut"
is "$rc $(tail -n 1 "$test_dir/err" | grep -c 'or is truncated')" "2 1" "a truncated vmlinux"

"$edit" "$stripped" "$test_dir/user/bad" code1=0
demo MEM=512M SMP=1 VMLINUX="$test_dir/user/bad"
is $rc 1 "a vmlinux that the kernel refuses"
like "$(tail -n 1 "$test_dir/err")" "^demo: kexec -s -l failed: .*Exec format error: .*neither code0 .* is a branch" "... and why"

# This one is loaded, and cannot run: its first instruction is a jump to itself
"$edit" "$stripped" "$test_dir/user/hangs" code0=0x14000000
demo MEM=512M SMP=1 TIMEOUT=10 VMLINUX="$test_dir/user/hangs"
is $rc 1 "a vmlinux that hangs"
like "$(tail -n 1 "$test_dir/err")" "^demo: the second kernel did not report" "... is not taken for one that boots"

for bad in VMLINUX=/none INITRD=/none MEM=lots SMP=0 SMP=two TIMEOUT=x VMLINUX=/etc/passwd; do
	demo "$bad"
	is "$rc $(wc -l <"$test_dir/err")" "2 1" "wrong: $bad, in one line"
done
rc=0
"$TEST/demo/demo.sh" --bad >/dev/null 2>&1 || rc=$?
is $rc 2 "wrong: an argument"
like "$("$TEST/demo/demo.sh" --help)" "VMLINUX=FILE" "--help"
demo CPU=none MEM=512M
is $rc 1 "a CPU that QEMU does not have"
like "$(tail -n 1 "$test_dir/err")" "^demo: QEMU did not start: .*none" "... in QEMU's words"

done_testing
