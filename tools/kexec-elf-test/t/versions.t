#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: check all
# kernels: EACH
# Every Linux that is served loads every other: a chain in which each boots each other's vmlinux,
# and one of Images

. "$(dirname "$0")/tap.sh"

new_disk chain
read -ra versions <<<"$LINUX_VERSIONS"
order=()
for i in "${!versions[@]}"; do
	use_linux "${versions[i]}"
	kernel "vmlinux-${versions[i]}" "$BUILD/vmlinux"
	kernel "Image-${versions[i]}" "$BUILD/arch/arm64/boot/Image"
	for other in "${versions[@]:i + 1}"; do
		order+=("${versions[i]}" "$other")
	done
done
order+=("${versions[0]}")

hop=0
for format in vmlinux Image; do
	for version in "${order[@]:1}"; do
		hop=$((hop + 1))
		ln "$disk_dir/$format-$version" "$disk_dir/k$hop"
	done
done
use_linux "${order[0]}"
guest -t 300 versions "" -M virt -cpu cortex-a57 -smp 2 -m 1G
hop=0 reported=0
for format in vmlinux Image; do
	from=${order[0]}
	for version in "${order[@]:1}"; do
		[ "$(fact $hop load.parts)" -gt 0 ] && reported=$((reported + 1))
		hop=$((hop + 1))
		booted $hop "$format-$version" "Linux $from boots the $format of $version"
		like "$(fact $hop release)" "^${version/./\\.}\." "... and it reports who it is"
		from=$version
	done
done
nothing_misplaced "no kernel finds itself misplaced"
is $reported $hop "each load has reported where it goes"

done_testing
