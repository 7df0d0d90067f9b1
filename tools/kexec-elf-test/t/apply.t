#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make apply: what it changes, what it refuses, and that refusing changes nothing

. "$(dirname "$0")/tap.sh"

apply=$TOP/scripts/apply.sh
# shellcheck source=scripts/patches.sh
. "$TOP/scripts/patches.sh"
version=$(linux_version "$LINUX")
patches=$(patches_for "$TOP" "$version")
orig=$LINUX/.kexec-vmlinux/orig

# tree NAME: a Linux tree of the files that the patches touch, as they were
tree()
{
	rm -rf "${WORK:?}/$1"
	mkdir -p "$WORK/$1/arch/arm64/kernel"
	cp -r "$orig/." "$WORK/$1"
	cp "$LINUX"/{Makefile,Kbuild} "$WORK/$1"
}

state() { (cd "$1" && find . -type f ! -path './.git/*' -exec sha256sum {} + | sort | sha256sum); }

# refused TREE REGEX NAME [ARGUMENT...]: with exit code 1, and nothing changed
refused()
{
	local before out rc=0
	before=$(state "$1")
	out=$("$apply" "${@:4}" "$1" 2>&1) || rc=$?
	like "$rc $out" "^1 apply: $2" "$3"
	is "$(wc -l <<<"$out")" 1 "... in one line"
	is "$(state "$1")" "$before" "... and nothing is changed"
}

tree tar
like "$("$apply" "$WORK/tar" 2>&1)" "patches/[0-9.]* laid over Linux $version, [1-9][0-9]* files changed" \
     "a tree without git"
is "$(cmp "$TOP/arch/arm64/kernel/kexec_elf.c" "$WORK/tar/arch/arm64/kernel/kexec_elf.c" && echo same)" same \
   "... has our files"
like "$(<"$WORK/tar/arch/arm64/kernel/Makefile")" "kexec_elf.o" "... and the patches"
cp -a "$WORK/tar" "$WORK/applied"
LINUX_APPLIED=$WORK/applied
before=$(state "$WORK/tar")
touch -d 2001-01-01 "$WORK/tar/kernel/kexec_core.c"
like "$("$apply" "$WORK/tar" 2>&1)" ", 0 files changed" "a second time changes nothing"
is "$(state "$WORK/tar") $(stat -c %Y "$WORK/tar/kernel/kexec_core.c")" \
   "$before $(date -d 2001-01-01 +%s)" "... and touches nothing"
like "$("$apply" --undo "$WORK/tar" 2>&1)" "undone" "undo"
tree fresh
is "$(state "$WORK/tar")" "$(state "$WORK/fresh")" "... leaves the tree as it was"

tree git
git -C "$WORK/git" init -q
git -C "$WORK/git" add -A
git -C "$WORK/git" -c user.name=x -c user.email=x@example.org commit -qm Linux
"$apply" "$WORK/git" >/dev/null
git -C "$WORK/git" stash -q
like "$("$apply" "$WORK/git" 2>&1)" "laid over" "a git tree, after git stash"
is "$(state "$WORK/git/kernel") $(state "$WORK/git/arch")" "$(state "$LINUX_APPLIED/kernel") $(state "$LINUX_APPLIED/arch")" \
   "... is as it should be"
git -C "$WORK/git" checkout -q .
rm -rf "$WORK/git/.kexec-vmlinux"
is "$(git -C "$WORK/git" -c user.name=x -c user.email=x@example.org am -q "$patches"/*.patch 2>&1)" "" \
   "the patches apply with git am"

# An interrupted run: some files are new, and the state is not there yet
for then in "" --undo; do
	tree cut
	cp -r "$LINUX_APPLIED/.kexec-vmlinux" "$WORK/cut/"
	mv "$WORK/cut/.kexec-vmlinux/new" "$WORK/cut/.kexec-vmlinux/next"
	cp "$LINUX_APPLIED/kernel/kexec_core.c" "$WORK/cut/kernel/"
	cp "$LINUX_APPLIED/arch/arm64/kernel/kexec_elf.c" "$WORK/cut/arch/arm64/kernel/"
	# shellcheck disable=SC2086
	like "$("$apply" $then "$WORK/cut" 2>&1)" "laid over|undone" "after an interrupted run: ${then:-apply}"
	is "$(state "$WORK/cut")" "$(state "$([ "$then" ] && echo "$WORK/fresh" || echo "$LINUX_APPLIED")")" \
	   "... leaves what it should"
