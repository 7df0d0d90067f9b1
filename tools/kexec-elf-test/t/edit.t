#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: check all
# kernels: EACH
# scripts/edit.sh: the patches as a git tree, and back

. "$(dirname "$0")/tap.sh"

export GIT_CONFIG_GLOBAL=$test_dir/gitconfig GIT_CONFIG_NOSYSTEM=1
git config --global user.name "A. Hacker"
git config --global user.email hacker@example.org
export GIT_SEQUENCE_EDITOR=:

# A copy of the project, and a cache of nothing but what the patches touch
project=$test_dir/project
edit=$project/scripts/edit.sh
export XDG_CACHE_HOME=$test_dir/cache
src=$XDG_CACHE_HOME/kexec-vmlinux/src
newest='' oldest=''
for version in $LINUX_VERSIONS; do
	use_linux "$version"
	to=$src/${LINUX##*/}
	mkdir -p "$to"
	cp -r "$LINUX/.kexec-vmlinux/orig/." "$to"
	cp "$LINUX"/{Makefile,Kbuild} "$to"
	# apply.sh is what takes the project out of a copy
	newest=${newest:-$version} oldest=$version
done

# fresh VERSION: the project as it is, and a tree of it
fresh()
{
	rm -rf "$project" "$test_dir/tree"
	mkdir "$project"
	(cd "$TOP" && cp -r --parents arch Documentation tools/testing patches scripts "$project")
	"$edit" "$1" "$test_dir/tree" >"$test_dir/edit.log" 2>&1 || sed 's/^/# /' "$test_dir/edit.log"
	cd "$test_dir/tree"
}

# saved: what was written, in a line
saved() { (cd / && "$edit" --save "$test_dir/tree" 2>&1 | paste -sd ' '); }
changed() { diff -rq "$TOP/patches" "$project/patches" | paste -sd ' '; }

fresh "$newest"
is "$(git log --format=%s original.. | wc -l)" "$(. "$TOP/scripts/patches.sh"; patches_for "$newest" | wc -l)" \
   "one commit a patch"
is "$(cmp arch/arm64/kernel/kexec_elf.c "$TOP/arch/arm64/kernel/kexec_elf.c" 2>&1 | wc -l)$(git ls-files arch/arm64/kernel/kexec_elf.c | wc -l)" \
   "$([ -z "$(git log --format=%h -2 -- arch/arm64/kernel/kexec_elf.c | sed -n 2p)" ] && echo 01 || echo 11)" \
   "... with our files in those that bring them"
is "$(saved)" "" "nothing changed: nothing is written"
is "$(changed)" "" "... at all"

# One patch, a file of ours, a new patch, and a patch less
sed -i 's/could not read the initrd/cannot read the initrd/' kernel/kexec_file.c
git commit -qa --fixup ":/Report which file cannot be read"
sed -i 's,^ \* Kexec vmlinux .*, * Another title,' arch/arm64/kernel/kexec_elf.c
git commit -qa --fixup ":/^arm64: kexec_file: Load vmlinux"
printf '\n/* The end */\n' >>kernel/kexec_elf.c
git commit -qam "kexec_elf: Add a comment"
git rebase -qi --autosquash original >/dev/null 2>&1
drop=$(git log -1 --format=%h --grep='segments are too large')
git rebase -q --onto "$drop^" "$drop" >/dev/null 2>&1
out=$(saved)
like "$out" "edit: arch/arm64/kernel/kexec_elf.c " "a file of ours is written back"
like "$out" "patches/linux/messages/[0-9]*-unreadable.patch" "... and a patch that changed"
like "$out" "patches/linux/[a-z-]*/[0-9]*-kexec_elf-add-a-comment.patch" "... and a new one"
like "$out" "too-large.patch is gone" "... and one that was dropped"
like "$(grep -h '^+.*read the initrd' "$project"/patches/linux/messages/*unreadable.patch)" "cannot read" "... as it is now"
is "$(diff -rq "$TOP/patches" "$project/patches" | wc -l)" "$(grep -o 'patches/' <<<"$out" | wc -l)" "... and nothing else"
is "$(saved)" "" "... and once more writes nothing"
like "$("$project/scripts/apply.sh" "$src/linux-$newest"* 2>&1)" "laid over Linux $newest" "what is written applies"
like "$("$project/scripts/apply.sh" "$src/linux-$oldest."* 2>&1)" "laid over Linux $oldest" "... to the oldest, too"
"$project/scripts/apply.sh" --undo "$src/linux-$newest"* >/dev/null
"$project/scripts/apply.sh" --undo "$src/linux-$oldest."* >/dev/null

# What the newest has and the oldest has not
fresh "$newest"
sed -i "0,/could not read the kernel/s//& here/; s/^static int kexec_post_load(.*/\/* newest *\/\n&/" kernel/kexec_file.c
git commit -qa --fixup ":/Report which file cannot be read"
git rebase -qi --autosquash original >/dev/null 2>&1
like "$(saved)" "unreadable stays as it was for Linux [0-9.]*: change it there, too.*unreadable@[0-9.]*\.patch" \
     "a change that does not fit an older Linux leaves that as it was"
is "$(cmp "$TOP"/patches/linux/messages/*unreadable.patch "$project"/patches/linux/messages/*unreadable@*.patch && echo same)" same \
   "... in an override"

# ... and the other way round
fresh "$oldest"
sed -i "0,/could not read the kernel/s//& here/; s/crash_setup_regs(&fixed_regs, regs);/\/* oldest *\/\n\t\t\t&/" kernel/kexec_file.c kernel/kexec_core.c
git commit -qa --fixup ":/Report which file cannot be read"
git rebase -qi --autosquash original >/dev/null 2>&1
like "$(saved)" "unreadable@$oldest.patch" "a change that fits only an older Linux is an override"
like "$(grep -c '^Differs: $' "$project"/patches/linux/messages/*unreadable@*.patch)" 1 "... which wants a reason"
is "$(cmp "$TOP"/patches/linux/messages/*unreadable.patch "$project"/patches/linux/messages/*unreadable.patch && echo same)" same \
   "... and the shared patch is as it was"

# What is refused, with nothing changed
fresh "$newest"
before=$(cd "$project" && find . -type f -exec sha256sum {} + | sort | sha256sum)
echo >>kernel/kexec_file.c
like "$(saved)" "edit: .* has changes that are not committed" "changes that are not committed are refused"
git checkout -q .
sed -i 's/could not read the kernel/cannot read the kernel/' kernel/kexec_file.c
git commit -qam "Patch the same twice"
git notes add -f -m "Patch: messages/0010-elf"
like "$(saved)" "edit: two commits are messages/0010-elf" "two commits of one name are refused"
is "$(cd "$project" && find . -type f -exec sha256sum {} + | sort | sha256sum)" "$before" "... and nothing is changed"
like "$("$edit" "$newest" "$test_dir/tree" 2>&1)" "edit: .*/tree is not empty" "a folder that is not empty is refused"
like "$("$edit" 5.99 "$test_dir/none" 2>&1)" "edit: no source of Linux 5.99 in .*" "a version without source is refused"
for args in "" "$newest" "--save" "--bad x" "linux $test_dir/none"; do
	rc=0
	# shellcheck disable=SC2086
	"$edit" $args >/dev/null 2>&1 || rc=$?
	is $rc 2 "wrong arguments: '$args'"
done
like "$("$edit" --help)" "Exit:" "--help"

done_testing
