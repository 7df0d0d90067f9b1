#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: check all
# kexec handover (kho=on): a vmlinux goes to scratch memory, and the second kernel finds what the
# first preserved for it

. "$(dirname "$0")/tap.sh"

needs hand-over

new_disk kho
kernel k1 "$stripped" split=16384
kernel k2 "$flat"
kernel k3 "$vmlinux"
guest kho "kho=on carry=kho=on" -M virt -cpu cortex-a57 -m 1G

is "$(fact 0 kho)" "" "the first kernel was handed nothing"
for i in 0 1 2; do
	what=$([ $i = 1 ] && echo Image || echo vmlinux)
	read -ra scratch <<<"$(fact $i scratch)"
	for segment in base initrd dtb; do
		at=$(fact $i load.$segment)
		holds "$what: $segment at $at is in scratch memory" within "$at" "${scratch[@]}"
	done
	booted $((i + 1)) k$((i + 1)) "... it boots"
	is "$(fact $((i + 1)) from)" "$(fact $i release) (count $((i + 1)))" \
	   "... and finds what the kernel before preserved for it"
	[ $i = 1 ] || is "$(fact $((i + 1)) kho)" "KHO restore succeeded" "... pages and all"
done

done_testing
