#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What kexec-tools says and does: refusals, -a, and the older system call

. "$(dirname "$0")/tap.sh"

new_disk
kernel good "$vmlinux"
kernel image "$flat"
kernel old "$stripped" split=8192
# The kernel refuses this; kexec_load() does not look at it
kernel bad "$stripped" code1=0
kernel no-cpu "$stripped" flags=0xc
echo nothing >"$disk/words"
: >"$disk/empty"
head -c 1000000 "$vmlinux" >"$disk/cut"
# Shorter than a page, and than what some probes look for
head -c 4096 "$vmlinux" >"$disk/page"
printf 'nothing, but more of it%.0s\n' {1..50} >"$disk/more-words"
cp "$disk/cut" "$WORK/cut"; gzip -f "$WORK/cut"; mv "$WORK/cut.gz" "$disk/cut.gz"
cat >"$disk/job" <<'JOB'
try()
{
	local name=$1
	shift
	"$@" 2>/tmp/out >/dev/null
	echo "@$name $? $(tail -n 1 /tmp/out)"
}
case $hop in
0)
	for f in bad no-cpu words more-words empty page cut cut.gz; do
		try "$f" kexec -s -l "/mnt/$f" --append=x
		dmesg -c | sed -n "s,.*\(kexec.*\),@$f-dmesg \1,p" | tail -n 1
	done
	try no-initrd kexec -s -l /mnt/good --initrd=/mnt/none --append=x
	kexec -l -a /mnt/bad --append=x >/dev/null 2>&1
	echo "@fallback $? $(cat /sys/kernel/kexec_loaded)"
	kexec -u
	kexec -a -l /mnt/image --initrd=/mnt/initrd --append="$(next)" 2>&1
	;;
1)
	kexec -c -l /mnt/old --initrd=/mnt/initrd --append="$(next)" 2>&1
	;;
2)
	kexec -c -l /mnt/good --initrd=/mnt/initrd --append="$(next)" 2>&1
	;;
*)
	return ;;
esac
kexec -e
JOB
guest kexec-tools "" -M virt -cpu cortex-a57 -m 512M

like "$(report "$log" 0 bad)" "^[1-9][0-9]* The kernel refused /mnt/bad: Exec format error. See dmesg" \
     "a file that is no kernel: refused by the kernel, with errno's text"
like "$(report "$log" 0 bad-dmesg)" "neither code0 .* nor code1 .* is a branch" \
     "... and dmesg says why"
like "$(report "$log" 0 no-cpu)" "The kernel refused /mnt/no-cpu: Invalid argument. See dmesg" \
     "pages that the CPU lacks: EINVAL"
like "$(report "$log" 0 no-cpu-dmesg)" "built for 16K pages, which this CPU does not have" \
     "... and dmesg says why"
for f in words more-words; do
	like "$(report "$log" 0 $f)" "^[1-9][0-9]* Cannot determine the file type of /mnt/$f" "a text file: $f"
done
like "$(report "$log" 0 empty)" "^[1-9][0-9]* .*/mnt/empty" "an empty file"
for f in page cut cut.gz; do
	like "$(report "$log" 0 $f)" "^[1-9][0-9]* .*/mnt/$f" "truncated: $f"
done
like "$(report "$log" 0 no-initrd)" "^[1-9][0-9]* Cannot load /mnt/good" "an initrd that is not there"
is "$(report "$log" 0 fallback)" "0 1" "-a falls back to kexec_load() when the kernel refuses the file"
booted 1 image "-a: Image"
booted 2 old "-c: a vmlinux with gaps, on memory that is not zero"
booted 3 good "-c: vmlinux with DWARF"
like "$(<"$CACHE/build/kexec-tools/kexec/kexec.8")" "KEXEC_FILE_LOAD takes an Image and.*a vmlinux" \
     "the man page knows vmlinux"

done_testing
