#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# edit.sh VERSION DIR [SOURCE]
# edit.sh --save DIR: change the patches as one changes any series
#
# The first form makes DIR, a git tree of Linux VERSION, such as 7.3, or of kexec-tools
# (kexec-tools-2.0.32), with one commit for each patch.
# The files of the project are in the commits that add them. Change it with git commit,
# git rebase -i or git revert. A git note on each commit names the patch ("Patch:
# topic/NNNN-name") and holds the lines after its "---", such as "Brings: FILE" for
# one of our files. A commit without a note becomes a new patch after the commit
# before it, in the same topic.
#
# --save writes changes in DIR back: our files to the checkout, a changed patch to the
# file that serves VERSION. Before it writes anything, it applies the patches to all
# versions whose sources are in the cache folder. A patch that does not apply to one of
# them gets less context. If that does not help, the older version of the two gets an
# override, NAME@VERSION.patch. Complete the "Differs:" line of an override.
#
# SOURCE is a source tree of VERSION, if it is not to be the one in the cache folder.
# $KEXEC_TOOLS is a source tree of kexec-tools outside of it.
#
# Exit: 0 done, 1 refused (all files stay as they were), 2 wrong arguments.

set -euo pipefail
export LC_ALL=C

# shellcheck source=scripts/patches.sh
. "$(dirname "$0")/patches.sh"

die() { echo "edit: $*" >&2; exit 1; }
usage() { echo "edit: $*; see --help" >&2; exit 2; }

cache=${XDG_CACHE_HOME:-${HOME-}/.cache}/kexec-vmlinux

# sources: the source trees that are at hand, the newest first
sources()
{
	if [ "$PROJECT" = kexec-tools ] && [ -n "${KEXEC_TOOLS-}" ]; then
		echo "$KEXEC_TOOLS"
	fi
	[ ! -d "$cache/src" ] ||
		find "$cache/src" -maxdepth 1 -name "${PROJECT,,}-[0-9]*" | sort -Vr
}

# source_of VERSION: the newest source of it that is at hand
source_of()
{
	sources | while read -r src; do
		[ "$(source_version "$src")" != "$1" ] || { echo "$src"; break; }
	done
}

begin()
{
	local version=$1 src patch file
	dir=$2

	src=${3:-$(source_of "$version")}
	[ -n "$src" ] || die "no source of $PROJECT $version in $cache/src: run make check, or name one"
	check_source "$src"
	[ "$(source_version "$src")" = "$version" ] || die "$src is $PROJECT $(source_version "$src"), not $version"
	[ ! -e "$dir" ] || [ -z "$(ls -A "$dir")" ] || die "$dir is not empty"

	# An unfinished tree is removed
	if [ -e "$dir" ]; then
		trap 'rm -rf "${dir:?}"/* "$dir"/.[!.]*' EXIT
	else
		trap 'rm -rf "$dir"' EXIT
	fi
	echo "edit: copying $PROJECT $version to $dir ..." >&2
	mkdir -p "$dir"
	cp -a --reflink=auto "$src/." "$dir"
	"$top/scripts/apply.sh" --undo "$dir" >/dev/null
	git -C "$dir" init -q
	# A commit of 1.5 GB: quick, not small
	git -C "$dir" config core.compression 0
	git -C "$dir" config gc.auto 0
	git -C "$dir" config notes.rewriteRef refs/notes/commits
	# The source of Debian ignores foreign files
	printf '!/*\n' >>"$dir/.gitignore"
	git -C "$dir" add -A -f
	git -C "$dir" -c user.name="$PROJECT" -c user.email=original@localhost commit -q -m "$PROJECT $version"
	git -C "$dir" tag original
	# A committer for git am, if git does not know the user
	git config user.email >/dev/null ||
		export GIT_COMMITTER_NAME=kexec-vmlinux GIT_COMMITTER_EMAIL=kexec-vmlinux@localhost
	for patch in $(patches_for "$version"); do
		file=$(commit_patches "$dir" "$patch") || die "$file"
		file=${patch#"$PATCHES"/}
		{
			echo "Patch: ${file%%[@.]*}"
			sed -n '/^---$/,/^diff /{/^\(Since\|Until\|Differs\|Brings\): /p;/^  [^ ]/p}' "$patch"
		} | git -C "$dir" notes add -F - HEAD
	done
	git -C "$dir" tag applied
	trap - EXIT
	echo "edit: $(git -C "$dir" rev-list --count original..) patches on $PROJECT $version in $dir; edit.sh --save $dir writes them back"
}

note() { git -C "$dir" notes show "$1" 2>/dev/null || :; }

# content COMMIT: its message and diff, without hashes and line numbers
content()
{
	git -C "$dir" show --format=%B -U3 "$1" | grep -v '^index ' | sed 's/^@@ [^@]* @@/@@/'
}

# brought COMMIT: the files of ours that come with it
brought() { note "$1" | sed -n 's/^Brings: //p'; }

# write_patch COMMIT CONTEXT DIFFERS: print the patch as it is stored
write_patch()
{
	local file notes exclude=()

	for file in $(brought "$1"); do exclude+=(":(exclude)$file"); done
	notes=$(note "$1" | grep -v '^Patch: ') || :
	[ -z "$3" ] || grep -q '^Differs: ' <<<"$notes" || notes="$notes${notes:+
}Differs: "
	git -C "$dir" format-patch --stdout -1 "-U$2" --no-signature --no-numbered \
		--stat=80 "$1" -- . "${exclude[@]}" |
		NOTES=$notes awk '
			NR == 1 { print "From: kexec-vmlinux <kexec-vmlinux@localhost>"; next }
			!body && /^(From|Date):/ { skip = 1; next }
			!body && skip && /^ / { next }
			{ skip = 0 }
			!NF { body = 1 }
			/^index / { next }
			{ print }
			$0 == "---" && !done++ && ENVIRON["NOTES"] != "" { print ENVIRON["NOTES"]; print "" }'
}