done

tree twice
"$apply" "$WORK/twice" >/dev/null &
"$apply" "$WORK/twice" >/dev/null
wait
is "$(state "$WORK/twice")" "$(state "$LINUX_APPLIED")" "two at once leave what one would"

# A disk that is too small: cp writes no more than it has room for
tree full
before=$(state "$WORK/full")
mkdir -p "$WORK/small"
cat >"$WORK/small/cp" <<'CP'
#!/bin/sh
for to; do :; done
case $to in
*/.kexec-vmlinux/*) : >"$to"; echo "cp: no space left on device" >&2; exit 1 ;;
esac
exec /bin/cp "$@"
CP
chmod +x "$WORK/small/cp"
rc=0
PATH=$WORK/small:$PATH "$apply" "$WORK/full" >/dev/null 2>&1 || rc=$?
is "$rc $(state "$WORK/full/kernel")" "1 $(state "$WORK/fresh/kernel")" "a disk that is full: nothing is changed"
like "$("$apply" "$WORK/full" 2>&1)" "laid over" "... and when there is room, it is applied"
like "$("$apply" --undo "$WORK/full" 2>&1)" "undone" "... and undone"
is "$(state "$WORK/full")" "$before" "... to what it was"
like "$("$apply" --undo "$WORK/full" 2>&1)" "nothing to undo" "... which is all"

# A tree that shares its files with another by hard links
tree linked
cp -al "$WORK/linked" "$WORK/other"
before=$(state "$WORK/other")
"$apply" "$WORK/linked" >/dev/null
is "$(state "$WORK/other")" "$before" "a tree that shares files with another leaves that alone"

tree old
sed -i 's/^PATCHLEVEL = .*/PATCHLEVEL = 10/; s/^VERSION = .*/VERSION = 5/' "$WORK/old/Makefile"
refused "$WORK/old" "no patches for Linux 5.10: 6.1 is the oldest" "a version before all patches"

# A version of its own, or the newest directory before it
for v in 6.1:6.1 6.6:6.1 6.12:6.12 7.2:6.12 7.3:7.3 7.10:7.3 8.0:7.3; do
	is "$(patches_for "$TOP" "${v%:*}")" "$TOP/patches/${v#*:}" "Linux ${v%:*} is served by patches/${v#*:}"
done

tree hunk
sed -i 's/nr_segments/number/' "$WORK/hunk/kernel/kexec_core.c"
refused "$WORK/hunk" "patches/[0-9.]*/.* does not apply to this Linux $version" "a hunk that does not apply"

# patch could take it for one to be taken out
first=$(printf '%s\n' "$patches"/*.patch | head -n 1)
tree merged
patch -d "$WORK/merged" -p1 -s <"$first"
refused "$WORK/merged" "patches/[0-9.]*/$(basename "$first") does not apply" "a tree that has one of the patches"

tree gone
rm "$WORK/gone/kernel/kexec_elf.c"
refused "$WORK/gone" "Linux $version has no kernel/kexec_elf.c" "a file that is not there"

tree foreign
echo theirs >"$WORK/foreign/arch/arm64/kernel/kexec_elf.c"
refused "$WORK/foreign" "arch/arm64/kernel/kexec_elf.c is there already" "a file of another's by our name"

tree edited
"$apply" "$WORK/edited" >/dev/null
echo >>"$WORK/edited/kernel/kexec_file.c"
refused "$WORK/edited" "kernel/kexec_file.c was changed since" "a file that was edited since"
refused "$WORK/edited" "kernel/kexec_file.c was changed since" "... undo as well" --undo

mkdir "$WORK/empty"
refused "$WORK/empty" ".* is not a Linux source tree" "a folder that is no Linux"
for args in "" "a b" "--bad x"; do
	rc=0
	# shellcheck disable=SC2086
	"$apply" $args >/dev/null 2>&1 || rc=$?
	is $rc 2 "wrong arguments: '$args'"
done
like "$("$apply" --help)" "Exit:" "--help"

done_testing
