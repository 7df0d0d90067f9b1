# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
# kexec(8): the first kernel tries each /mnt/bad-* and, with -s, each of /mnt/options, beside a kernel
# that is loaded; then each line of /mnt/next, "OPTIONS FILE", loads the next kernel, and the last one
# crashes if /mnt/crash can capture
captured && return
echo "@model $(tr -d '\0' </proc/device-tree/model)"
if [ "$hop" = 0 ]; then
	kexec -s -l /mnt/before --initrd=/mnt/initrd --append=x
	for file in /mnt/bad-*; do
		says "${file#/mnt/}" kexec -s -l "$file" --initrd=/mnt/initrd --append=x
	done
	for option in $(cat /mnt/options); do
		says "option${option%%=*}" kexec -s -l "$option" /mnt/before --initrd=/mnt/initrd --append=x
	done
	echo "@kept $(cat /sys/kernel/kexec_loaded)"
	kexec -u
fi
dmesg -c >/dev/null
line=$(sed -n "$((hop + 1))p" /mnt/next)
if [ "$line" ]; then
	# shellcheck disable=SC2086 # several words
	says load kexec -d ${line% *} "/mnt/${line##* }" --initrd=/mnt/initrd --append="$(next)"
	sed -n 's/^arm64_flatten: .* \([0-9]*\) bytes$/@flat \1/p' /tmp/err
	print_dmesg
	kexec -e
elif [ -e /mnt/crash ]; then
	says load_crash load_crash crash
	crash
fi