# name_commits: sets $names, the commits' patches in order, and $commit[NAME]
declare -A commit context old
name_commits()
{
	local c name last="" nr next
	local -a todo

	mapfile -t todo < <(git -C "$dir" rev-list --reverse original..HEAD)
	names=()
	for c in "${todo[@]}"; do
		name=$(note "$c" | sed -n 's/^Patch: //p' | head -n 1)
		if [ -z "$name" ]; then
			[ -n "$last" ] || die "the first commit needs a note with the line Patch: topic/NNNN-name"
			# Between the one before and the next that there is
			nr=${last##*/}
			nr=$((10#${nr%%-*}))
			next=$(find "$shared/${last%%/*}" -name '[0-9]*.patch' -printf '%f\n' |
			       sed 's/-.*//' | sort -n | awk -v nr=$nr '$1 + 0 > nr { print $1 + 0; exit }')
			nr=$((nr + (${next:-$((nr + 20))} - nr) / 2))
			name=$(git -C "$dir" show -s --format=%f "$c" | tr '[:upper:]' '[:lower:]' | cut -c 1-40)
			name=${last%%/*}/$(printf '%04d' $nr)-${name%-}
		fi
		case $name in
		*/[0-9][0-9][0-9][0-9]-*) ;;
		*) die "a note has Patch: $name, which is not topic/NNNN-name" ;;
		esac
		grep -q "^${name%%/*}:" "$shared/topics" || die "no topic ${name%%/*} in ${shared#"$top"/}/topics"
		[ -z "${commit[$name]-}" ] || die "two commits are $name: give one of them another note"
		commit[$name]=$c
		names+=("$name")
		last=$name
	done
}

# fits: do the patches apply to all versions at hand? Prints VERSION PATCH if not.
fits()
{
	local src version

	for src in "${at_hand[@]}"; do
		version=$(source_version "$src")
		lay "$src" "$work/try" && continue
		[ -e "$work/try/failed" ] || die "$(<"$work/try/why")"
		echo "$version $(<"$work/try/failed")"
		return
	done
}

save()
{
	local version c name file was failed other target
	local -a at_hand
	local -A settled
	dir=$(cd "$1" && pwd)
	use_patches "$(project_of "$dir")"
	shared=$PATCHES

	[ -d "$dir/.git" ] && git -C "$dir" rev-parse -q --verify original >/dev/null ||
		die "$dir was not made by edit.sh"
	[ -z "$(git -C "$dir" status --porcelain -uno)" ] ||
		die "$dir has changes that are not committed"
	version=$(source_version "$dir")
	name_commits
	work=$(mktemp -d "${TMPDIR:-/tmp}/kexec-vmlinux.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	cp -r "$shared" "$work/patches"
	(cd "$top" && cp -r --parents arch Documentation tools/testing "$work")
	PATCHES=$work/patches

	# Our files, and the fate of each patch
	for c in $(git -C "$dir" rev-list applied ^original); do
		old[$(note "$c" | sed -n 's/^Patch: //p' | head -n 1)]=$c
	done
	for name in "${names[@]}"; do
		c=${commit[$name]}
		for file in $(brought "$c"); do
			mkdir -p "$work/${file%/*}"
			git -C "$dir" show "$c:$file" >"$work/now"
			cmp -s "$work/now" "$work/$file" || cp "$work/now" "$work/$file"
		done
		was=${old[$name]-}
		[ -z "$was" ] || [ "$(content "$was"; note "$was")" != "$(content "$c"; note "$c")" ] || continue
		context[$name]=3
		file=$(serving "$version" "$PATCHES/$name.patch")
		mkdir -p "$PATCHES/${name%/*}"
		write_patch "$c" 3 "" >"$work/now"
		mv "$work/now" "${file:-$PATCHES/$name.patch}"
		for other in "$shared/$name".patch "$shared/$name"@*.patch; do
			[ ! -e "$other" ] || [ "${other##*/}" = "${file##*/}" ] ||
				echo "edit: ${other##*/} is not changed: change it, too, if necessary" >&2
		done
	done
	for name in "${!old[@]}"; do
		[ -n "${commit[$name]-}" ] || rm -f "$(serving "$version" "$PATCHES/$name.patch")"
	done

	# Until all versions are content
	top_was=$top
	top=$work
	mapfile -t at_hand < <(sources)
	while failed=$(fits); [ -n "$failed" ]; do
		other=${failed%% *}
		target=${failed#* }
		name=${target#"$PATCHES"/}
		name=${name%%[@.]*}
		[ "$other" != "$version" ] || [ "${context[$name]-0}" -gt 1 ] ||
			die "$name does not apply to $PROJECT $version itself"
		if [ "${context[$name]-0}" -gt 1 ]; then
			context[$name]=$((context[$name] - 1))
			write_patch "${commit[$name]}" "${context[$name]}" "" \
				>"$(serving "$version" "$PATCHES/$name.patch")"
		elif [ "${settled[$name]-}" ]; then
			die "$name applies to $version and not to $other: change it there first"
		elif [ "$(number "$other")" -lt "$(number "$version")" ]; then
			[ -e "$shared/$name.patch" ] ||
				die "$name does not apply to $PROJECT $other: add \"Since: $version\" to its note, or make it apply"
			echo "edit: $name stays as it was for $PROJECT $other: change it there, too" >&2
			cp "$shared/$name.patch" "$PATCHES/$name@$other.patch"
			settled[$name]=1
		else
			[ -n "${commit[$name]-}" ] || die "$name does not apply to $PROJECT $other any more"
			write_patch "${commit[$name]}" 3 differs >"$PATCHES/$name@$version.patch"
			cp "$shared/$name.patch" "$PATCHES/$name.patch"
			settled[$name]=1
		fi
	done
	top=$top_was

	# Copy the result to the checkout
	(cd "$work" && find arch Documentation tools/testing -type f) | while read -r file; do
		cmp -s "$work/$file" "$top/$file" || { cp "$work/$file" "$top/$file"; echo "edit: $file"; }
	done
	(cd "$PATCHES" && find . -type f | cut -c 3- | sort) | while read -r file; do
		cmp -s "$PATCHES/$file" "$shared/$file" || {
			mkdir -p "$shared/${file%/*}"
			cp "$PATCHES/$file" "$shared/$file"
			echo "edit: ${shared#"$top"/}/$file"
		}
	done
	(cd "$shared" && find . -type f ! -name '*~' | cut -c 3- | sort) | while read -r file; do
		[ -e "$PATCHES/$file" ] || { rm "$shared/$file"; echo "edit: ${shared#"$top"/}/$file is gone"; }
	done
	for name in "${names[@]}"; do
		c=${commit[$name]}
		[ -n "$(note "$c")" ] || git -C "$dir" notes add -m "Patch: $name" "$c"
	done
	git -C "$dir" tag -f applied >/dev/null
}

for tool in git patch; do
	command -v $tool >/dev/null || die "$tool is missing: apt-get install $tool"
done
case ${1-} in
-h | --help) sed -n '3,/^[^#]/s/^# \{0,1\}//p' "$0" ;;
--save)
	[ $# -eq 2 ] && [ -d "$2" ] || usage "--save wants the folder that edit.sh made"
	save "$2" ;;
-*) usage "no such option: $1" ;;
*)
	[ $# -ge 2 ] && [ $# -le 3 ] && [[ $1 =~ ^([0-9]+\.[0-9]+|kexec-tools-[0-9.]+(\.git)?)$ ]] ||
		usage "name a version, such as 7.3 or kexec-tools-2.0.32, and a folder"
	[ "$1" = "${1#kexec-tools-}" ] || use_patches kexec-tools
	begin "${1#kexec-tools-}" "${@:2}" ;;
esac
