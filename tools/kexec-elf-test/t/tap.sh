# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# For tests in shell: TAP. check.sh runs them, with a folder for shared files, SHARED_DIR.

ME=$(basename "$0" .t)
# shellcheck source=tools/kexec-elf-test/setup/common.sh
. "$(dirname "$0")/../setup/common.sh"
. "$TEST/setup/packages.sh"
. "$TEST/setup/linux.sh"
. "$TEST/qemu/guest.sh"

# A name that begins with "... " is about the subject of the check before, which is printed too.
nr_checks=0 subject=''
named()
{
	case $1 in
	"... "*) name="$subject: ${1#... }" ;;
	*)	name=$1
		subject=${1%:*} ;;
	esac
	nr_checks=$((nr_checks + 1))
}

ok() { local name; named "$*"; echo "ok $nr_checks - $name"; }
not_ok() { local name; named "$*"; echo "not ok $nr_checks - $name"; }
skip() { nr_checks=$((nr_checks + 1)); echo "ok $nr_checks # SKIP $*"; }
done_testing() { echo "1..$nr_checks"; }

# is GOT WANTED NAME, like GOT REGEX NAME
is()
{
	if [ "$1" = "$2" ]; then ok "$3"; else
		not_ok "$3"
		printf '#      got: %s\n#   wanted: %s\n' "$1" "$2"
	fi
}

like()
{
	if [[ $1 =~ $2 ]]; then ok "$3"; else
		not_ok "$3"
		printf '#      got: %s\n#   wanted: %s\n' "$1" "$2"
	fi
}

# Tests run at the same time: a file that one of them makes for all appears as a whole.
test_dir=$SHARED_DIR/$ME
mkdir -p "$test_dir"
# shellcheck disable=SC2034 # for tests
edit=$SHARED_DIR/vmlinux-edit
[ -e "$edit" ] || {
	gcc -O2 -Wall -Wextra -o "$test_dir/new" "$TEST/qemu/vmlinux-edit.c" -lelf
	mv "$test_dir/new" "$edit"
}
