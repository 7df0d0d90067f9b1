#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: check all cost
# packages: device-tree-compiler gnuplot-nox libdevel-nytprof-perl
# qemu: 10.0
# The benchmark counts, and a vmlinux with DWARF costs what its Image does in pages, at the peak and
# at the jump. Instructions vary between runs, so "make bench" prints them and this does not compare
# them.

. "$(dirname "$0")/tap.sh"

[ "$LINUX_VERSION" = "$NEWEST" ] || {
	echo "1..0 # SKIP the benchmark runs on Linux $NEWEST"
	exit 0
}

rc=0
PROFILE=1 ROUNDS=5 JSON=$test_dir/json SVG=$test_dir/svg "$TEST/bench/bench.sh" image vmlinux kexec_load vmlinux-cma \
	ranges-1000 >"$test_dir/out" 2>&1 || rc=$?
is $rc 0 "bench.sh"
sed 's/^/# /' "$test_dir/out"

# get CASE FIELD: a figure of the JSON file
get()
{
	python3 -c 'import json, sys
print(*(c[sys.argv[3]] for c in json.load(open(sys.argv[1])) if c["case"] == sys.argv[2]))' \
		"$test_dir/json" "$1" "$2"
}

for field in file_bytes load_bytes insn_cold insn_warm insn_syscall peak_kib pages \
	     jump_bytes insn_jump; do
	like "$(get image $field) $(get vmlinux $field)" '^[0-9]+ [0-9]+$' "$field is counted"
done
is "$(get vmlinux file_bytes)" "$(stat -c %s "$vmlinux")" "file_bytes is the length of the file"
like "$(get ranges-1000 insn_warm)" '^[0-9]+$' "a machine with a thousand ranges of memory"

# most CASE OF FIELD PERCENT
most()
{
	local a b
	a=$(get "$1" "$3") b=$(get "$2" "$3")
	is "$(((a * 100 <= b * $4)))" 1 "$3 of $1, $a, is at most $4 % of $2's, $b"
}
# Whether some 30 pages that lie where the kernel goes are put aside varies
most vmlinux image pages 102
# Others may take up to 2 MiB meanwhile
most vmlinux image peak_kib 125
most vmlinux image jump_bytes 100
most vmlinux image insn_jump 102
most vmlinux kexec_load insn_warm 50
is "$(get vmlinux-cma jump_bytes)" 0 "in CMA, nothing is copied at the jump"
is "$(get vmlinux jump_bytes) $(get image jump_bytes)" "0 0" "... nor in free memory"
for name in image vmlinux; do
	is "$(($(get $name peak_kib) <= $(get $name pages) * 4 + 8192))" 1 \
	   "$name is read to where it runs: its peak is at most 8 MiB above what is kept"
done
for name in image vmlinux kexec_load vmlinux-cma; do
	read -r profile pmu < <(sed -n "s/^$name: kexec.*_load(): \([0-9.]*\) .* PMU counts \([0-9.]*\) .*/\1 \2/p" "$test_dir/out")
	holds "$name: the profile has $profile million instructions, the PMU $pmu" \
		awk -v a="$profile" -v b="$pmu" 'BEGIN { exit !(a > 0 && a < 1.02 * b && b < 1.02 * a) }'
	for what in profile jump; do
		like "$(<"$test_dir/$name.$what.svg")" '<svg.*(kimage|machine_kexec).*</svg>' "... a flame graph of it ($what)"
	done
done
like "$(<"$test_dir/svg")" '^<\?xml.*<svg.*</svg>' "a picture"

done_testing
