#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: check all
# packages: libfdt-dev liblzma-dev libzstd-dev zlib1g-dev
# Each fuzzer goes on from the corpus of the last run for 10 seconds, and finds nothing. Two of them find
# a loader with an error.

. "$(dirname "$0")/tap.sh"

needs compile-for-host

# fuzz FORMAT: sets $rc and $out
fuzz()
{
	rc=0
	out=$("$TEST/host.sh" fuzz --time 10 "$1" 2>&1) || rc=$?
}

for format in vmlinux Image signed forged changing kexec-tools; do
	fuzz "$format"
	like "$rc $(grep '^placed' <<<"$out")" "^0 placed: [1-9]" "$format: nothing fails"
	grep 'so far' <<<"$out" | sed 's/^/# /'
done

# wrong FORMAT FILE EDIT WORDS: the fuzzer finds what is wrong with FILE after this edit
wrong()
{
	sed -i.right "$3" "$LINUX/$2"
	fuzz "$1"
	mv "$LINUX/$2.right" "$LINUX/$2"
	touch "$LINUX/$2"
	like "$rc $out" "^1 .*$4" "$1, $3: $4"
}

mkdir -p "$test_dir/linux-wrong" "$test_dir/kexec-vmlinux/log"
(cd "$LINUX" && cp -r --parents arch/arm64/{kernel,include} crypto/asymmetric_keys drivers/of/kexec.c include kernel tools/include "$test_dir/linux-wrong")
export LINUX=$test_dir/linux-wrong XDG_CACHE_HOME=$test_dir
wrong vmlinux arch/arm64/kernel/kexec_elf.c "s/__GFP_ZERO | //" "the kernel has other bytes than its file"
# Either comes first
wrong signed kernel/kexec_file.c 's/^	ret = mod_split_sig.*/	return 0;/' "(it is loaded without a signature|the reason is not printed)"

done_testing
