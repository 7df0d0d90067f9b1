# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by the scripts here: which patches serve a version of Linux or kexec-tools,
# and the files that they make.
#
# patches/linux and patches/kexec-tools are laid out alike. The file topics lists the
# topics in the order in which they are applied, and versions the versions that are
# tested, the newest first; those with the word "loaded" have no patches.
# NAME.patch in a topic is for the newest version; NAME@VERSION.patch takes its place
# for VERSION and older versions, down to the next such file. "Since: VERSION" and
# "Until: VERSION" after a patch's "---" limit the versions that it is for. "Brings: FILE"
# names one of our files, which the patch adds with its contents in the project. If a
# later patch changes the file, only that patch has the change.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# The project of a source tree, Linux or kexec-tools, and the folder of the topics; edit.sh
# has a copy to try changes on
PROJECT=Linux
PATCHES=$top/patches/linux

# use_patches PROJECT
use_patches()
{
	PROJECT=$1
	PATCHES=$top/patches/${1,,}
}

# project_of DIR: print whose source tree it is, Linux or kexec-tools, if it is one
project_of()
{
	if [ -e "$1/Kbuild" ] && [ -d "$1/arch/arm64/kernel" ]; then
		echo Linux
	elif [ -e "$1/kexec/kexec.c" ] && [ -e "$1/configure.ac" ]; then
		echo kexec-tools
	fi
}

# source_version DIR: as 6.12, 2.0.32, or 2.0.32.git after that release
source_version()
{
	if [ -e "$1/configure.ac" ]; then
		sed -n 's/^AC_INIT(\[*kexec-tools\]*, *\[*\([0-9.]*[0-9]\(\.git\)\{0,1\}\).*/\1/p' \
			"$1/configure.ac"
	else
		awk '$2 == "=" && $1 == "VERSION" { v = $3 }
		     $2 == "=" && $1 == "PATCHLEVEL" { print v "." $3; exit }' \
			"$1/Makefile"
	fi
}

# check_source DIR: use the patches for the project of DIR. Ends the script
# unless there are some for its version.
check_source()
{
	local version oldest project

	[ -d "$1" ] || die "$1 is not a folder"
	project=$(project_of "$1")
	[ -n "$project" ] || die "$1 is not a source tree of Linux or kexec-tools"
	use_patches "$project"
	version=$(source_version "$1")
	oldest=$(versions | tail -n 1)
	[ "$(number "$version")" -ge "$(number "$oldest")" ] ||
		die "no patches for $PROJECT $version: $oldest is the oldest that is served"
}

# versions: the tested ones, the newest first
versions() { awk '!/^#/ && NF && $3 != "loaded" { print $1 }' "$PATCHES/versions"; }

