#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# check.sh [TEST...]: run the tests, print TAP, count at the end
#
# TESTs are the names in t/, without ".t"; without any, all but "distro", which
# downloads some 300 MB. Installs and builds what is needed first.
#
# Exit: 0 all passed, 1 some failed, 2 wrong arguments.

ME=check
# shellcheck source=tools/kexec-elf-test/setup/common.sh
. "$(dirname "$0")/setup/common.sh"
. "$TEST/setup/packages.sh"
. "$TEST/setup/linux.sh"
. "$TEST/setup/kexec-tools.sh"
. "$TEST/guest/guest.sh"

all="host style apply series demo boot machines memory refuse kexec-tools"
case ${1-} in
-h | --help) help ;;
-*) usage "no such option: $1" ;;
esac
# shellcheck disable=SC2086
[ $# -gt 0 ] || set -- $all
files=()
for t in "$@"; do
	[ -e "$TEST/t/$t.t" ] ||
		usage "no such test: $t (there are: $all distro)"
	files+=("t/$t.t")
done

init_cache
lock
need_build
need device-tree-compiler git perl shellcheck sparse
fetch_user_space
build_linux
build_kexec_tools
build_initramfs
prepared

work=$(mktemp -d "$CACHE/check.XXXXXX")
export WORK=$work

cd "$TEST"
rc=0
prove --verbose --merge --exec bash "${files[@]}" 2>&1 | tee "$work/tap" || rc=1

# A test that dies counts as one that failed, if none of its own did.
awk '/^t\/.*\.t \.\./	{ here = failed }
     /^(ok .*|1\.\.0 )# SKIP/ { skipped++; next }
     /^ok /		{ passed++ }
     /^not ok /		{ failed++ }
     /^Dubious|^No subtests run/ { if (failed == here) failed++ }
     END { printf "%d passed, %d failed", passed, failed
	   if (skipped) printf ", %d skipped", skipped
	   print ""
	   exit failed > 0 || passed == 0 }' "$work/tap" || rc=1
exit $rc
