#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# bench.sh [CASE...]: the cost of loading a kernel, counted in QEMU
#
# Boots a Linux 7.x, patched or (LINUX_VERSION=7.3-plain) not, for each case, with -icount, loads a kernel there with
# kexec, and counts: instructions of the command and of its system call, with a
# cold and a warm page cache; memory; bytes copied at the jump, and instructions
# from reboot(2) to the second kernel's first line. It measures no time. Cases:
#
#   image vmlinux-stripped vmlinux   one kernel, as "kexec -s" loads it
#   vmlinux-gz vmlinux-xz vmlinux-zst, image-gz
#                                    the same, compressed
#   kexec_load                       the same vmlinux, the older system call
#   image-cma vmlinux-cma vmlinux-debian-cma vmlinux-rt-cma
#                                    loaded into the CMA area, which Linux tries first
#   image-signed vmlinux-signed      signed, on a kernel in lockdown (LINUX_VERSION=7.3-signed); the digest is
#                                    counted apart
#   image-debian vmlinux-debian vmlinux-debian-xz kexec_load-debian
#                                    Debian's newest cloud kernel; downloads 300 MB
#   image-rt vmlinux-rt              its real-time kernel; downloads 300 MB
#   dwarf-N                          Debian's cloud kernel, stripped, with N MiB of no use
#   ranges-N                         vmlinux, on a machine with N ranges of memory
#   ram-N ram-NM                     vmlinux, on a machine with N GiB or N MiB of memory (others: 2 GiB)
#
# Prints a table. Settings, as variables of "make bench" or of the environment:
#
#   JSON=FILE      the figures, as a list of objects, one for each case
#   SVG=FILE       the picture (default: bench.svg in the cache folder)
#   ROUNDS=3       the number of loads with -s, of which the lowest figure counts; "most" is
#                  the highest of them, and of the first on that machine
#   PROFILE=1      where the instructions of the warm system call and of the jump go: the functions with
#                  the most are printed, and flame graphs, CASE.profile.svg and CASE.jump.svg, are left
#                  beside the picture
#   LINUX_VERSION=7.3-64k
#                  the Linux that loads (default: the newest), or a way of building it
#   CASES="..."    as the arguments (default: all, DWARF 0 to 1536, ranges 1 to 1000)
#
# Exit: 0 all was counted, 1 something was not, 2 wrong arguments.

ME=bench
# shellcheck source=tools/kexec-elf-test/setup/common.sh
. "$(dirname "$0")/../setup/common.sh"
. "$TEST/setup/packages.sh"
. "$TEST/setup/linux.sh"
. "$TEST/setup/kexec-tools.sh"
. "$TEST/setup/distro.sh"
. "$TEST/setup/qemu.sh"
. "$TEST/qemu/guest.sh"
. "$TEST/bench/ranges.sh"

all="image vmlinux-stripped vmlinux kexec_load image-cma vmlinux-cma
     image-gz vmlinux-gz vmlinux-xz vmlinux-zst
     image-debian vmlinux-debian vmlinux-debian-cma vmlinux-debian-xz kexec_load-debian
     image-rt vmlinux-rt vmlinux-rt-cma
     dwarf-0 dwarf-256 dwarf-512 dwarf-1024 dwarf-1536
     ranges-1 ranges-10 ranges-100 ranges-300 ranges-1000
     ram-256M ram-1 ram-4 ram-16 ram-64"
