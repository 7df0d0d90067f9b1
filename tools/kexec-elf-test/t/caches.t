#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: all caches
# kernels: NEWEST 6.12 6.1 NEWEST-16k-secure NEWEST-64k NEWEST-plain
# qemu: 10.0
# With a data cache that never cleans itself, a kernel that kexec starts finds in memory what it was
# given: no line of it and of its device tree is dirty, and nothing is read from memory that is newer
# in the cache. Each rule is broken, too.

. "$(dirname "$0")/tap.sh"
. "$TEST/setup/qemu.sh"

make -s -C "$TOP/tools/kexec-cache-check" OUT="$test_dir"
QEMU_OPTIONS="-smp 2 -m 1G"

# run NAME OPTIONS APPEND MACHINE...: a guest under kexec-cache-check. Sets $report, a file.
run()
{
	report=$test_dir/$1.report
	# shellcheck disable=SC2034,SC2206 # for guest(); some options
	QEMU=("$test_dir/kexec-cache-check" --map "$BUILD/System.map" --log "$report" $2 "$QEMU_10")
	# shellcheck disable=SC2086
	guest -t 300 "$1" "$3" "${@:4}" $QEMU_OPTIONS
	cp "$report" "$LOGS/check-$1.report"
	grep -E '^kernel .* (entered|lines)|^end' "$report" | sed 's/^/# /'
}

dirty() { grep -cE '^kernel [0-9]+: [1-9][0-9]* of [0-9]+ lines of ' "$report"; }
violations() { grep -c '^violation: ' "$report"; }

# clean KERNELS NAME: what a report has if all is well
clean()
{
	local k early=0

	like "$(tail -n 1 "$report")" "^end: $1 kernels, .* 0 sorts .* 0 DC," "$2: $1 kernels, and no violation"
	is "$(dirty) $(violations)" "0 0" "... no line is dirty when they are entered"
	for ((k = 1; k <= $1; k++)); do
		! grep -qE "^kernel $k: CPU 0 turns the MMU on, after [0-9]+ loads, [1-9]" "$report" ||
			early=$((early + 1))
	done
	is $early "$1" "... what each of them stores with the MMU off is seen"
}

nvhe="-M virt,virtualization=on -cpu cortex-a57"
vhe="-M virt,virtualization=on -cpu max,pauth-impdef=on"
el1="-M virt -cpu cortex-a57"

# one NAME FILE OPTIONS APPEND MACHINE WORDS: k1 is FILE
one()
{
	new_disk caches
	kernel k1 "$2"
	# shellcheck disable=SC2086
	run "$1" "$3" "$4" $5
	clean 2 "$6"
	booted 1 k1 "... and the kernel that was loaded runs"
}

one nvhe "$vmlinux" --loads "copy=1 cma=0" "$nvhe" "vmlinux, copied, EL2 without VHE"
one nvhe-place "$vmlinux" --loads cma=0 "$nvhe" "vmlinux, in place, EL2 without VHE"
one vhe-cma "$vmlinux" --loads cma=64M "$vhe" "vmlinux, in CMA, EL2 with VHE, -cpu max"
one image "$flat" --loads "copy=1 cma=0" "$el1" "Image, copied, EL1"
one image-place "$flat" --loads cma=0 "$el1" "Image, in place, EL1"
one image-cma "$flat" "" cma=64M "$el1" "Image, in CMA, EL1"

# pad_initrd BYTES: so many zeroes more
pad_initrd()
{
	mkdir "$disk_dir/pad"
	head -c "$1" /dev/zero >"$disk_dir/pad/pad"
	(cd "$disk_dir/pad" && echo pad | cpio --quiet -o -H newc -R 0:0) >>"$disk_dir/initrd"
	rm -r "$disk_dir/pad"
}

# The kernel has room in CMA, and its initrd has not
new_disk caches
kernel k1 "$vmlinux"
pad_initrd 24000000
# shellcheck disable=SC2086
run mixed --loads "cma=16M@0x60000000" $el1
clean 2 "vmlinux in CMA, its initrd not"
booted 1 k1 "... and the kernel that was loaded runs"

new_disk caches
kernel k1 "$vmlinux"
kernel k2 "$vmlinux"
# shellcheck disable=SC2086
run crash --loads "cma=0 crash=1" $el1
clean 3 "a crash kernel after a kexec"
booted 2 k2 "... and the kernel that was loaded runs"

# What breaks the rules is seen
new_disk caches
kernel k1 "$vmlinux"
# shellcheck disable=SC2086
run no-copied "--ignore-dc copied" "copy=1 cma=0" $el1
is "$(dirty)" 2 "DC of what was copied has no effect: kernel and device tree are dirty"
like "$(<"$report")" "violation: fetch of a dirty line, MMU off: kernel 2, CPU 0, at 0x[0-9a-f]+ \(_text\+0\)" "... from its first instruction on"
like "$(<"$report")" "violation: store over a dirty line, MMU off: kernel 2.* \(boot_args" "... and stores may be lost"
# shellcheck disable=SC2086
run no-cma "--ignore-dc machine_kexec_post_load" cma=64M $vhe
is "$(dirty)" 2 "... DC of what is in CMA: the same"
# shellcheck disable=SC2086
run no-place "--ignore-dc machine_kexec_post_load" cma=0 $el1
is "$(dirty)" 2 "... DC of what is in place elsewhere: the same"
# shellcheck disable=SC2086
run no-inval "--loads --ignore-dc dcache_inval_poc" cma=0 $el1
like "$(<"$report")" "violation: load of what was stored with the MMU off and not invalidated: kernel 2, CPU 0, at 0x[0-9a-f]+ \(__pi_init_idmap_pg_dir" \
     "... DC of a kernel's first page tables: a stale line may hide them"

for version in 6.12 6.1 "$NEWEST-16k-secure" "$NEWEST-64k"; do
	use_linux "$version"
	machine=$el1
	[ "$version" = "${version%-16k*}" ] || machine="-M virt -cpu max,pauth-impdef=on"
	one "linux-$version" "$BUILD/vmlinux" "" cma=0 "$machine" "Linux $version"
done

# Linux without the project: the kernel has room in CMA, its initrd has not, and the kernel is not
# written back
use_linux "$NEWEST-plain"
new_disk caches
kernel k1 "$BUILD/arch/arm64/boot/Image"
pad_initrd 83000000
QEMU_OPTIONS="-smp 2 -m 5G"
# shellcheck disable=SC2086
run plain "--ram 0x40000000:0x140000000" cma=64M $el1
dirty=$(sed -n 's/^kernel 2: \([0-9]*\) of [0-9]* lines of the kernel.*/\1/p' "$report")
holds "Linux $NEWEST without the fixes, Image in CMA, its initrd not: ${dirty:-no} lines of the kernel are dirty" \
      [ "${dirty:-0}" -gt 10000 ]

for bad in "" "--bad" "--map /none true" "--map $BUILD/System.map" "--map $BUILD/System.map --ram x true"; do
	rc=0
	# shellcheck disable=SC2086
	out=$("$test_dir/kexec-cache-check" $bad 2>&1) || rc=$?
	is "$rc $(wc -l <<<"$out")" "2 1" "wrong arguments, in one line: $bad"
done
rc=0
out=$("$test_dir/kexec-cache-check" --map "$BUILD/System.map" false 2>&1) || rc=$?
is "$rc $out" "1 kexec-cache-check: QEMU failed (1), or is no QEMU 10.0" "what is no QEMU"

done_testing
