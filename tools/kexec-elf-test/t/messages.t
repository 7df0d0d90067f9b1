#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: check all@EACH
# Every error that the loaders print is in the documentation, and the other way round

. "$(dirname "$0")/tap.sh"

page=$TOP/Documentation/arch/arm64/kexec-vmlinux.rst
compare() { python3 -B "$TEST/t/messages.py" "$LINUX" "$@" | sort; }

is "$(compare "$page")" "" "the messages in the sources are those in the documentation"

# It can fail
sed 's/no Image header at the entry point/no Image header/' "$page" >"$test_dir/page.rst"
is "$(compare "$test_dir/page.rst")" \
   "documentation: no Image header: magic is N
sources: no Image header at the entry point: magic is 0x%08x" "a message that differs is found"

done_testing
