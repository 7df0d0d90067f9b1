#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# series.sh [--topic TOPIC] DIR [OUT]: write the series that one would mail
#
# DIR is the source of Linux or kexec-tools, git or tarball, with or without the
# project laid over it; it is only read. OUT, by default ./series, gets a folder for
# each topic of patches/linux/topics or patches/kexec-tools/topics, or for TOPIC alone:
# a cover letter and one file a patch, in git-am form, with the new files in the
# patches that need them. Each series applies with git am on top of the series that
# its cover letter names. DIR's get_maintainer.pl, if there is one, prints To and Cc;
# lines "Cc: ADDRESS" in a cover letter name more.
# From and Signed-off-by are your user.name and user.email in git.
# Existing series are replaced.
#
# Exit: 0 written, 1 refused (OUT is as it was), 2 wrong arguments.

set -euo pipefail
export LC_ALL=C

# shellcheck source=scripts/patches.sh
. "$(dirname "$0")/patches.sh"

die() { echo "series: $*" >&2; exit 1; }
usage() { echo "series: $*; see --help" >&2; exit 2; }

for tool in git patch; do
	command -v $tool >/dev/null || die "$tool is missing: apt-get install $tool"
done
topic=
case ${1-} in
-h | --help) sed -n '3,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;;
--topic)
	[ -n "${2-}" ] || usage "--topic wants a topic"
	topic=$2
	shift 2 ;;
-*) usage "no such option: $1" ;;
esac
[ -n "${1-}" ] && [ $# -le 2 ] ||
	usage "name a source tree (make series LINUX=DIR or KEXEC_TOOLS=DIR [TOPIC=loader] [OUT=DIR])"
check_source "$1"
[ -z "$topic" ] || topics | grep -qxF -- "$topic" ||
	usage "no topic '$topic' (there are: $(topics | paste -sd ' '))"
out=${2:-series}

# The configured user, not git's guess from the host name
name=$(git config user.name) || name=
email=$(git config user.email) || email=
if [ -t 0 ]; then
	[ -n "$name" ] || read -rp "Your name, for From and Signed-off-by: " name
	[ -n "$email" ] || read -rp "Your e-mail address: " email
fi
[ -n "$name" ] && [ -n "$email" ] ||
	die "Git has no user.name or user.email: git config --global user.name NAME; git config --global user.email ADDRESS"

version=$(source_version "$1")
mapfile -t all < <(patches_for "$version")
dir=$(cd "$1" && pwd)

# is_series DIR: does it hold a series alone?
is_series()
{
	[ -e "$1/0000-cover-letter.patch" ] && [ -z "$(find "$1" -mindepth 1 ! -name '*.patch')" ]
}

[ ! -e "$out" ] || find "$out" -mindepth 1 -maxdepth 1 | while read -r entry; do
	is_series "$entry" || die "$out holds something else than series: name another OUT"
done

work=$(mktemp -d "${TMPDIR:-/tmp}/kexec-vmlinux.XXXXXX")
trap 'rm -rf "$work"' EXIT
export GIT_AUTHOR_NAME=$name GIT_AUTHOR_EMAIL=$email
export GIT_COMMITTER_NAME=$name GIT_COMMITTER_EMAIL=$email

# The base of the series, a commit if DIR is at one
base="$PROJECT $version"
[ "$PROJECT" != Linux ] || base="$base$(sed -n 's/^SUBLEVEL = /./p; s/^EXTRAVERSION = //p' "$dir/Makefile" | head -n 2 | tr -d '\n')"
if commit=$(git -C "$dir" rev-parse -q --verify HEAD 2>/dev/null) &&
   [ "$(git -C "$dir" rev-parse --show-toplevel)" = "$dir" ]; then
	base="$base
base-commit: $commit"
fi

# files REPO: a repository of the patched files, as they were before the project
files()
{
	local why

	mkdir "$1"
	why=$(copy_before "$dir" "$1" "${all[@]}") || die "$dir: $why"
	git -C "$1" init -q
	git -C "$1" config commit.gpgsign false
	git -C "$1" add -f .
	git -C "$1" commit -q -m "$PROJECT $version"
}

# recipients PATCH...: options of format-patch
recipients()
{
	[ -x "$dir/scripts/get_maintainer.pl" ] && command -v perl >/dev/null || return 0
	(cd "$dir" && scripts/get_maintainer.pl --no-git --no-git-fallback --no-rolestats --m --no-l --no-r "$@" | sed 's/^/--to=/'
	 scripts/get_maintainer.pl --no-git --no-git-fallback --no-rolestats --no-m --l --r "$@" | sed 's/^/--cc=/') 2>/dev/null
}

# write_series NAME COVER STANDS-ON PATCH...: into a folder of $work/out, on top of
# the patches that are in $before
write_series()
{
	local name=$1 cover=$2 on=$3 repo=$work/repo why
	local -a to
	shift 3

	rm -rf "$repo"
	files "$repo"
	why=$(commit_patches "$repo" "${before[@]}" && git -C "$repo" tag base &&
	      commit_patches "$repo" "$@") || die "$why"
	git -C "$repo" rebase -q --exec 'git commit -q --amend --no-edit --reset-author --signoff' base >/dev/null 2>&1
	mapfile -t to < <(recipients "$@"; sed -n 's/^Cc: /--cc=/p' "$cover")
	git -C "$repo" config branch."$(git -C "$repo" branch --show-current)".description "$(grep -v '^Cc: ' "$cover"; echo
		echo "For $base"
		[ -z "$on" ] || echo "It applies on top of: $on")"
	echo "series: $name ..." >&2
	mkdir -p "$work/out"
	git -C "$repo" format-patch -q --cover-letter --cover-from-description=subject \
		--no-signature "${to[@]}" -o "$work/out/$name" base
}

for t in ${topic:-$(topics)}; do
	mapfile -t series < <(patches_for "$version" "$t")
	[ ${#series[@]} -gt 0 ] || continue
	on=
	for other in $(topics "$t"); do
		[ "$other" = "$t" ] || [ -z "$(patches_for "$version" "$other")" ] || on="$on${on:+, }$other"
	done
	mapfile -t before < <(for other in ${on//,/}; do patches_for "$version" "$other"; done)
	write_series "$t" "$PATCHES/$t/cover-letter" "$on" "${series[@]}"
done
[ -d "$work/out" ] || die "$PROJECT $version needs no patch of $topic"

mkdir -p "$out"
for series in "$work/out"/*; do
	rm -rf "$out/new"
	cp -r "$series" "$out/new" || { rm -rf "$out/new"; exit 1; }
	rm -rf "${out:?}/${series##*/}"
	mv "$out/new" "$out/${series##*/}"
	echo "series: $out/${series##*/}: $(find "$series" -name '*.patch' ! -name '0000-*' | wc -l) patches for $PROJECT $version, and a cover letter"
done
