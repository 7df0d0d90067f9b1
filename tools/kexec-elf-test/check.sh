#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# check.sh [--suite SUITE] [TEST...] [-- PYTEST-OPTION...]: run tests with pytest
# check.sh --list: print each test, with its suites and its statement
#
# A TEST is the name of a file: "boot" is tests/test_boot.py, "host" t/host.t. Without any, all
# tests of the SUITE run (default: check). A TEST that the SUITE does not have runs on LINUX_VERSION.
#
# LINUX_VERSION is the Linux that guests boot first (default: the newest): a version in
# patches/linux/versions, or a way of building it that is in setup/builds.
#
# Installs packages, and builds kernels before the tests that run on them. Runs as many tests at once as there
# are CPUs. The cache folder keeps the consoles of guests, and log/junit.xml.
#
# Exit: 0 all passed, 1 some failed, 2 wrong arguments.

ME=check
# shellcheck source=tools/kexec-elf-test/setup/common.sh
. "$(dirname "$0")/setup/common.sh"
. "$TEST/setup/packages.sh"
. "$TEST/setup/linux.sh"

export PYTHONPATH=$TEST PYTHONDONTWRITEBYTECODE=1
# Debian's, which has the packages of Debian
python=/usr/bin/python3
suites() { "$python" -m vmtest.suites; }

suite=check files=() options=()
while [ $# -gt 0 ]; do
	case $1 in
	-h | --help)
		sed -n '3,/^[^#]/s/^# \{0,1\}//p' "$0"
		suites
		exit 0 ;;
	--list)	exec "$python" -m vmtest.listing ;;
	--suite)
		[ $# -ge 2 ] || usage "--suite wants a name"
		suite=$2
		shift ;;
	--)	options=("${@:2}")
		break ;;
	-*)	usage "no such option: $1" ;;
	*)
		[[ $1 =~ ^[a-z0-9-]+$ ]] || usage "no such test: '$1'"
		mapfile -t found < <(cd "$TOP" && find tools packaging -path "*/tests/test_${1//-/_}.py" -o -path "*/t/$1.t")
		[ ${#found[@]} -gt 0 ] || usage "no such test: $1 (there are: $(cd "$TOP" &&
			find tools packaging -path '*/tests/test_*.py' -o -path '*/t/*.t' |
			sed 's,.*/,,; s/^test_//; s/\..*//' | tr _ - | sort | paste -sd ' '))"
		files+=("${found[@]}") ;;
	esac
	shift
done
known_linux "$LINUX_VERSION"
# A source takes 2 GB, a build 0.4; "check" has four of them, "all" more
case $suite in
all | distro | debian | readers) init_cache 30000 ;;
*)	init_cache 14000 ;;
esac
lock
need python3 python3-filelock python3-pytest python3-pytest-xdist
[[ " $(suites | awk '{ print $1 }' | paste -sd ' ') " = *" $suite "* ]] ||
	usage "no such suite: '$suite' (there are: $(suites | awk '{ print $1 }' | paste -sd ' '))"
need_build
need device-tree-compiler git perl shellcheck sparse

# As many tests at once as there are CPUs, and guests of 6 GB fit
jobs=$(awk -v n="$(nproc)" '/^MemAvailable/ { m = int($2 / 6291456) }
			    END { print m < 1 ? 1 : m < n ? m : n }' /proc/meminfo)
work=$(mktemp -d "$CACHE/check.XXXXXX")
run=("$python" -m pytest -c "$TOP/pytest.ini" --rootdir "$TOP" --basetemp "$work/tests" --linux "$LINUX_VERSION"
     -m "$suite${files:+ or asked}" "${options[@]}")
cd "$TOP"
[ ${#files[@]} -gt 0 ] || files=(tools packaging)
packages=$("${run[@]}" --collect-only -q --list-packages "${files[@]}" | sed -n 's/^packages: *//p')
# shellcheck disable=SC2086
need $packages
rc=0
LOCKED=1 "${run[@]}" -n "$jobs" --dist loadscope --junitxml "$LOGS/junit.xml" "${files[@]}" || rc=$?
[ $rc -le 1 ] || { say "pytest ended with $rc"; rc=1; }
[ $rc -ne 0 ] || prepared
exit $rc
