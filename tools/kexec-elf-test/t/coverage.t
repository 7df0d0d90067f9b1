#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: check all
# packages: libfdt-dev zlib1g-dev gcovr
# What the tests in user space reach of the loaders

. "$(dirname "$0")/tap.sh"

needs compile-for-host
rc=0
out=$("$TEST/host.sh" coverage 2>&1) || rc=$?
grep '^arch\|^kernel' <<<"$out" | cut -c 1-70 | sed 's/^/# /'
is "$rc $(grep '^error\|: error' <<<"$out")" "0 " "98 % of the lines and 95 % of the branches of arch/arm64"

done_testing
