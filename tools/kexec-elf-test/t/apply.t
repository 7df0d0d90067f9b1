#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: check all@EACH
# make apply: what it changes, what it refuses, and that refusing changes nothing

. "$(dirname "$0")/tap.sh"

apply=$TOP/scripts/apply.sh
# shellcheck source=scripts/patches.sh
. "$TOP/scripts/patches.sh"
version=$(source_version "$LINUX")
mapfile -t series < <(patches_for "$version")
orig=$LINUX/.kexec-vmlinux/orig

# tree NAME: a Linux tree of the files that the patches touch, as they were
tree()
{
	rm -rf "${test_dir:?}/$1"
	mkdir -p "$test_dir/$1/arch/arm64/kernel"
	cp -r "$orig/." "$test_dir/$1"
	cp "$LINUX"/{Makefile,Kbuild} "$test_dir/$1"
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
like "$("$apply" "$test_dir/tar" 2>&1)" "^apply: laid over Linux $version, [1-9][0-9]* files changed" \
     "a tree without git"
like "$(<"$test_dir/tar/arch/arm64/kernel/kexec_elf.c")" "Kexec vmlinux" "... has our files"
like "$(<"$test_dir/tar/arch/arm64/kernel/Makefile")" "kexec_elf.o" "... and the patches"
cp -a "$test_dir/tar" "$test_dir/applied"
LINUX_APPLIED=$test_dir/applied
before=$(state "$test_dir/tar")
touch -d 2001-01-01 "$test_dir/tar/kernel/kexec_core.c"
like "$("$apply" "$test_dir/tar" 2>&1)" ", 0 files changed" "a second time changes nothing"
is "$(state "$test_dir/tar") $(stat -c %Y "$test_dir/tar/kernel/kexec_core.c")" \
   "$before $(date -d 2001-01-01 +%s)" "... and touches nothing"
like "$("$apply" --undo "$test_dir/tar" 2>&1)" "undone" "undo"
tree fresh
is "$(state "$test_dir/tar")" "$(state "$test_dir/fresh")" "... leaves the tree as it was"

tree git
git -C "$test_dir/git" init -q
git -C "$test_dir/git" config user.name x
git -C "$test_dir/git" config user.email x@example.org
git -C "$test_dir/git" add -A
git -C "$test_dir/git" commit -qm Linux
"$apply" "$test_dir/git" >/dev/null
git -C "$test_dir/git" stash -q
like "$("$apply" "$test_dir/git" 2>&1)" "laid over" "a git tree, after git stash"
is "$(state "$test_dir/git/kernel") $(state "$test_dir/git/arch")" "$(state "$LINUX_APPLIED/kernel") $(state "$LINUX_APPLIED/arch")" \
   "... is as it should be"
git -C "$test_dir/git" checkout -q .
git -C "$test_dir/git" clean -fdxq
is "$(commit_patches "$test_dir/git" "${series[@]}")" "" "the patches apply with git am"

# An interrupted run: some files are new, and the state is not there yet
for then in "" --undo; do
	tree cut
	cp -r "$LINUX_APPLIED/.kexec-vmlinux" "$test_dir/cut/"
	mv "$test_dir/cut/.kexec-vmlinux/new" "$test_dir/cut/.kexec-vmlinux/next"
	cp "$LINUX_APPLIED/kernel/kexec_core.c" "$test_dir/cut/kernel/"
	cp "$LINUX_APPLIED/arch/arm64/kernel/kexec_elf.c" "$test_dir/cut/arch/arm64/kernel/"
	# shellcheck disable=SC2086
	like "$("$apply" $then "$test_dir/cut" 2>&1)" "laid over|undone" "after an interrupted run: ${then:-apply}"
	is "$(state "$test_dir/cut")" "$(state "$([ "$then" ] && echo "$test_dir/fresh" || echo "$LINUX_APPLIED")")" \
	   "... leaves what it should"
done

tree twice
"$apply" "$test_dir/twice" >/dev/null &
"$apply" "$test_dir/twice" >/dev/null
wait
is "$(state "$test_dir/twice")" "$(state "$LINUX_APPLIED")" "two at once leave what one would"

# A disk that is too small: cp writes no more than it has room for
tree full
before=$(state "$test_dir/full")
mkdir -p "$test_dir/small"
cat >"$test_dir/small/cp" <<'CP'
#!/bin/sh
for to; do :; done
case $to in
*/.kexec-vmlinux/*) : >"$to"; echo "cp: no space left on device" >&2; exit 1 ;;
esac
exec /bin/cp "$@"
CP
chmod +x "$test_dir/small/cp"
rc=0
PATH=$test_dir/small:$PATH "$apply" "$test_dir/full" >/dev/null 2>&1 || rc=$?
is "$rc $(state "$test_dir/full/kernel")" "1 $(state "$test_dir/fresh/kernel")" "a disk that is full: nothing is changed"
like "$("$apply" "$test_dir/full" 2>&1)" "laid over" "... and when there is room, it is applied"
like "$("$apply" --undo "$test_dir/full" 2>&1)" "undone" "... and undone"
is "$(state "$test_dir/full")" "$before" "... to what it was"
like "$("$apply" --undo "$test_dir/full" 2>&1)" "nothing to undo" "... which is all"

# A tree that shares its files with another by hard links
tree linked
cp -al "$test_dir/linked" "$test_dir/other"
before=$(state "$test_dir/other")
"$apply" "$test_dir/linked" >/dev/null
is "$(state "$test_dir/other")" "$before" "a tree that shares files with another leaves that alone"

tree old
sed -i 's/^PATCHLEVEL = .*/PATCHLEVEL = 10/; s/^VERSION = .*/VERSION = 5/' "$test_dir/old/Makefile"
refused "$test_dir/old" "no patches for Linux 5.10: 6.1 is the oldest" "a version before all patches"

# A patch is for every version, an override for its own and older ones
(
	PATCHES=$test_dir/patches
	mkdir -p "$PATCHES"/{a,b}
	printf '# a comment\n\nb:\na: b\nc:\n' >"$PATCHES/topics"
	while read -r name field; do
		# A field in the message does not count
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
	done >"$test_dir/served"
	{ topics; echo --; topics a; echo --; topics c; } | paste -sd ' ' >"$test_dir/topics"
)
is "$(<"$test_dir/served")" "6.1 b/0020-old a/0010-x@6.12
6.12 b/0020-old a/0010-x@6.12
6.13 a/0010-x@7.2
6.17 b/0030-new a/0010-x@7.2
7.2 b/0030-new a/0010-x@7.2
7.3 b/0030-new a/0010-x
7.10 b/0030-new a/0010-x
8.0 b/0030-new a/0010-x" "which patch serves which version"
is "$(<"$test_dir/topics")" "b a c -- b a -- c" "... in the order of the topics, with those that they stand on"

tree newer
sed -i 's/^PATCHLEVEL = .*/PATCHLEVEL = 99/; s/^VERSION = .*/VERSION = 9/' "$test_dir/newer/Makefile"
like "$("$apply" "$test_dir/newer" 2>&1)" "Linux 9.99 is not tested; tested are .*|does not apply to this Linux 9.99" \
     "a version that is not tested is reported"

# A hunk with little context could be taken for another place
laid=$test_dir/laid
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
		sed -n 's/^@@ .* @@ \?//p' | sort -u >"$test_dir/there"
	sed -n 's/^@@ .* @@ \?//p' "$patch" | sort -u >"$test_dir/meant"
	bring "$patch" "$laid"
	is "$(comm -13 "$test_dir/there" "$test_dir/meant")" "" "each hunk goes where its patch states: ${patch#"$PATCHES"/}"
done

tree hunk
sed -i 's/nr_segments/number/' "$test_dir/hunk/kernel/kexec_core.c"
refused "$test_dir/hunk" "patches/linux/.*\.patch does not apply to this Linux $version" "a hunk that does not apply"

# patch could take it for one to be taken out
first=${series[0]}
tree merged
patch -d "$test_dir/merged" -p1 -s <"$first"
refused "$test_dir/merged" "patches/linux/[a-z-]*/$(basename "$first") does not apply" "a tree that has one of the patches"

tree gone
rm "$test_dir/gone/kernel/kexec_elf.c"
refused "$test_dir/gone" "Linux $version: kernel/kexec_elf.c is not there" "a file that is not there"

tree foreign
echo theirs >"$test_dir/foreign/arch/arm64/kernel/kexec_elf.c"
refused "$test_dir/foreign" "arch/arm64/kernel/kexec_elf.c is there already" "a file of another's by our name"

tree edited
"$apply" "$test_dir/edited" >/dev/null
echo >>"$test_dir/edited/kernel/kexec_file.c"
refused "$test_dir/edited" "kernel/kexec_file.c was changed since" "a file that was edited since"
refused "$test_dir/edited" "kernel/kexec_file.c was changed since" "... undo as well" --undo

mkdir "$test_dir/empty"
refused "$test_dir/empty" ".* is not a source tree of Linux" "a folder that is no Linux"
for args in "" "a b" "--bad x"; do
	rc=0
	# shellcheck disable=SC2086
	"$apply" $args >/dev/null 2>&1 || rc=$?
	is $rc 2 "wrong arguments: '$args'"
done
like "$("$apply" --help)" "Exit:" "--help"

done_testing