case ${1-} in
-h | --help) help ;;
-*) usage "no such option: $1" ;;
esac
# shellcheck disable=SC2086
[ $# -gt 0 ] || set -- ${CASES:-$all}
for name in "$@"; do
	case $name in
	ranges-0* | dwarf-0?* | ram-0*) usage "no such case: $name" ;;
	ram-*M)	[[ ${name#ram-} =~ ^[1-9][0-9]{2,4}M$ ]] ||
			usage "$name: from 100M to 99999M" ;;
	ranges-* | dwarf-* | ram-*)
		[[ ${name#*-} =~ ^[0-9]{1,4}$ ]] || usage "no such case: $name"
		[ "${name#ram-}" = "$name" ] || [ "${name#ram-}" -le 64 ] || usage "$name: no more than 64 GiB"
		[ "${name#ranges-}" -le 1000 ] 2>/dev/null || [ "${name#ram-}" != "$name" ] || [ "${name#dwarf-}" != "$name" ] ||
			usage "$name: no more than 1000 ranges"
		;;
	*-signed)
		[[ $name =~ ^(image|vmlinux)-signed$ && $LINUX_VERSION = *-signed ]] ||
			usage "$name: image-signed and vmlinux-signed are for LINUX_VERSION=$NEWEST-signed" ;;
	*)	case " ${all//$'\n'/ } " in
		*" $name "*) ;;
		*) usage "no such case: $name" ;;
		esac ;;
	esac
done
[[ ${ROUNDS:=3} =~ ^[1-9][0-9]?$ ]] || usage "ROUNDS is a number up to 99, not $ROUNDS"
[[ ${PROFILE:-0} =~ ^[01]$ ]] || usage "PROFILE is 0 or 1, not $PROFILE"
case $LINUX_VERSION in
"$NEWEST" | "$NEWEST-16k-secure" | "$NEWEST-64k" | "$NEWEST-plain" | "$NEWEST-signed") ;;
*) usage "LINUX_VERSION is $NEWEST, $NEWEST-16k-secure, $NEWEST-64k, $NEWEST-plain or $NEWEST-signed, not $LINUX_VERSION" ;;
esac
JSON=${JSON:+$(realpath -m "$JSON")}
SVG=$(realpath -m "${SVG:-$CACHE/bench.svg}")
for file in $JSON "$SVG"; do
	# The cache folder is made when it is needed
	[ -d "$(dirname "$file")" ] || [ "$file" = "$CACHE/bench.svg" ] || usage "no such folder: $(dirname "$file")"
done

# A test has prepared this
[ "${PREPARED-}" ] || {
	init_cache 8000
	lock
	need_build
	need device-tree-compiler gnuplot-nox sbsigntool xz-utils zstd
	need_qemu_10
	[ "${PROFILE:-0}" = 0 ] || need libdevel-nytprof-perl
	fetch_user_space
	case " $* " in
	*debian* | *dwarf*) need_distro cloud-7 ;;
	esac
	case " $* " in
	*-rt*) need_distro rt-7 ;;
	esac
	build_linux "$LINUX_VERSION"
	build_kexec_tools
	build_initramfs
	prepared
}
use_linux "$LINUX_VERSION"
DEBIAN=$DISTRO_DIR/cloud-7/vmlinux

work=$(mktemp -d "$CACHE/bench.XXXXXX")
vmlinux=$BUILD/vmlinux
Image=$BUILD/arch/arm64/boot/Image

