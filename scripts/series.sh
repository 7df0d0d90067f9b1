#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# series.sh [--kexec-tools] DIR [OUT]: write the series that one would mail
#
# DIR is a Linux tree, git or tarball, with or without the project laid over it
# (or, with --kexec-tools, kexec-tools' source without our patches); it is only
# read. OUT, by default ./series, gets a cover letter and one file a patch, in
# git-am form: the patches that serve DIR's version, each with the new files that
# it needs. A series that is there already is replaced. From and Signed-off-by are
# git's user.name and user.email of whoever runs it.
#
# Exit: 0 written, 1 refused (OUT is as it was), 2 wrong arguments.

set -euo pipefail
export LC_ALL=C

top=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=scripts/patches.sh
. "$top/scripts/patches.sh"

die() { echo "series: $*" >&2; exit 1; }
usage() { echo "series: $*; see --help" >&2; exit 2; }

for tool in git patch; do
	command -v $tool >/dev/null || die "$tool is missing: apt-get install $tool"
done
what=linux
case ${1-} in
-h | --help) sed -n '3,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;;
--kexec-tools) what=kexec-tools; shift ;;
-*) usage "no such option: $1" ;;
esac
[ -n "${1-}" ] && [ $# -le 2 ] ||
	usage "name a source tree (make series LINUX=DIR [OUT=DIR])"
out=${2:-series}

# A person, not this machine's idea of one
name=$(git config user.name) || name=
email=$(git config user.email) || email=
if [ -t 0 ]; then
	[ -n "$name" ] || read -rp "Your name, for From and Signed-off-by: " name
	[ -n "$email" ] || read -rp "Your e-mail address: " email
fi
[ -n "$name" ] && [ -n "$email" ] ||
	die "who signs this off? git config --global user.name NAME; git config --global user.email ADDRESS"

dir=$1 new=''
if [ $what = linux ]; then
	check_linux "$dir"
	version=$(linux_version "$dir")
	patches=$(patches_for "$top" "$version")
	[ -n "$patches" ] || die "no patches for Linux $version"
	new=$(cd "$top" && find arch Documentation -type f ! -name '*~' | sort)
else
	[ -e "$dir/kexec/kexec.c" ] || die "$dir is not kexec-tools' source"
	patches=$top/patches/kexec-tools
	version=$(sed -n 's/^AC_INIT(\[\{0,1\}kexec-tools\]\{0,1\}, *\[\{0,1\}\([0-9.]*[0-9]\).*/\1/p' "$dir/configure.ac")
fi
if [ -e "$out" ] && [ -n "$(ls -A "$out")" ] &&
   { [ ! -e "$out/0000-cover-letter.patch" ] ||
     [ -n "$(find "$out" -mindepth 1 ! -name '*.patch' | head -n 1)" ]; }; then
	die "$out holds something else than a series: name another OUT"
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/kexec-vmlinux.XXXXXX")
trap 'rm -rf "$work"' EXIT
repo=$work/repo
mkdir "$repo"
as_user() { git -C "$repo" -c "user.name=$name" -c "user.email=$email" -c commit.gpgsign=false "$@"; }

# A repository of what the patches touch, as it was before the project
cd_dir=$(cd "$dir" && pwd)
for file in $(sed -n 's,^+++ b/,,p' "$patches"/*.patch | sort -u); do
	src=$cd_dir/$file
	! cmp -s "$src" "$cd_dir/.kexec-vmlinux/new/$file" ||
		src=$cd_dir/.kexec-vmlinux/orig/$file
	[ -e "$src" ] || die "$dir has no $file: its layout is not known here"
	mkdir -p "$repo/$(dirname "$file")"
	cp "$src" "$repo/$file"
done
as_user init -q
as_user add -f .
as_user commit -q -m "$what $version"
as_user tag base

# A file of ours comes with the first patch that builds or lists it
needs()
{
	local stem
	stem=$(basename "${2%.*}")

	grep -E "^\+.*\b$stem(\.o|\.h|\$)" "$1" >/dev/null
}

for patch in "$patches"/*.patch; do
	as_user am -q --keep-non-patch "$patch" >"$work/log" 2>&1 ||
		die "${patch#"$top"/} does not apply to $what $version: $(grep -m 1 error "$work/log" || head -n 1 "$work/log")"
	left=
	for file in $new; do
		if needs "$patch" "$file"; then
			mkdir -p "$repo/$(dirname "$file")"
			cp "$top/$file" "$repo/$file"
			as_user add -f "$file"
		else
			left="$left $file"
		fi
	done
	new=$left
	as_user commit -q --amend --no-edit --reset-author --signoff
done
[ -z "${new# }" ] || die "no patch builds or lists$new"

# The cover letter: the subject, and what is to be said, are in the tree
cover=$top/patches/cover-letter-$what
as_user config branch."$(as_user branch --show-current)".description "$(cat "$cover")"
as_user format-patch -q --cover-letter --cover-from-description=subject \
	--no-signature -o "$work/out" base
mkdir -p "$out"
find "$out" -maxdepth 1 -name '*.patch' -delete
cp "$work/out"/*.patch "$out"
echo "series: $(find "$work/out" -name '*.patch' ! -name '0000-*' | wc -l) patches for $what $version, and a cover letter, in $out"
