# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# What the demos share: settings, the kernel to be loaded, and what they make of
# the console. $work, their folder, and $log, the console, they set.

. "$TEST/setup/packages.sh"
. "$TEST/setup/linux.sh"
. "$TEST/setup/kexec-tools.sh"
. "$TEST/guest/guest.sh"

# demo_settings ARGUMENT...: those of the environment, or their defaults; wrong
# ones end it, and so does --help
demo_settings()
{
	local file

	case ${1-} in
	'') ;;
	-h | --help) help ;;
	*) usage "unknown argument: $1" ;;
	esac
	known_linux "$LINUX_VERSION"
	SMP=${SMP:-2} CPU=${CPU:-max} TIMEOUT=${TIMEOUT:-120}
	[[ $SMP =~ ^[1-8]$ ]] || usage "SMP=$SMP is not a number from 1 to 8"
	[[ $TIMEOUT =~ ^[0-9]+$ ]] || usage "TIMEOUT=$TIMEOUT is not a number of seconds"
	[[ ${MEM:=} =~ ^([0-9]+[MG])?$ ]] || usage "MEM=$MEM is not a size such as 512M or 2G"
	for file in "${VMLINUX:=}" "${INITRD:=}"; do
		[ -z "$file" ] || { [ -f "$file" ] && [ -r "$file" ]; } ||
			usage "cannot read $file"
	done
	case $(head -c 4 ${VMLINUX:+"$VMLINUX"} </dev/null | od -An -tx1 | tr -d ' ') in
	7f454c46 | 1f8b*) ;;
	'') [ -z "$VMLINUX" ] || usage "$VMLINUX is empty" ;;
	*) usage "$VMLINUX is not an ELF file: give it the vmlinux of an arm64 kernel" ;;
	esac
}

# demo_prepare: what is not there yet is downloaded and built
demo_prepare()
{
	[ -z "${PREPARED-}" ] || return 0
	lock
	need_build
	fetch_user_space
	# shellcheck disable=SC2086
	need_linux $LINUX_VERSION
	build_linux "$LINUX_VERSION"
	build_kexec_tools
	build_initramfs
	prepared
}

# demo_kernel: sets $elf, which is $VMLINUX decompressed, $id, its build-id, and
# $MEM by the sizes of files, unless it is set
demo_kernel()
{
	local size

	VMLINUX=${VMLINUX:-$BUILD/vmlinux}
	elf=$VMLINUX
	if gzip -t "$VMLINUX" 2>/dev/null; then
		elf=$work/vmlinux
		gzip -dc "$VMLINUX" >"$elf"
	fi
	[ "$(head -c 4 "$elf" | tail -c 3)" = ELF ] ||
		usage "$VMLINUX is not an ELF file: give it the vmlinux of an arm64 kernel"
	id=$(build_id "$elf") || :
	[ -n "$id" ] || usage "$VMLINUX has no build-id to know it by, or is truncated"

	# The file, twice (page cache and kernel buffer), and what a kernel wants itself
	[ -z "$MEM" ] || return 0
	size=$(cat "$elf" ${INITRD:+"$INITRD"} | wc -c)
	MEM=$((size * 5 / 2 / 1048576 + 512))M
	[ "${MEM%M}" -ge 1024 ] || MEM=1G
}

# demo_machine: QEMU's options for it
demo_machine()
{
	echo -M virt -cpu "$CPU$([ "$CPU" != max ] || echo ,pauth-impdef=on)" \
		-smp "$SMP" -m "$MEM"
}

# demo_loaded WORDS: the first kernel has loaded the second; show where, or end
demo_loaded()
{
	# What QEMU itself complains about is the reason when there is no console
	[ -s "$log" ] || die "QEMU did not start: $(head -n 1 "$log.qemu")"
	rm -f "$log.qemu"

	grep -q '^@end' "$log" || die "the first kernel did not boot; see $log"
	grep -q '^@kexec' "$log" || die "the first kernel did not get to kexec; see $log"
	grep -q '^@kexec 0' "$log" || {
		sed -n 's/^@dmesg \(kexec.*\)/\1/p' "$log" | tail -n 1 >&2
		die "$1 failed: $(sed -n 's/^@said //p' "$log")"
	}
	sed -n 's/^@dmesg //p' "$log" | python3 "$TEST/guest/picture.py" "$elf"
}

# demo_proven WORDS: the kernel after one jump is the one that was loaded, or end
demo_proven()
{
	local there

	[ -n "$(report "$log" 1 end)$(grep -c '^@boot hop=1' "$log" | grep -v 0)" ] ||
		die "$1 did not report: it hangs, or has no PL011 console; see $log"
	there=$(report "$log" 1 build-id)
	[ "$there" = "$id" ] ||
		die "$1's build-id is ${there:-unknown}, that of $VMLINUX is $id"
}
