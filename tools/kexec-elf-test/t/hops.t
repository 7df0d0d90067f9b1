#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: hops
# Image and vmlinux in turn, HOPS times (default 1000), under KASLR, in memory that is not zero. Each is
# the file that was loaded. The device tree grows with each kexec. No other memory is lost.

. "$(dirname "$0")/tap.sh"

hops=${HOPS:-1000}
new_disk hops
kernel k1 "$flat"
kernel k2 "$stripped"
guest -t $((60 + hops * 6)) hops "carry=hops=$hops hops=$hops" -M virt -cpu cortex-a57 -m 256M

for ((i = 1; i <= hops; i++)); do
	[ "$(fact "$i" build-id) $(fact "$i" ballast)" = "${build_ids[k$((2 - i % 2))]} $ballast" ] || break
done
is $((i - 1)) "$hops" "each kernel is the file that was loaded, and has its initrd"
# Linux overwrites rng-seed in its device tree with NOPs, and kexec adds a new one
steps=$(for ((i = 3; i <= hops; i++)); do echo $(($(fact "$i" fdt) - $(fact $((i - 1)) fdt))); done | sort -u | paste -sd ' ')
like "$steps" '^140( 144)?$' "each device tree is larger by a property of 128 bytes, and by a digit of hop=N"
echo "# hop 2: $(fact 2 memory) in all, $(fact 2 free) KiB free, device tree $(fact 2 fdt); hop $hops: $(fact "$hops" memory), $(fact "$hops" free), $(fact "$hops" fdt)"
lost=$(($(fact 2 memory | tr -dc 0-9) - $(fact "$hops" memory | tr -dc 0-9)))
holds "... and nothing else takes memory from the next kernel" [ $lost -le $((hops * 144 / 1024 + 4)) ]
addresses=$(for ((i = 1; i <= hops; i++)); do fact "$i" stext; done | sort -u | wc -l)
holds "they are at different addresses, $addresses" [ "$addresses" -gt $((hops / 2)) ]
nothing_misplaced "none finds itself misplaced"

done_testing
