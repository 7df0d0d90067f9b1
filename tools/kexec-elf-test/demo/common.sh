# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# The common part of the demos: settings, the kernel to be loaded, and facts from the console. The
# caller sets $work, a folder, and $console, a log.

. "$TEST/setup/packages.sh"
. "$TEST/setup/linux.sh"
. "$TEST/setup/kexec-tools.sh"
. "$TEST/qemu/guest.sh"

# demo_settings ARGUMENT...: check the settings in the environment, and set the defaults of those
# that are not there; exit if one is wrong, or after --help
demo_settings()
{
	local file

	case ${1-} in
	'') ;;
	-h | --help) help ;;
	*) usage "unknown argument: $1" ;;
	esac
	known_linux "$LINUX_VERSION"
	SMP=${SMP:-2} TIMEOUT=${TIMEOUT:-120}
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
	if [ -z "${CPU:=}" ]; then
		CPU=max
		[ "$(uname -m)" != aarch64 ] || [ ! -w /dev/kvm ] || CPU=host
	fi
}

# demo_prepare: download and build the missing parts
demo_prepare()
{
	[ -z "${PREPARED-}" ] || return 0
	lock
	need_build
	fetch_user_space
	need_linux "$LINUX_VERSION"
	build_linux "$LINUX_VERSION"
	build_kexec_tools
	build_initramfs
	prepared
}

# demo_kernel: set $elf to $VMLINUX, decompressed, $wanted to its build-id, and $MEM by the sizes of
# files, unless it is set
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
	wanted=$(build_id "$elf") || :
	[ -n "$wanted" ] || usage "$VMLINUX has no build-id to know it by, or is truncated"

	# The file is in memory twice, in the page cache and in the kernel's buffer
	[ -z "$MEM" ] || return 0
	size=$(cat "$elf" ${INITRD:+"$INITRD"} | wc -c)
	MEM=$((size * 5 / 2 / 1048576 + 512))M
	[ "${MEM%M}" -ge 1024 ] || MEM=1G
}

# demo_machine: QEMU's options. CPU=host is for KVM, where the interrupt controller is the host's.
demo_machine()
{
	case $CPU in
	host)	echo -M virt,gic-version=host -accel kvm -cpu host ;;
	max)	echo -M virt -cpu max,pauth-impdef=on ;;
	*)	echo -M virt -cpu "$CPU" ;;
	esac
	echo -smp "$SMP" -m "$MEM"
}

# demo_loaded WORDS: draw where the first kernel has loaded the second; exit if it has not
demo_loaded()
{
	# If there is no console, QEMU has printed why
	[ -s "$console" ] || die "QEMU did not start: $(head -n 1 "$console.qemu")"
	rm -f "$console.qemu"
	read_facts "$console"
	[ "${facts[0.end]+yes}" ] || die "the first kernel did not boot; see $console"
	[ "${facts[0.kexec]+yes}" ] || die "the first kernel did not get to kexec; see $console"
	[ "$(fact 0 kexec)" = 0 ] || die "$1 failed: $(fact 0 said)"
	python3 -B "$TEST/demo/picture.py" "$console" "$elf"
}

# demo_proven WORDS: the kernel after one jump is the loaded one; exit if it is not
demo_proven()
{
	[ "${facts[1.end]+yes}" ] ||
		die "$1 did not report: it hangs, or has no PL011 console; see $console"
	[ "$(fact 1 build-id)" = "$wanted" ] ||
		die "$1's build-id is $(fact 1 build-id), that of $VMLINUX is $wanted"
}
