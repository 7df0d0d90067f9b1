#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: check all
# make apply and make series for each release of kexec-tools: the same tree, and each patch builds

. "$(dirname "$0")/tap.sh"
. "$TEST/setup/kexec-tools.sh"
. "$TOP/scripts/patches.sh"

export GIT_CONFIG_GLOBAL=$test_dir/gitconfig GIT_CONFIG_NOSYSTEM=1
git config --global user.name "A. Hacker"
git config --global user.email hacker@example.org
use_patches kexec-tools
cd "$test_dir"

state() { (cd "$1" && find . -type f ! -path './.git/*' -exec sha256sum {} + | sort | sha256sum); }

# build DIR: compile what changed
build()
{
	(cd "$1" && make -j"$(nproc)" build/sbin/kexec) >build.log 2>&1 || grep -m 1 error: build.log
}

# release SOURCE
release()
{
	local version series topic patch on
	version=$(source_version "$1")

	rm -rf tar git out
	cp -a "$1" tar
	like "$("$TOP/scripts/apply.sh" tar 2>&1)" "^apply: laid over kexec-tools $version, [1-9][0-9]* files" "$version: laid over a tarball"
	cp -a tar applied
	rm -rf applied/.kexec-vmlinux
	like "$("$TOP/scripts/apply.sh" tar 2>&1)" ", 0 files changed" "... a second time changes nothing"
	like "$("$TOP/scripts/apply.sh" --undo tar 2>&1)" "undone" "... undo"
	is "$(state tar)" "$(state "$1")" "... leaves the tree as it was"
	sed -i 's/do_kexec_file_load/load_file/' tar/kexec/kexec.c
	rm -rf refused
	cp -a tar refused
	like "$("$TOP/scripts/apply.sh" tar 2>&1)" "^apply: patches/kexec-tools/.*\.patch does not apply to this kexec-tools $version" \
	     "... a tree that was changed is refused"
	is "$(state tar)" "$(state refused)" "... as a whole"

	like "$("$TOP/scripts/series.sh" "$1" out 2>&1)" "out/vmlinux: [1-9] patches for kexec-tools $version" "$version: the series"
	cp -a "$1" git
	git -C git init -q
	git -C git add -A -f
	git -C git commit -qm original
	(configure_kexec_tools git) >configure.log 2>&1
	is "$(build git)" "" "... builds before the first"
	for topic in $(topics); do
		[ -d "out/$topic" ] || continue
		on=$(sed -n 's/^It applies on top of: //p' "out/$topic/0000-cover-letter.patch")
		like "$(<"out/$topic/0000-cover-letter.patch")" "For kexec-tools $version" "... $topic${on:+, on top of $on}"
		for patch in "out/$topic"/*.patch; do
			case $patch in
			*/0000-*) continue ;;
			esac
			is "$(git -C git am -q "$test_dir/$patch" 2>&1; build git)" "" "... ${patch#out/}"
		done
	done
	git clone -q git clean
	is "$(cd applied && find . -type f | while read -r f; do cmp -s "$f" "../clean/$f" || echo "$f"; done)" "" \
	   "... make what make apply makes"
	rm -rf applied clean
}

for v in $KEXEC_TOOLS_VERSIONS; do release "$CACHE/src/kexec-tools-$v"; done
if [ "${KEXEC_TOOLS-}" ]; then
	release "$KEXEC_TOOLS"
else
	skip "kexec-tools' main branch: KEXEC_TOOLS names no source of it"
fi

mkdir -p old/kexec && touch old/kexec/kexec.c
echo 'AC_INIT([kexec-tools],[2.0.20],[x])' >old/configure.ac
like "$("$TOP/scripts/apply.sh" old 2>&1)" "apply: no patches for kexec-tools 2.0.20: 2.0.29 is the oldest" "a release before all patches"

done_testing