# prepare NAME: leaves the kernel of that case in $work/disk/kernel, sets
# $symbols, a vmlinux of the same, $how it is loaded, by which $call, and the
# $options of the running kernel
prepare()
{
	local to=$work/disk/kernel

	symbols=$vmlinux how=-s call=kexec_file_load options=cma=0
	case $1 in
	*debian* | dwarf*) symbols=$DEBIAN ;;
	*-rt*) symbols=$DISTRO_DIR/rt-7/vmlinux ;;
	esac
	case $1 in
	*-cma) options=cma=256M ;;
	*-signed) options="cma=0 lockdown=integrity" ;;
	esac
	rm -f "$to"
	case $1 in
	image-debian | image-rt)
			flatten "$symbols" "$to" ;;
	image-gz)	gzip -c "$Image" >"$to" ;;
	*-gz)		gzip -c "$symbols" >"$to" ;;
	# As the kernel's build compresses an Image, and openSUSE a vmlinux
	*-xz)		xz -T 2 -c "$symbols" >"$to" ;;
	*-zst)		zstd -q -T2 -c "$symbols" >"$to" ;;
	image-signed)	sbsign --key "$BUILD/trusted.key" --cert "$BUILD/trusted.pem" \
				--output "$to" "$Image" 2>"$work/sbsign.out" ;;
	vmlinux-signed)	cp "$symbols" "$to"
			"$BUILD/scripts/sign-file" sha256 "$BUILD"/trusted.{key,pem} "$to" ;;
	image*)		place "$Image" "$to" ;;
	*-stripped)	aarch64-linux-gnu-strip -o "$to" "$symbols" ;;
	dwarf-*)
		[ -e "$work/stripped" ] ||
			aarch64-linux-gnu-strip -o "$work/stripped" "$symbols"
		python3 -B "$TEST/bench/pad.py" "$work/stripped" "$to" $((${1#*-} << 20)) ;;
	kexec_load*)	how=-c call=kexec_load; place "$symbols" "$to" ;;
	*)		place "$symbols" "$to" ;;
	esac
}

# boot WHAT: the guest, with that job; the console is $console
boot()
{
	# Without seeds for random numbers, the kernel that loads does not move, and
	# all goes the same way each time.
	local what=$1 rounds=$ROUNDS ram=2G cpu=cortex-a57 machine=(-M "virt,dtb-randomness=off,memory-backend=ram")

	# Cortex-A57 has no pages of 16K
	[ "${LINUX_VERSION#*-16k}" = "$LINUX_VERSION" ] || cpu=cortex-a76
	# The host need not have memory that the guest does not touch
	case $name in
	ram-*M)	ram=${name#ram-} ;;
	ram-*)	ram=${name#ram-}G ;;
	esac
	machine+=(-cpu "$cpu" -m "$ram" -object "memory-backend-ram,id=ram,size=$ram,reserve=off")
	case $what in
	memory)	machine+=(-icount "shift=0,sleep=off" -smp 2) ;;
	*)	machine+=(-icount "shift=0,sleep=off") ;;
	esac
	console=$work/$name-$what.log
	# kexec_load() costs so much that variations do not matter
	[ "$how" = -s ] || rounds=1
	append="what=$what how=$how rounds=$rounds $options page_poison=0"
	[ "${name#ranges-}" = "$name" ] || ranges "${name#ranges-}"
	run_guest "$console" 600 0 "$work/disk.img" "$append" "${machine[@]}" ||
		say "$name: not done in time; last words: $(tail -n 1 "$console")"
	cp "$console" "$LOGS/bench-$name-$what.log"
}

# count_calls WHAT FUNCTION [UNTIL]: the guest, with that job, in a QEMU that counts the instructions of
# the last call of FUNCTION, or the call that ends at an address; $folded has them by call chain,
# $folded.bytes the bytes that they load and store
count_calls()
{
	local QEMU=("$QEMU_10" -plugin)

	[ -e "$work/profile.so" ] || gcc -O2 -Wall -shared -fPIC -fvisibility=hidden -o "$work/profile.so" \
		"$TEST/bench/profile.c" "$TOP/tools/kexec-cache-check/symbols.c"
	folded=$work/$name.$1
	QEMU+=("$work/profile.so,map=$BUILD/System.map,function=__arm64_sys_$2,out=$folded${3:+,until=$3}")
	boot "$1"
	sum=$(awk '{ sum += $NF } END { print sum + 0 }' "$folded" 2>/dev/null || :)
}

