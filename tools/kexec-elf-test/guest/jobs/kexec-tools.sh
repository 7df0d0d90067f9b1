# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
# What kexec(8) prints and returns

# kexec_says NAME ARGUMENT...: "@NAME STATUS LAST-LINE"
kexec_says()
{
	local name=$1 status=0

	shift
	kexec "$@" 2>/tmp/out >/dev/null || status=$?
	echo "@$name $status $(tail -n 1 /tmp/out)"
}

case $hop in
0)
	for f in bad no-cpu words more-words empty page cut cut.gz; do
		kexec_says "$f" -s -l "/mnt/$f" --append=x
		dmesg -c | sed -n "s,.*\(kexec.*\),@$f-dmesg \1,p" | tail -n 1
	done
	kexec_says no-initrd -s -l /mnt/good --initrd=/mnt/none --append=x
	kexec -l -a /mnt/bad --append=x >/dev/null 2>&1
	echo "@fallback $? $(cat /sys/kernel/kexec_loaded)"
	kexec -u
	kexec -a -l /mnt/image --initrd=/mnt/initrd --append="$(next)" 2>&1
	;;
1)	kexec -c -l /mnt/old --initrd=/mnt/initrd --append="$(next)" 2>&1 ;;
2)	kexec -c -l /mnt/good --initrd=/mnt/initrd --append="$(next)" 2>&1 ;;
*)	return ;;
esac
kexec -e
