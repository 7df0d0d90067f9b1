# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
# Print /proc/iomem, and where each kernel named in kernels= goes: with an initrd; with bare=1,
# without; with crashkernel=, for a crash

# place OPTION...: a load to itself; with copy=1, to be copied
place()
{
	dmesg -c >/dev/null
	echo "@load $*"
	if [ "$(arg copy)" ] && [ "$1" = -l ]; then
		# It takes no compressed files
		gunzip -c "$2" >/tmp/kernel 2>/dev/null || cp "$2" /tmp/kernel
		kexec-file-load --no-cma --debug /tmp/kernel "${3:+/mnt/initrd}" quiet >/dev/null
		rm /tmp/kernel
	else
		kexec -s -d "$@" --append=quiet >/dev/null 2>&1
	fi
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
