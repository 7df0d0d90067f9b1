#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernels: EACH
# Every Linux that is served loads every other: a chain in which each boots each
# other's vmlinux, and one of Images

. "$(dirname "$0")/tap.sh"

new_disk
read -ra versions <<<"$LINUX_VERSIONS"
chain=()
for i in "${!versions[@]}"; do
	use_linux "${versions[i]}"
	kernel "vmlinux-${versions[i]}" "$BUILD/vmlinux"
	kernel "Image-${versions[i]}" "$BUILD/arch/arm64/boot/Image"
	for other in "${versions[@]:i + 1}"; do
		chain+=("${versions[i]}" "$other")
	done
done
chain+=("${versions[0]}")
hops=$((${#chain[@]} - 1))

# The kernel that is loaded after each number of jumps
for format in vmlinux Image; do
	printf "$format-%s\n" "${chain[@]:1}"
done >"$disk/chain"
cat >"$disk/job" <<'JOB'
next=$(sed -n "$((hop + 1))p" /mnt/chain)
[ -z "$next" ] || {
	load "$next" -d >/dev/null 2>&1
	said
	kexec -e
}
JOB
use_linux "${chain[0]}"
SECONDS_MAX=300 guest versions "" -M virt -cpu cortex-a57 -smp 2 -m 1G
hop=0
for format in vmlinux Image; do
	for ((i = 1; i <= hops; i++)); do
		hop=$((hop + 1))
		booted $hop "$format-${chain[i]}" "Linux ${chain[i - 1]} boots the $format of ${chain[i]}"
		like "$(report "$log" $hop release)" "^${chain[i]/./\\.}\." "... and it says who it is"
	done
done
is "$(grep -c '^@firmware-bug' "$log")" 0 "no kernel finds itself misplaced"
is "$(for ((i = 0; i < hop; i++)); do [ "$(parts $i)" -gt 0 ] && echo yes; done | wc -l)" $hop \
   "each load has told where it went"

done_testing