# flame_graph TITLE: of $folded, and the functions that take the most
flame_graph()
{
	local svg

	svg=${SVG%/*}/${folded##*/}.svg
	[ -s "$folded" ] || { say "${folded##*/}: no profile"; return 1; }
	perl /usr/share/perl5/Devel/NYTProf/flamegraph.pl --title "$1" --countname instructions --width 1400 \
		"$folded" >"$svg" || return
	echo "$1"
	sed 's/ \([0-9]*\)$/;\1/' "$folded" | awk -F ';' '{ self[$(NF - 1)] += $NF; sum += $NF }
		END { for (f in self) printf "%8.2f  %4.1f %%  %s\n", self[f] / 1e6, 100 * self[f] / sum, f }' |
		sort -rn | sed -n 1,12p
	say "profile: $svg"
}

# millions N
millions() { awk -v n="$1" 'BEGIN { printf "%.2f million instructions\n", n / 1e6 }'; }

# traffic: the bytes that they load and store
traffic() { awk '{ printf "%.1f MiB are loaded, %.1f MiB stored\n", $1 / 1048576, $2 / 1048576 }' "$folded.bytes"; }

profile()
{
	count_calls profile "$call"
	flame_graph "$name: $call(): $(millions "$sum"), $(traffic); the PMU counts $(millions "$(sed -n 's/^@insn_profiled //p' "$console")")"
}

# load_bytes CASE FILE: the size of the loaded part of the file
load_bytes()
{
	local n sum=0

	case $1 in
	*-gz | *-xz | *-zst) set -- "$1" "$([ "${1#image}" = "$1" ] && echo "$symbols" || echo "$Image")" ;;
	esac
	if ! readelf -lW "$2" >"$work/readelf" 2>/dev/null; then
		stat -L -c %s "$2"
		return
	fi
	for n in $(awk '$1 == "LOAD" { print $5 }' "$work/readelf"); do
		sum=$((sum + n))
	done
	echo $sum
}

rc=0
for name in "$@"; do
	say "$name"
	insn_jump=0 insn_digest=0
	rm -rf "$work/disk"
	mkdir "$work/disk"
	prepare "$name"
	cp "$INITRAMFS" "$work/disk/initrd"
	cp "$TEST/guest/jobs/bench.sh" "$work/disk/job"
	make_disk "$work/disk.img" "$work/disk"
	case $name in
	dwarf* | ranges* | ram*) boot insn ;;
	*)	boot insn
		boot memory
		# To the beginning of every kernel, before its first line
		until=$(nm "$symbols" | sed -n 's/ . smp_setup_processor_id$//p')
		count_calls jump reboot "${until:?"$symbols has no smp_setup_processor_id"}"
		insn_jump=$sum
		[ "${PROFILE:-0}" = 0 ] || {
			flame_graph "$name: jump: $(millions "$sum"), $(traffic)" || rc=1
			profile || rc=1
		} ;;
	esac
	case $name in
	*-signed)
		[ "${PROFILE:-0}" = 1 ] || count_calls profile "$call"
		insn_digest=$(awk '/;sha[0-9]+_[^;]* [0-9]+$/ { sum += $NF } END { print sum + 0 }' "$folded") ;;
	esac
	# Facts that only this script knows; report.py reads the rest in the consoles
	{
		echo "file_bytes $(stat -L -c %s "$work/disk/kernel")"
		echo "load_bytes $(load_bytes "$name" "$work/disk/kernel")"
		echo "build_id $(build_id "$symbols")"
		echo "insn_jump $insn_jump"
		echo "insn_digest $insn_digest"
	} >"$work/$name.case"
done
title="Linux ${LINUX##*-}${LINUX_VERSION#"$NEWEST"}, $(date +%F), $(qemu-system-aarch64 --version | sed -n "1s/ (.*//; 1s/ emulator version//p")"
python3 -B "$TEST/bench/report.py" "$work" "$title" "${JSON:-}" "$@" || rc=1
(cd "$work" && SVG=$SVG TITLE=$title gnuplot "$TEST/bench/plot.gp" 2>"$work/gnuplot.out") &&
	say "picture: $SVG" || say "no picture: $(grep -v '^ *\^*$' "$work/gnuplot.out" | tail -n 1)"
exit $rc
