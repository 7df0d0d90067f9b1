#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# apply.sh [--undo] DIR: lay the project over the Linux tree DIR
#
# Copies the files that are the project's to their kernel paths, and applies
# the patches that serve DIR's version to the files that are Linux's. Run
# again, it brings DIR up to date with the project. Nothing is changed unless
# everything fits: a version without patches, or a hunk that does not apply, is
# refused first. What the files were before is kept in DIR/.kexec-vmlinux,
# from where --undo restores them.
#
# Exit: 0 done, 1 refused (DIR is as it was), 2 wrong arguments.

set -euo pipefail
export LC_ALL=C

top=$(cd "$(dirname "$0")/.." && pwd)

# shellcheck source=scripts/patches.sh
. "$top/scripts/patches.sh"

die() { echo "apply: $*" >&2; exit 1; }
usage() { echo "apply: $*; see --help" >&2; exit 2; }

command -v patch >/dev/null || die "patch is missing: apt-get install patch"
undo=
case ${1-} in
-h | --help) sed -n '3,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;;
--undo) undo=1; shift ;;
-*) usage "no such option: $1" ;;
esac
[ -n "${1-}" ] && [ $# -eq 1 ] || usage "name one Linux tree (make apply LINUX=DIR)"
check_linux "$1"
linux=$(cd "$1" && pwd)
[ -w "$linux/arch/arm64/kernel" ] || die "cannot write to $1"
# One run at a time
exec 7<"$linux"
flock 7

version=$(linux_version "$linux")
patches=$(patches_for "$top" "$version")
[ -n "$patches" ] ||
	die "no patches for Linux $version: $(cd "$top/patches" && printf '%s\n' [0-9]* | sort -V | head -n 1) is the oldest that is served"

state=$linux/.kexec-vmlinux
if [ -n "$undo" ] && [ ! -e "$state" ]; then
	echo "apply: nothing to undo in Linux $version"
	exit 0
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/kexec-vmlinux.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/new"

# The tree as it will be: Linux's files as they were before us, patched, and ours
owned=$(cd "$top" && find arch Documentation -type f ! -name '*~' | sort)
touched=$(sed -n 's,^+++ b/,,p' "$patches"/*.patch | sort -u)
before=$(cd "$state" 2>/dev/null && find orig new next -type f 2>/dev/null | sed 's,^[^/]*/,,' | sort -u) || :

if [ -z "$undo" ]; then
	for file in $touched; do
		src=$linux/$file
		[ ! -e "$state/orig/$file" ] || src=$state/orig/$file
		[ -e "$src" ] || die "Linux $version has no $file: its layout is not known here"
		mkdir -p "$work/new/$(dirname "$file")" "$work/orig/$(dirname "$file")"
		cp -p "$src" "$work/new/$file"
		cp -p "$src" "$work/orig/$file"
	done
	# -f, because patch must not take out what the tree has got already
	for patch in "$patches"/*.patch; do
		patch -d "$work/new" -p1 -F0 -s -f --no-backup-if-mismatch \
			-r "$work/rejects" <"$patch" >"$work/log" 2>&1 ||
			die "${patch#"$top"/} does not apply to this Linux $version: $(head -n 1 "$work/log")"
	done
	for file in $owned; do
		if [ -e "$linux/$file" ] && ! cmp -s "$top/$file" "$linux/$file" &&
		   ! grep -qxF "$file" <<<"$before"; then
			die "$file is there already, and is not ours"
		fi
		mkdir -p "$work/new/$(dirname "$file")"
		cp -p "$top/$file" "$work/new/$file"
	done
fi

# What is there must be what was there before us, what we left there, or what
# a run that was interrupted has put there.
same() { cmp -s "$linux/$2" "$1/$2"; }
for file in $before; do
	same "$state/orig" "$file" || same "$state/new" "$file" ||
		same "$state/next" "$file" ||
		{ [ ! -e "$state/orig/$file" ] && [ ! -e "$linux/$file" ]; } ||
		die "$file was changed since it was applied: restore it, or remove $state if the tree is Linux's again"
done

# Nothing is refused from here on. Files are replaced, not written to: the tree
# may share them with another by hard links, and a run that is interrupted, or for
# which the disk is too small, leaves each as it was or as it is to be.
changed=0

# replace FROM TO
replace()
{
	mkdir -p "$(dirname "$2")" "$state"
	cp -p "$1" "$state/part"
	mv -f "$state/part" "$2"
}

put()
{
	! cmp -s "$1/$2" "$linux/$2" || return 0
	replace "$1/$2" "$linux/$2"
	touch "$linux/$2"	# for make
	changed=$((changed + 1))
}

if [ -z "$undo" ]; then
	for file in $touched; do
		[ -e "$state/orig/$file" ] ||
			replace "$work/orig/$file" "$state/orig/$file"
	done
	rm -rf "$state/next"
	cp -a "$work/new" "$state/next"
fi
for file in $before; do
	[ ! -e "$work/new/$file" ] || continue
	if [ -e "$state/orig/$file" ]; then
		put "$state/orig" "$file"
	elif [ -e "$linux/$file" ]; then
		rm "$linux/$file"
		changed=$((changed + 1))
	fi
done
for file in $(cd "$work/new" && find . -type f | cut -c 3-); do
	put "$work/new" "$file"
done

if [ -n "$undo" ]; then
	rm -rf "$state"
	echo "apply: undone in Linux $version, $changed files changed"
else
	rm -rf "$state/new"
	mv "$state/next" "$state/new"
	echo "apply: ${patches#"$top"/} laid over Linux $version, $changed files changed"
fi
