# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
# Print /proc/iomem, and where each kernel named in kernels= goes: with an initrd; with bare=1,
# without; with crashkernel=, for a crash

# place OPTION...: a load to itself
place()
{
	dmesg -c >/dev/null
	echo "@load $*"
	kexec -s -d "$@" --append=quiet >/dev/null 2>&1
	print_dmesg
	kexec -u -s
	kexec -p -u -s 2>/dev/null
}

sed 's/^/@iomem /' /proc/iomem
for k in $(arg kernels | tr , ' '); do
	place -l "/mnt/$k" --initrd=/mnt/initrd
done
[ ! "$(arg bare)" ] || place -l /mnt/k1
[ ! "$(arg crashkernel)" ] || place -p /mnt/k1 --initrd=/mnt/initrd
