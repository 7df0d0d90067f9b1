#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make apply: what it changes, what it refuses, and that refusing changes nothing

. "$(dirname "$0")/tap.sh"

apply=$TOP/scripts/apply.sh
# shellcheck source=scripts/patches.sh
. "$TOP/scripts/patches.sh"
version=$(linux_version "$LINUX")
mapfile -t series < <(patches_for "$version")
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
like "$("$apply" "$WORK/tar" 2>&1)" "^apply: laid over Linux $version, [1-9][0-9]* files changed" \
     "a tree without git"
like "$(<"$WORK/tar/arch/arm64/kernel/kexec_elf.c")" "Kexec vmlinux" "... has our files"
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
git -C "$WORK/git" config user.name x
git -C "$WORK/git" config user.email x@example.org
git -C "$WORK/git" add -A
git -C "$WORK/git" commit -qm Linux
"$apply" "$WORK/git" >/dev/null
git -C "$WORK/git" stash -q
like "$("$apply" "$WORK/git" 2>&1)" "laid over" "a git tree, after git stash"
is "$(state "$WORK/git/kernel") $(state "$WORK/git/arch")" "$(state "$LINUX_APPLIED/kernel") $(state "$LINUX_APPLIED/arch")" \
   "... is as it should be"
git -C "$WORK/git" checkout -q .
git -C "$WORK/git" clean -fdxq
is "$(commit_patches "$WORK/git" "${series[@]}")" "" "the patches apply with git am"

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

# A patch is for every version, an override for its own and older ones
(
	PATCHES=$WORK/patches
	mkdir -p "$PATCHES"/{a,b}
	printf '# a comment\n\nb:\na: b\nc:\n' >"$PATCHES/topics"
	while read -r name field; do
		# What a message says is not what the patch is for
		printf '%s\n' "Subject: x" "" "Since: 99.9" --- "$field" "" "diff --git a/x b/x" >"$PATCHES/$name.patch"
	done <<-'END'
		a/0010-x
		a/0010-x@6.12
		a/0010-x@7.2
		b/0020-old	Until: 6.12
		b/0030-new	Since: 6.17
	END
	for v in "6.1 b/0020-old a/0010-x@6.12" "6.12 b/0020-old a/0010-x@6.12" "6.13 a/0010-x@7.2" \
		 "6.17 b/0030-new a/0010-x@7.2" "7.2 b/0030-new a/0010-x@7.2" \
		 "7.3 b/0030-new a/0010-x" "7.10 b/0030-new a/0010-x" "8.0 b/0030-new a/0010-x"; do
		patches_for "${v%% *}" | sed "s,$PATCHES/,,; s,\.patch,," | paste -sd ' ' | sed "s,^,${v%% *} ,"
	done >"$WORK/served"
	{ topics; echo --; topics a; echo --; topics c; } | paste -sd ' ' >"$WORK/topics"
)
is "$(<"$WORK/served")" "6.1 b/0020-old a/0010-x@6.12
6.12 b/0020-old a/0010-x@6.12
6.13 a/0010-x@7.2
6.17 b/0030-new a/0010-x@7.2
7.2 b/0030-new a/0010-x@7.2
7.3 b/0030-new a/0010-x
7.10 b/0030-new a/0010-x
8.0 b/0030-new a/0010-x" "which patch serves which version"
is "$(<"$WORK/topics")" "b a c -- b a -- c" "... in the order of the topics, with those that they stand on"

tree newer
sed -i 's/^PATCHLEVEL = .*/PATCHLEVEL = 99/; s/^VERSION = .*/VERSION = 9/' "$WORK/newer/Makefile"
like "$("$apply" "$WORK/newer" 2>&1)" "Linux 9.99 is not tested; tested are .*|does not apply to this Linux 9.99" \
     "a version that is not tested is told"

# A hunk with little context could be taken for another place
laid=$WORK/laid
rm -rf "$laid"
cp -r "$orig" "$laid"
git -C "$laid" init -q
# As Linux has it, so that functions are named alike
echo '*.[ch] diff=cpp' >"$laid/.git/info/attributes"
git -C "$laid" add -f .
git -C "$laid" -c user.name=x -c user.email=x@example.org commit -qm Linux
for patch in "${series[@]}"; do
	git -C "$laid" add -A -f
	patch -d "$laid" -p1 -F0 -s --no-backup-if-mismatch <"$patch"
	for context in 1 2 3; do git -C "$laid" diff -U$context; done |
		sed -n 's/^@@ .* @@ \?//p' | sort -u >"$WORK/there"
	sed -n 's/^@@ .* @@ \?//p' "$patch" | sort -u >"$WORK/meant"
	bring "$patch" "$laid"
	is "$(comm -13 "$WORK/there" "$WORK/meant")" "" "each hunk goes where its patch says: ${patch#"$PATCHES"/}"
done

tree hunk
sed -i 's/nr_segments/number/' "$WORK/hunk/kernel/kexec_core.c"
refused "$WORK/hunk" "patches/linux/.*\.patch does not apply to this Linux $version" "a hunk that does not apply"

# patch could take it for one to be taken out
first=${series[0]}
tree merged
patch -d "$WORK/merged" -p1 -s <"$first"
refused "$WORK/merged" "patches/linux/[a-z-]*/$(basename "$first") does not apply" "a tree that has one of the patches"

tree gone
rm "$WORK/gone/kernel/kexec_elf.c"
refused "$WORK/gone" "Linux $version: kernel/kexec_elf.c is not there" "a file that is not there"

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
