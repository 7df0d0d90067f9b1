# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
# Try each kernel in /mnt/names before and after IMA has a policy; boot "vmlinux"
[ "$hop" = 0 ] || return
ima=/sys/kernel/security/ima
mount -t securityfs security /sys/kernel/security
tool keyctl padd asymmetric "" %:.ima </mnt/ima.der >/dev/null
dmesg -c >/dev/null
kexec -s -d -l /mnt/vmlinux --initrd=/mnt/initrd --append=x >/dev/null 2>&1
print_dmesg
echo "@before $(kexec-file-load /mnt/vmlinux /mnt/initrd x) $(kexec-file-load /mnt/Image /mnt/initrd x)"
printf '%s\n' "measure func=KEXEC_KERNEL_CHECK" \
	"appraise func=KEXEC_KERNEL_CHECK appraise_type=imasig|modsig" >$ima/policy
# shellcheck disable=SC2013 # names have no spaces
for f in $(cat /mnt/names); do
	echo "@$f $(kexec-file-load "/mnt/$f" /mnt/initrd x)"
	echo "@$f-crash $(kexec-file-load --crash "/mnt/$f" /mnt/initrd x)"
	echo "@$f-measured $(sed -n "s,.* sha256:\([0-9a-f]*\) /mnt/$f$,\1,p" $ima/ascii_runtime_measurements | tail -n 1)"
done
dmesg -c >/dev/null
load vmlinux -d >/dev/null 2>&1
echo "@load"
print_dmesg
kexec -e
