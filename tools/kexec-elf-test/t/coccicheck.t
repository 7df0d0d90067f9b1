#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: all
# kernels: NEWEST
# packages: coccinelle python3-sphinx python3-yaml
# The kernel's slower checkers: coccicheck's rules on all files that the series touch, and make
# htmldocs of the project's pages

. "$(dirname "$0")/tap.sh"

use_linux "$NEWEST"

# coccicheck DIR: print what the rules find in the files that the series touch, and in ours; without
# line numbers, which move
coccicheck()
{
	local rule files

	cd "$1" || return
	mapfile -t files < <(cd "$LINUX/.kexec-vmlinux/new" && find . -name '*.c' | cut -c 3- | sort)
	for rule in scripts/coccinelle/*/*.cocci scripts/coccinelle/*/*/*.cocci; do
		[ -e "$rule" ] || continue
		for file in "${files[@]}"; do [ ! -e "$file" ] || echo "$file"; done |
			xargs timeout 300 spatch -D report --very-quiet --no-show-diff \
			--cocci-file "$rule" --include-headers-for-types \
			-I arch/arm64/include -I include 2>/dev/null |
			sed -n 's,^\([a-z0-9_/-]*\.c\):[0-9:-]*:,\1:,p' || :
	done | sort
}

pristine "$LINUX" "$test_dir/tree"
# Where ours will be, something that the rules know
cat >"$test_dir/tree/arch/arm64/kernel/kexec_place.c" <<'C'
int g(int a);
int f(int a)
{
	int ret = 0;

	g(a);
	return ret;
}
C
coccicheck "$test_dir/tree" >"$test_dir/before"
coccicheck "$LINUX" >"$test_dir/after"
like "$(<"$test_dir/before")" 'kexec_place\.c:.*Unneeded variable: "ret"' "coccicheck finds what it knows"
is "$(comm -13 "$test_dir/before" "$test_dir/after")" "" "coccicheck has nothing to say of the series"

make -s -C "$LINUX" O="$test_dir/docs" ARCH=arm64 SPHINXDIRS=arch/arm64 htmldocs \
	>"$test_dir/docs.log" 2>&1 || sed 's/^/# /' "$test_dir/docs.log" | tail -n 5
is "$(grep -E "(kexec|kdump)-vmlinux\.rst" "$test_dir/docs.log")" "" "make htmldocs has nothing to say of our page"
page=$(find "$test_dir/docs" -name kexec-vmlinux.html | head -n 1)
like "$([ "$page" ] && sed 's/<[^>]*>//g' "$page" | tr -s '[:space:]' ' ')" "no loader knows the format of the file" "... and makes it"

done_testing
