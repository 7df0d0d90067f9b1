#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: check all@NEWEST,6.12
# packages: rsync
# The selftest that the series adds: installed by Linux's own "make install", and run by its
# run_kselftest.sh in a guest. In 6.1, what is skipped runs all the same: that is Linux's.

. "$(dirname "$0")/tap.sh"

new_disk kselftest
kernel k1 "$vmlinux"
make -s -C "$LINUX/tools/testing/selftests" O="$test_dir/build" ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- \
	TARGETS=kexec LDFLAGS=-static INSTALL_PATH="$disk_dir/kselftest" install >"$test_dir/make.log" 2>&1 ||
	sed 's/^/# /' "$test_dir/make.log"
holds "make install" test -x "$disk_dir/kselftest/kexec/test_kexec_file_arm64"
guest kselftest "" -M virt -cpu cortex-a57 -smp 2 -m 512M
is "$(fact 0 status)" 0 "run_kselftest.sh"
grep "not ok" "$console" | sed 's/^/# /' || :
like "$(grep '^ok 1 self\|^# # Totals' "$console" | paste -sd ' ')" \
     "^# # Totals: pass:7 fail:0 xfail:0 xpass:0 skip:0 error:0 ok 1 selftests: kexec: test_kexec_file_arm64$" \
     "... all pass, in KTAP"
like "$(grep '^# Totals' "$console" | tail -n 1)" "pass:0 fail:0 .* skip:7 " "a kernel is loaded: it is left alone"
booted 1 k1 "... and that kernel boots"

done_testing
