#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: check all@EACH
# The kernel's own judges: checkpatch, sparse, W=1, kernel-doc; and shellcheck

. "$(dirname "$0")/tap.sh"

cd "$TOP"
# From where it may leave files of its own
checkpatch() { (cd "$test_dir" && "$LINUX/scripts/checkpatch.pl" --root="$LINUX" --quiet "$@" 2>&1); }
mapfile -t files < <(find arch tools patches scripts Makefile -type f ! -name '*~' | sort)

for file in patches/linux/*/*.patch; do
	# Whoever mails the series signs it off; the id is one of Linux's history;
	# MAINTAINERS has the folder; code that is moved keeps its indentation.
	ignore=MISSING_SIGN_OFF,UNKNOWN_COMMIT_ID,FILE_PATH_CHANGES,PARENTHESIS_ALIGNMENT
	# What an older Linux has, moved
	[ "$file" = "${file#patches/linux/compat/}" ] || ignore=$ignore,CONFIG_DESCRIPTION,SUSPECT_CODE_INDENT
	is "$(checkpatch --strict --ignore $ignore - <"$file")" "" "checkpatch --strict: $file"
	[ "$file" = "${file%@*}" ] ||
		like "$(sed -n 's/^Differs: //p' "$file")" "[a-z]" "... says what differs, and why"
done
for file in arch/arm64/kernel/*.[ch]; do
	is "$(checkpatch --strict --no-tree -f "$TOP/$file")" "" "checkpatch --strict: $file"
done
for file in $(find tools -name '*.[ch]' | sort); do
	# Messages that name an option, and stand-ins for what is the kernel's
	is "$(checkpatch --no-tree --ignore EMBEDDED_FUNCTION_NAME,MACRO_ARG_UNUSED,IS_ENABLED_CONFIG,NEW_TYPEDEFS,PREFER_DEFINED_ATTRIBUTE_MACRO -f "$TOP/$file")" "" \
	   "checkpatch: $file"
done

wall=-Wall
"$LINUX/scripts/kernel-doc" -h 2>&1 | grep -q -- -Wall || wall=''
# shellcheck disable=SC2086
is "$("$LINUX/scripts/kernel-doc" -none $wall arch/arm64/kernel/*.[ch] 2>&1)" "" "kernel-doc"

# kernel/kexec_*.c have warnings of their own, so only what is ours is compared
objects=(arch/arm64/kernel/kexec_{elf,image,place}.o)
# Another run may be at them
exec 8<"$BUILD"
flock 8
for o in "${objects[@]}"; do rm -f "$BUILD/$o"; done
linux_make "$LINUX_VERSION" C=1 W=1 "${objects[@]}" >"$test_dir/style.log" 2>&1 || :
is "$(grep -E 'kexec_(elf|image|place)' "$test_dir/style.log" || :)" "" \
   "sparse and W=1: ${objects[*]}"
is "$(cd "$BUILD" && ls "${objects[@]}" 2>/dev/null | wc -l)" 3 "... have compiled"
flock -u 8

for file in "${files[@]}" .ci/run; do
	head -n 3 "$file" | grep -qE '^#!.*sh|shellcheck shell' || continue
	is "$(shellcheck -S warning "$file" 2>&1)" "" "shellcheck: $file"
done
for file in "${files[@]}"; do
	case $file in
	patches/* | */corpus/*) continue ;;
	esac
	grep -q 'SPDX-License-Identifier: GPL-2.0' "$file" || not_ok "SPDX tag: $file"
	[ "$(wc -l <"$file")" -le 500 ] || not_ok "no more than 500 lines: $file"
done

done_testing
