# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
# Run the installed selftests, whose scripts want the usual commands; and once more while a
# kernel is loaded, which then boots
[ "$hop" = 0 ] || return 0
mkdir -p /bin
busybox --install -s /bin
ln -sf /proc/self/fd/1 /dev/stdout
export PATH="$PATH:/bin"
(cd /mnt/kselftest && ./run_kselftest.sh)
echo "@status $?"
load k1
/mnt/kselftest/kexec/test_kexec_file_arm64
kexec -e