# number VERSION: a number that grows with the version; 2.0.32.git is after 2.0.32
number()
{
	local major minor patch more

	IFS=. read -r major minor patch more <<<"$1"
	echo $((((major * 1000 + minor) * 1000 + ${patch:-0}) * 2 + (${#more} > 0)))
}

# topics [TOPIC...]: all topics, or these and their dependencies, in order
# shellcheck disable=SC2120
topics()
{
	awk -v wanted="$*" '
		/^#/ || !NF { next }
		{ topic = $1; sub(/:$/, "", topic); order[++n] = topic
		  for (i = 2; i <= NF; i++) stands[topic] = stands[topic] " " $i }
		END {
			count = split(wanted, queue, " ")
			for (i = 1; i <= count; i++) {
				if (queue[i] in chosen) continue
				chosen[queue[i]]
				more = split(stands[queue[i]], on, " ")
				for (j = 1; j <= more; j++) queue[++count] = on[j]
			}
			for (i = 1; i <= n; i++)
				if (!count || order[i] in chosen) print order[i]
		}' "$PATCHES/topics"
}

# patch_field FILE NAME: the value of field NAME after the "---" of FILE
patch_field() { sed -n "/^---\$/,/^diff /s/^$2: //p" "$1"; }

# serving VERSION FILE: the file that takes FILE's place for VERSION, if any
serving()
{
	local version limit other best=$2 least=999999999999
	version=$(number "$1")

	for other in "${2%.patch}"@*.patch; do
		[ -e "$other" ] || continue
		limit=${other##*@}
		limit=$(number "${limit%.patch}")
		[ "$limit" -ge "$version" ] && [ "$limit" -lt $least ] || continue
		best=$other
		least=$limit
	done
	[ -e "$best" ] || return 0
	limit=$(patch_field "$best" Since)
	[ -z "$limit" ] || [ "$version" -ge "$(number "$limit")" ] || return 0
	limit=$(patch_field "$best" Until)
	[ -z "$limit" ] || [ "$version" -le "$(number "$limit")" ] || return 0
	echo "$best"
}

# patches_for VERSION [TOPIC...]: the patches of these topics, or of all, in order
patches_for()
{
	local version=$1 topic file
	shift

	# shellcheck disable=SC2048
	for topic in ${*:-$(topics)}; do
		for file in "$PATCHES/$topic"/[0-9]*.patch; do
			case $file in
			*@*) ;;
			*) [ ! -e "$file" ] || serving "$version" "$file" ;;
			esac
		done
	done
}

# touched PATCH...: the files that they change
touched() { [ $# -eq 0 ] || sed -n 's,^+++ b/,,p' "$@" | sort -u; }

# owned: the files of ours that are laid over a tree of Linux
owned()
{
	[ "$PROJECT" != Linux ] ||
		(cd "$top" && find arch Documentation tools/testing -type f ! -name '*~' | sort)
}

# is_ours FILE
is_ours() { [ "$PROJECT" = Linux ] && [ -e "$top/$1" ]; }

# bring PATCH TO: put the files of ours that come with it into the folder TO
bring()
{
	local file

	for file in $(patch_field "$1" Brings); do
		mkdir -p "$2/${file%/*}"
		cp -p "$top/$file" "$2/$file"
	done
}

# before DIR FILE: print the path of the original FILE of the tree DIR; the path
# does not exist if a patch has added FILE
before()
{
	local state=$1/.kexec-vmlinux

	if [ -e "$state/orig/$2" ] || [ -e "$state/new/$2" ] || [ -e "$state/next/$2" ]; then
		echo "$state/orig/$2"
	else
		echo "$1/$2"
	fi
}

# adds FILE PATCH...: is FILE new in one of them?
adds() { grep -hA 1 -x -- '--- /dev/null' "${@:2}" | grep -qxF -- "+++ b/$1"; }

# copy_before DIR TO PATCH...: copy the files of DIR that the patches change, as they
# were before the project, into TO. Prints the missing ones.
copy_before()
{
	local dir=$1 to=$2 file src
	shift 2

	for file in $(touched "$@"); do
		! is_ours "$file" || continue
		src=$(before "$dir" "$file")
		if [ -e "$src" ]; then
			mkdir -p "$to/${file%/*}"
			cp -p "$src" "$to/$file"
		elif ! adds "$file" "$@"; then
			echo "$file is not there: its layout is not known here"
			return 1
		fi
	done
}

# lay DIR WORK: write the patched files of the tree DIR and our files into
# WORK/new, and the original files into WORK/orig. On failure, returns false and
# writes the reason to WORK/why and a patch that does not apply to WORK/failed.
lay()
{
	local dir=$1 work=$2 version patch file why
	local -a series
	version=$(source_version "$dir")
	mapfile -t series < <(patches_for "$version")

	rm -rf "$work"
	mkdir -p "$work/new" "$work/orig"
	why=$(copy_before "$dir" "$work/orig" "${series[@]}") || {
		echo "$PROJECT $version: $why" >"$work/why"
		return 1
	}
	cp -a "$work/orig/." "$work/new"
	# -f, because patch must not take out a change that the tree has already
	for patch in "${series[@]}"; do
		patch -d "$work/new" -p1 -F0 -f --no-backup-if-mismatch \
			-r "$work/rejects" <"$patch" >"$work/log" 2>&1 || {
			echo "$patch" >"$work/failed"
			# The first hunk that fails, and its file
			echo "${patch#"$top"/} does not apply to this $PROJECT $version: $(awk '
				/^patching file / { file = $3 }
				/FAILED at|No file to patch/ { sub(/\.$/, ""); print file ": " $0; exit }' "$work/log")" >"$work/why"
			return 1
		}
		bring "$patch" "$work/new"
	done
	for file in $(owned); do
		[ -e "$work/new/$file" ] || { echo "no patch brings $file" >"$work/why"; return 1; }
	done
}

# commit_patches REPO PATCH...: commit each in the git tree REPO, with the files of
# ours that it brings; the user is git's. Prints errors.
commit_patches()
{
	local repo=$1 patch log new
	shift

	for patch; do
		log=$(git -C "$repo" am -q --keep-non-patch "$patch" 2>&1) || {
			echo "${patch#"$top"/} does not apply: $(grep -m 1 error <<<"$log" || head -n 1 <<<"$log")"
			return 1
		}
		new=$(patch_field "$patch" Brings)
		[ -n "$new" ] || continue
		bring "$patch" "$repo"
		# shellcheck disable=SC2086
		git -C "$repo" add -f $new
		git -C "$repo" commit -q --amend --no-edit
	done
}
