# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
# kexec(8) on a kernel without our patches: the first kernel tries each /mnt/cell-* with the options in each
# line of /mnt/ways. Then each line of /mnt/next, "OPTIONS FILE", loads the next kernel, and the last one
# crashes if the line is "crash OPTIONS FILE".
captured && return
if [ "$hop" = 0 ]; then
	while read -r way; do
		for file in /mnt/cell-*; do
			# shellcheck disable=SC2086 # several words
			says "$(echo $way | tr -d ' ').${file#/mnt/cell-}" kexec $way "$file" --initrd=/mnt/initrd --append=x
			echo "@loaded$(echo "$way" | tr -d ' ').${file#/mnt/cell-} $(cat /sys/kernel/kexec_loaded /sys/kernel/kexec_crash_loaded | tr '\n' ' ')"
			kexec -u >/dev/null 2>&1
			kexec -p -u >/dev/null 2>&1
		done
	done </mnt/ways
fi
line=$(sed -n "$((hop + 1))p" /mnt/next)
[ "$line" ] || return 0
options=${line% *}
if [ "${options#crash }" != "$options" ]; then
	# shellcheck disable=SC2086
	says load kexec ${options#crash } "/mnt/${line##* }" --initrd=/mnt/initrd --append="$(next nr_cpus=1 reset_devices)"
	crash
else
	# shellcheck disable=SC2086
	says load kexec $options "/mnt/${line##* }" --initrd=/mnt/initrd --append="$(next)"
	kexec -e
fi
