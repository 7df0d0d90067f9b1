# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
# Try each kernel in /mnt/names, for kexec -e, for a crash, and with kexec(8); boot "next", if it is
# there
[ "$hop" = 0 ] || return
mount -t securityfs security /sys/kernel/security
echo "@lockdown $(cat /sys/kernel/security/lockdown)"
tool keyctl padd asymmetric "" %:.secondary_trusted_keys </mnt/secondary.der >/dev/null
# bytes -l|-p FILE: how many bytes of the file the kernel's segment has
bytes()
{
	dmesg -c >/dev/null
	kexec -s "$1" "/mnt/$2" -d --initrd=/mnt/initrd >/dev/null 2>&1
	printf %d "$(dmesg -c | sed -n 's/.*Loaded kernel at .* bufsz=\(0x[0-9a-f]*\).*/\1/p')"
}

# shellcheck disable=SC2013 # names have no spaces
for f in $(cat /mnt/names); do
	dmesg -c >/dev/null
	echo "@$f $(kexec-file-load "/mnt/$f" /mnt/initrd x)"
	echo "@$f-said $(dmesg -c | sed -n 's,^\(\[[^]]*\] \)*kexec[^:]*: \(.*\),\2,p' | tail -n 1)"
	echo "@$f-crash $(kexec-file-load --crash "/mnt/$f" /mnt/initrd x)"
	case $f in
	vmlinux*) echo "@$f-kexec $(kexec -s -l "/mnt/$f" --initrd=/mnt/initrd 2>&1 | tail -n 1)" ;;
	Image-trailer*) echo "@$f-bytes $(bytes -l "$f") $(bytes -p "$f")" ;;
	esac
done
for f in /mnt/compressed-*; do
	[ ! -e "$f" ] || echo "@${f#/mnt/} $(kexec -s -l "$f" --initrd=/mnt/initrd 2>&1 | tail -n 1)"
done
[ ! -e /mnt/next ] || { load next; kexec -e; }
