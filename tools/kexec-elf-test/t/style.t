#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: check all@EACH
# The kernel's own checkers: checkpatch, sparse, W=1, kernel-doc; shellcheck, SPDX tags, and the length
# of files

. "$(dirname "$0")/tap.sh"

cd "$TOP"
# checkpatch leaves a file in the current folder
checkpatch() { (cd "$test_dir" && "$LINUX/scripts/checkpatch.pl" --root="$LINUX" --quiet "$@" 2>&1); }
mapfile -t files < <(find arch packaging tools patches scripts Makefile -type f ! -name '*~' | sort)

for file in patches/linux/*/*.patch; do
	# The sender signs the series off; commit ids are those of Linux's history; MAINTAINERS has
	# the folder; code that is moved keeps its indentation.
	ignore=MISSING_SIGN_OFF,UNKNOWN_COMMIT_ID,FILE_PATH_CHANGES,PARENTHESIS_ALIGNMENT
	# These hold code of Linux
	[ "$file" = "${file#patches/linux/compat/}" ] || ignore=$ignore,CONFIG_DESCRIPTION,SUSPECT_CODE_INDENT
	is "$(checkpatch --strict --ignore $ignore - <"$file")" "" "checkpatch --strict: $file"
	[ "$file" = "${file%@*}" ] ||
		like "$(sed -n 's/^Differs: //p' "$file")" "[a-z]" "... states what differs, and why"
done
for file in arch/arm64/kernel/*.[ch]; do
	is "$(checkpatch --strict --no-tree -f "$TOP/$file")" "" "checkpatch --strict: $file"
done
for file in $(find tools -name '*.[ch]' | sort); do
	# Messages that name an option, and stand-ins for what is in the kernel
	is "$(checkpatch --no-tree --ignore EMBEDDED_FUNCTION_NAME,MACRO_ARG_UNUSED,IS_ENABLED_CONFIG,NEW_TYPEDEFS,PREFER_DEFINED_ATTRIBUTE_MACRO -f "$TOP/$file")" "" \
	   "checkpatch: $file"
done

wall=-Wall
"$LINUX/scripts/kernel-doc" -h 2>&1 | grep -q -- -Wall || wall=''
# shellcheck disable=SC2086
is "$("$LINUX/scripts/kernel-doc" -none $wall arch/arm64/kernel/*.[ch] 2>&1)" "" "kernel-doc"

# kernel/kexec_*.c have warnings of their own: only our files count
objects=(arch/arm64/kernel/kexec_{elf,image,place}.o)
# Another run may build them, too
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

mapfile -t sources < <(printf '%s\n' "${files[@]}" | grep -v -e "^patches/" -e /corpus/ -e /debian/)
is "$(grep -L 'SPDX-License-Identifier: GPL-2.0' "${sources[@]}")" "" "each file has an SPDX tag"
is "$(wc -l "${sources[@]}" | awk '$1 > 470 && $2 != "total"')" "" "no file has more than 470 lines"

# What the Makefile hands on is in some --help, and what the README names is there
help=$(make -s help; for script in packaging/deb.sh tools/kexec-elf-test/{check.sh,bench/bench.sh,demo/demo*.sh}; do "$script" --help; done)
is "$(for setting in $(sed -n 's/^export //p' Makefile); do grep -qw "$setting" <<<"$help" || echo "$setting"; done)" "" \
   "each setting of the Makefile is in make help, or in --help"
mapfile -t pages < <(find . -name '*.md' ! -path './.git/*')
is "$(grep -hoE '(^|`| )make [a-z][a-z-]+' "${pages[@]}" | sed 's/.*make //' | sort -u |
      while read -r target; do grep -q "^$target:" Makefile || echo "$target"; done | paste -sd ' ')" \
   "htmldocs install" "each target that a page names is in the Makefile, but for Linux's own"

done_testing
