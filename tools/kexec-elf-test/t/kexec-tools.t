#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: check all@EACH
# What kexec(8) prints and returns: refusals, -a, and the older system call

. "$(dirname "$0")/tap.sh"

new_disk kexec-tools
kernel good "$vmlinux"
kernel image "$flat"
kernel old "$stripped" split=8192
# The kernel refuses this; kexec_load() does not look at it
kernel bad "$stripped" code1=0
kernel no-cpu "$stripped" flags=0xc
echo nothing >"$disk_dir/words"
: >"$disk_dir/empty"
head -c 1000000 "$vmlinux" >"$disk_dir/cut"
# Shorter than a page, and than what some probes look for
head -c 4096 "$vmlinux" >"$disk_dir/page"
printf 'nothing, but more of it%.0s\n' {1..50} >"$disk_dir/more-words"
cp "$disk_dir/cut" "$test_dir/cut"; gzip -f "$test_dir/cut"; mv "$test_dir/cut.gz" "$disk_dir/cut.gz"
guest kexec-tools "" -M virt -cpu cortex-a57 -m 512M

like "$(fact 0 bad)" "^[1-9][0-9]* The kernel refused /mnt/bad: Exec format error. See dmesg" \
     "a file that is no kernel: refused by the kernel, with errno's text"
like "$(fact 0 bad-dmesg)" "neither code0 .* nor code1 .* is a branch" \
     "... and dmesg says why"
like "$(fact 0 no-cpu)" "The kernel refused /mnt/no-cpu: Invalid argument. See dmesg" \
     "pages that the CPU lacks: EINVAL"
like "$(fact 0 no-cpu-dmesg)" "built for 16K pages, which this CPU does not have" \
     "... and dmesg says why"
for f in words more-words; do
	like "$(fact 0 $f)" "^[1-9][0-9]* Cannot determine the file type of /mnt/$f" "a text file: $f"
done
like "$(fact 0 empty)" "^[1-9][0-9]* .*/mnt/empty" "an empty file"
for f in page cut cut.gz; do
	like "$(fact 0 $f)" "^[1-9][0-9]* .*/mnt/$f" "truncated: $f"
done
like "$(fact 0 no-initrd)" "^[1-9][0-9]* Cannot load /mnt/good" "an initrd that is not there"
is "$(fact 0 fallback)" "0 1" "-a falls back to kexec_load() when the kernel refuses the file"
booted 1 image "-a: Image"
booted 2 old "-c: a vmlinux with gaps, on memory that is not zero"
booted 3 good "-c: vmlinux with DWARF"
like "$(<"$CACHE/build/kexec-tools/kexec/kexec.8")" "KEXEC_FILE_LOAD takes an Image and.*a vmlinux" \
     "the man page knows vmlinux"

done_testing
