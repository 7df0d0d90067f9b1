#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# check.sh [TEST...]: run the tests, print TAP, count at the end
#
# TESTs are the names in t/, without ".t"; without any, those that "make check"
# is to run; with --all, every one, on each Linux unless it names its own; with
# --crash, TESTs, or all that is about crash kernels, on the newest Linux and 6.12; with
# --signed, all about signatures.
# Installs and builds what is needed first, then runs as many tests at once as
# there are CPUs.
# LINUX_VERSION, one of patches/linux/versions or a way of building that
# setup/linux.sh has, is what the guests boot first (default: the newest).
#
# Exit: 0 all passed, 1 some failed, 2 wrong arguments.

ME=check
# shellcheck source=tools/kexec-elf-test/setup/common.sh
. "$(dirname "$0")/setup/common.sh"
. "$TEST/setup/packages.sh"
. "$TEST/setup/linux.sh"
. "$TEST/setup/kexec-tools.sh"
. "$TEST/setup/distro.sh"
. "$TEST/guest/guest.sh"

# Those that need but one Linux, and those of "make check" that need more
one="host style apply series demo boot machines memory refuse kexec-tools crash"
some="edit random regress plan cma kho versions dump debug signed bench"
crash="crash crash-regions dump debug"
signed="signed signed-modes ima"
all="$one $some judges ways uefi generic distro crash-regions crash-uefi crash-size"
all="$all signed-modes ima"
everything='' crashes=''
case ${1-} in
-h | --help) help ;;
--all)
	everything=1
	shift
	[ $# -eq 0 ] || usage "--all runs all tests: name none" ;;
--crash)
	shift
	crashes=${*:-$crash}
	# shellcheck disable=SC2086
	[ $# -gt 0 ] || set -- $crash crash-uefi crash-size ;;
--signed)
	shift
	# shellcheck disable=SC2086
	[ $# -gt 0 ] || set -- $signed ;;
-*) usage "no such option: $1" ;;
esac
known_linux "$LINUX_VERSION"
# shellcheck disable=SC2086
[ $# -gt 0 ] || set -- $one $some
for t in "$@"; do
	[ -e "$TEST/t/$t.t" ] || usage "no such test: $t (there are: $all)"
done

# says WORD: what the tests need of that, by their own word. "kernels" are the
# ways of building beside $LINUX_VERSION.
tests=("$@")
says()
{
	local t

	# shellcheck disable=SC2086
	for t in "${tests[@]}" ${everything:+$all}; do
		sed -n "s/^# $1: //p" "$TEST/t/$t.t" | sed "s/NEWEST/$NEWEST/g; s/EACH/$LINUX_VERSIONS/g"
	done
}
needed=$(says kernels)
needed="$needed${everything:+ $LINUX_VERSIONS}${crashes:+ $NEWEST 6.12} $LINUX_VERSION"

# A tree takes 2 GB, a build 0.4
init_cache $((2500 + 2400 * $(printf '%s\n' $needed | sed 's/-.*//' | sort -u | wc -l)${everything:+ + 6000}))
lock
need_build
need device-tree-compiler git perl shellcheck sparse
# shellcheck disable=SC2086
need_linux $needed
# shellcheck disable=SC2046
need $(says packages)
# shellcheck disable=SC2046
[ -z "$(says distro)" ] || fetch_distro ${DISTRO:-$(says distro)}
fetch_user_space
fetch_dump_tools
for name in $(printf '%s\n' $needed | awk '!seen[$0]++'); do
	build_linux "$name"
done
build_kexec_tools
build_initramfs
use_linux "$LINUX_VERSION"
prepared

work=$(mktemp -d "$CACHE/check.XXXXXX")
cd "$TEST"
rc=0

# As many tests at once as there are CPUs, and guests of 6 GB fit
jobs=$(awk -v n="$(nproc)" '/^MemAvailable/ { m = int($2 / 6291456) }
			    END { print m < 1 ? 1 : m < n ? m : n }' /proc/meminfo)

# run LINUX TEST...: in a folder of their own
run()
{
	export LINUX_VERSION=$1 WORK=$work/$1
	use_linux "$1"
	mkdir -p "$WORK"
	shift
	prove --jobs "$jobs" --verbose --merge --exec bash "${@/#/t/}" 2>&1 |
		tee -a "$work/tap" || rc=1
}

export EVERYTHING=''
if [ "$everything" ]; then
	# The series that one would mail is the newest. Only that is booted patch
	# by patch, which takes long: beside all that comes last.
	# shellcheck disable=SC2086
	for name in $LINUX_VERSIONS; do
		set -- $one
		[ $name != "$NEWEST" ] || set -- ${one/series/}
		run $name "${@/%/.t}"
	done
	EVERYTHING=1
	# shellcheck disable=SC2086
	set -- series ${all#"$one"}
	run "$NEWEST" "${@/%/.t}"
elif [ "$crashes" ]; then
	run "$NEWEST" "${@/%/.t}"
	# shellcheck disable=SC2086
	set -- $crashes
	run 6.12 "${@/%/.t}"
else
	run "$LINUX_VERSION" "${@/%/.t}"
fi

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
