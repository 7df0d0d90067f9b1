#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# apply.sh [--undo] DIR: lay the project over DIR, the source of Linux or kexec-tools
#
# Copies the project's files to their kernel paths, and applies the patches for
# DIR's version to its files. A second run brings DIR up to date with the project.
# apply.sh refuses a version without patches and a hunk that does not apply before it
# changes any file. It keeps the original files in DIR/.kexec-vmlinux, from where
# --undo restores them.
#
# Exit: 0 done, 1 refused (DIR is as it was), 2 wrong arguments.

set -euo pipefail
export LC_ALL=C

# shellcheck source=scripts/patches.sh
. "$(dirname "$0")/patches.sh"

die() { echo "apply: $*" >&2; exit 1; }
usage() { echo "apply: $*; see --help" >&2; exit 2; }

command -v patch >/dev/null || die "patch is missing: apt-get install patch"
undo=
case ${1-} in
-h | --help) sed -n '3,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;;
--undo) undo=1; shift ;;
-*) usage "no such option: $1" ;;
esac
[ -n "${1-}" ] && [ $# -eq 1 ] || usage "name one source tree (make apply LINUX=DIR or KEXEC_TOOLS=DIR)"
check_source "$1"
tree=$(cd "$1" && pwd)
[ -w "$tree" ] || die "cannot write to $1"
# One run at a time
exec 7<"$tree"
flock 7

version=$(source_version "$tree")
state=$tree/.kexec-vmlinux
if [ -n "$undo" ] && [ ! -e "$state" ]; then
	echo "apply: nothing to undo in $PROJECT $version"
	exit 0
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/kexec-vmlinux.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/new"

# The tree as it will be: its files as they were before us, patched, and ours
before=$(cd "$state" 2>/dev/null && find orig new next -type f 2>/dev/null | sed 's,^[^/]*/,,' | sort -u) || :

if [ -z "$undo" ]; then
	lay "$tree" "$work" || die "$(<"$work/why")"
	for file in $(owned); do
		if [ -e "$tree/$file" ] && ! cmp -s "$work/new/$file" "$tree/$file" &&
		   ! grep -qxF "$file" <<<"$before"; then
			die "$file is there already, and is not ours"
		fi
	done
fi

# Each file must be the original, the one that the last run has written, or the one
# that an interrupted run has written.
same() { cmp -s "$tree/$2" "$1/$2"; }
for file in $before; do
	same "$state/orig" "$file" || same "$state/new" "$file" ||
		same "$state/next" "$file" ||
		{ [ ! -e "$state/orig/$file" ] && [ ! -e "$tree/$file" ]; } ||
		die "$file was changed since it was applied: restore it, or remove $state if the tree is the original again"
done

# All checks are done. Files are replaced, not written to: the tree may
# share them with another by hard links. Each file is the old or the new one, also
# after SIGKILL. After any other failure, each is the old one.
changed=0

# replace FROM TO
replace()
{
	mkdir -p "$(dirname "$2")" "$state"
	cp -p "$1" "$state/part"
	mv -f "$state/part" "$2"
}

# keep FILE: in $state/was, as it is. Links to files stay links, and need no room.
keep()
{
	mkdir -p "$(dirname "$state/was/$1")"
	[ ! -e "$tree/$1" ] || cp -PlT "$tree/$1" "$state/was/$1"
	touched+=("$1")
}

put()
{
	! cmp -s "$1/$2" "$tree/$2" || return 0
	keep "$2"
	if [ -n "$undo" ] && [ -L "$state/links/$2" ]; then
		cp -PT --remove-destination "$state/links/$2" "$tree/$2"
	else
		replace "$1/$2" "$tree/$2"
		touch "$tree/$2"	# for make
	fi
	changed=$((changed + 1))
}

# roll_back: each touched file as it was
touched=() had_state=
[ ! -e "$state" ] || had_state=1
roll_back()
{
	local file

	rm -rf "$work"
	rm -f "$state/part"
	for file in "${touched[@]}"; do
		# mv leaves two names of one file
		rm -f "$tree/$file"
		if [ -L "$state/was/$file" ] || [ -e "$state/was/$file" ]; then
			mv -T "$state/was/$file" "$tree/$file"
		fi
	done
	rm -rf "$state/was" "$state/next"
	[ -n "$had_state" ] || rm -rf "$state"
	echo "apply: interrupted, or a file cannot be written: $1 is as it was" >&2
	exit 1
}
rm -rf "$state/was"
trap 'roll_back "$1"' EXIT
trap 'exit 1' INT TERM HUP

if [ -z "$undo" ]; then
	for file in $(cd "$work/orig" && find . -type f | cut -c 3-); do
		[ ! -e "$state/orig/$file" ] || continue
		replace "$work/orig/$file" "$state/orig/$file"
		[ ! -L "$tree/$file" ] || {
			mkdir -p "$(dirname "$state/links/$file")"
			cp -PT "$tree/$file" "$state/links/$file"
		}
	done
	rm -rf "$state/next"
	cp -a "$work/new" "$state/next"
fi
for file in $before; do
	[ ! -e "$work/new/$file" ] || continue
	if [ -e "$state/orig/$file" ]; then
		put "$state/orig" "$file"
	elif [ -e "$tree/$file" ]; then
		keep "$file"
		rm "$tree/$file"
		changed=$((changed + 1))
	fi
done
for file in $(cd "$work/new" && find . -type f | cut -c 3-); do
	put "$work/new" "$file"
done

trap 'rm -rf "$work"' EXIT
rm -rf "$state/was"
if [ -n "$undo" ]; then
	rm -rf "$state"
	echo "apply: undone in $PROJECT $version, $changed files changed"
else
	# Drop the saved originals of files without a patch
	(cd "$state/orig" && find . -type f) | while read -r file; do
		[ -e "$work/orig/$file" ] || rm "$state/orig/$file"
	done
	find "$state/orig" -mindepth 1 -type d -empty -delete
	rm -rf "$state/new"
	mv "$state/next" "$state/new"
	versions | grep -qxF "$version" ||
		echo "apply: $PROJECT $version is not tested; tested are $(versions | paste -sd ' ')" >&2
	echo "apply: laid over $PROJECT $version, $changed files changed"
fi
