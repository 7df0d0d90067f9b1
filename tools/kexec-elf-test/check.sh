#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# check.sh [--suite SUITE] [TEST...]: run tests, print TAP, and count at the end
#
# A TEST is a file in t/, without ".t". Without any, all tests of the SUITE run (default: check):
#
#   check    what "make check" runs: user space, the patches, QEMU, one chain through all versions
#   all      all tests, on all versions of Linux and all ways of building them; downloads 4 GB
#   crash    all about crash kernels, on the newest Linux and 6.12
#   signed   all about signatures, lockdown and IMA, on the newest Linux and 6.12
#   debug    kgdb and other debuggers, on kernels that have what they need
#   proof    what CBMC proves of the loaders for all values; minutes
#   faults   on a kernel that watches itself, whose allocations fail
#   caches   with a model of a cache that never cleans itself
#   cost     the topic cost: bench, and what else its code runs, hibernation and other architectures
#   hops     a thousand kexecs in a row; half an hour
#   distro   the vmlinux files of Debian's kernels; downloads 4 GB (DISTRO="cloud-7 rt-6.12": fewer)
#   debian   Debian 13 and sid for arm64 with our packages, which are built first: an hour
#   readers  each Debian's gdb, drgn, crash and makedumpfile on dumps of two Linux: an hour
#
# LINUX_VERSION is the Linux that guests boot first (default: the newest): one of
# patches/linux/versions, or a way of building it that is in setup/builds.
#
# Installs and builds what is needed first. Runs as many tests at once as there are CPUs.
#
# Exit: 0 all passed, 1 some failed, 2 wrong arguments.

ME=check
# shellcheck source=tools/kexec-elf-test/setup/common.sh
. "$(dirname "$0")/setup/common.sh"
. "$TEST/setup/packages.sh"
. "$TEST/setup/linux.sh"
. "$TEST/setup/kexec-tools.sh"
. "$TEST/setup/distro.sh"
. "$TEST/setup/qemu.sh"
. "$TEST/qemu/guest.sh"
. "$TOP/packaging/root.sh"
. "$TEST/demo/debian-image.sh"

# header FIELD TEST...: the words after "# FIELD:" at the top of the tests, as versions of Linux
header()
{
	local test

	for test in "${@:2}"; do
		sed -n "s/^# $1: //p" "$TEST/t/$test.t"
	done | sed "s/NEWEST/$NEWEST/g; s/EACH/${LINUX_VERSIONS// /,}/g" | tr ' ' '\n'
}

# in_suite TEST: print the Linux versions on which $SUITE runs it, with commas between; nothing if the
# suite does not run it
in_suite() { header suites "$1" | sed -n "s/^$SUITE$/$LINUX_VERSION/p; s/^$SUITE@//p"; }

export SUITE=check
case ${1-} in
-h | --help) help ;;
--suite)
	SUITE=${2-}
	shift; shift || : ;;
-*) usage "no such option: $1" ;;
esac
# shellcheck disable=SC2046
suites=$(header suites $(cd "$TEST/t" && ls -- *.t | sed 's/\.t$//') | sed 's/@.*//' | sort -u | paste -sd ' ')
case " $suites " in
*" $SUITE "*) ;;
*) usage "no such suite: '$SUITE' (there are: $suites)" ;;
esac
known_linux "$LINUX_VERSION"

# What to run: tests by version, in the order of patches/linux/versions. Tests that are named run on
# $LINUX_VERSION unless the suite has another.
declare -A tests_on=()
named=("$@")
for file in "$TEST"/t/*.t; do
	name=$(basename "$file" .t)
	versions=$(in_suite "$name")
	if [ ${#named[@]} -gt 0 ]; then
		case " ${named[*]} " in
		*" $name "*) versions=${versions:-$LINUX_VERSION} ;;
		*) continue ;;
		esac
	fi
	for version in ${versions//,/ }; do
		tests_on[$version]+="$name "
	done
done
for name in "${named[@]}"; do
	[ -e "$TEST/t/$name.t" ] ||
		usage "no such test: $name (there are: $(cd "$TEST/t" && ls -- *.t | sed 's/\.t$//' | paste -sd ' '))"
done
mapfile -t versions < <(printf '%s\n' "${!tests_on[@]}" | sort -Vr)
mapfile -t tests < <(printf '%s' "${tests_on[@]}" | tr ' ' '\n' | sort -u)
mapfile -t builds < <({ printf '%s\n' "$LINUX_VERSION" "${versions[@]}"
			header kernels "${tests[@]}" | tr , '\n'; } | awk '!seen[$0]++')

# A source takes 2 GB, a build 0.4; the kernels of distributions 6
init_cache $((2500 + 2400 * $(printf '%s\n' "${builds[@]}" | sed 's/-.*//' | sort -u | wc -l) +
	      $([ -n "$(header distro "${tests[@]}")" ] && echo 6000 || echo 0) +
	      5000 * $(header machine "${tests[@]}" | sort -u | wc -l)))
[ -z "$(header machine "${tests[@]}")" ] || make_debs
lock
need_build
need device-tree-compiler git perl shellcheck sparse
need_linux "${builds[@]}"
# shellcheck disable=SC2046
need $(header packages "${tests[@]}")
mapfile -t distros < <(printf '%s\n' ${DISTRO:-$(header distro "${tests[@]}")})
[ -z "$(header distro "${tests[@]}")" ] || fetch_distro "${distros[@]}"
[ -z "$(header qemu "${tests[@]}")" ] || need_qemu_10
fetch_user_space
fetch_dump_tools
for name in "${builds[@]}"; do
	build_linux "$name"
done
build_all_kexec_tools
build_initramfs
for suite in $(header machine "${tests[@]}" | sort -u); do
	build_debian "$CACHE/debs" "$suite"
done
prepared

work=$(mktemp -d "$CACHE/check.XXXXXX")
cd "$TEST"
rc=0

# As many tests at once as there are CPUs, and guests of 6 GB fit
jobs=$(awk -v n="$(nproc)" '/^MemAvailable/ { m = int($2 / 6291456) }
			    END { print m < 1 ? 1 : m < n ? m : n }' /proc/meminfo)

for version in "${versions[@]}"; do
	use_linux "$version"
	export LINUX_VERSION=$version LINUX BUILD SHARED_DIR=$work/$version
	mkdir -p "$SHARED_DIR"
	mapfile -t files < <(printf 't/%s.t\n' ${tests_on[$version]})
	prove --jobs "$jobs" --verbose --merge --exec bash "${files[@]}" 2>&1 |
		tee -a "$work/tap" || rc=1
done

# A test that dies counts as one that failed, if none of its own did.
awk '/^t\/.*\.t \.\./	{ here = failed }
     /^ok .*# SKIP/ || / skipped: / { skipped++; next }
     /^ok /		{ passed++ }
     /^not ok /		{ failed++ }
     /^Dubious|^No subtests run/ { if (failed == here) failed++ }
     END { printf "%d passed, %d failed", passed, failed
	   if (skipped) printf ", %d skipped", skipped
	   print ""
	   exit failed > 0 || passed == 0 }' "$work/tap" || rc=1
exit $rc
