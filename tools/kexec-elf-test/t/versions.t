#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernels: 7 6.12 6.1
# Every Linux that is served loads every other: a chain of vmlinux files, and
# one of Images, in turn

. "$(dirname "$0")/tap.sh"

new_disk
chain=(6.1 6.12 7 6.1 7 6.12 6.1)
for i in "${!chain[@]}"; do
	use_linux "${chain[i]}"
	kernel "k$i" "$BUILD/vmlinux"
	kernel "i$i" "$BUILD/arch/arm64/boot/Image"
done
cat >"$disk/job" <<'JOB'
[ "$hop" = 12 ] || {
	load "$(if [ "$hop" -lt 6 ]; then echo "k$((hop + 1))"; else echo "i$((hop - 5))"; fi)" -d >/dev/null 2>&1
	said
	kexec -e
}
JOB
use_linux "${chain[0]}"
guest versions "" -M virt -cpu cortex-a57 -smp 2 -m 1G
for i in 1 2 3 4 5 6; do
	booted $i k$i "Linux ${chain[i - 1]} boots the vmlinux of ${chain[i]}"
	like "$(report "$log" $i release)" "^${chain[i]/./\\.}\." "... and it says who it is"
done
for i in 1 2 3 4 5 6; do
	from=${chain[i - 1]}
	booted $((i + 6)) i$i "Linux $from boots the Image of ${chain[i]}"
done
is "$(grep -c '^@firmware-bug' "$log")" 0 "no kernel finds itself misplaced"
is "$(for i in 0 1 2 3 4 5 6 7 8 9 10 11; do [ "$(parts $i)" -gt 0 ] && echo yes; done | wc -l)" 12 \
   "each load has told where it went"

done_testing
