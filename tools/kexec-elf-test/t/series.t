#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: check all@EACH
# make series: each series applies on those that it names, and after each patch the tree builds; in the
# suite "all", it also boots

. "$(dirname "$0")/tap.sh"
. "$TOP/scripts/patches.sh"

script=$TOP/scripts/series.sh
export GIT_CONFIG_GLOBAL=$test_dir/gitconfig GIT_CONFIG_NOSYSTEM=1
rm -f "$GIT_CONFIG_GLOBAL"
cd "$test_dir"

is "$("$script" "$LINUX" out 2>&1 </dev/null)" \
   "series: who signs this off? git config --global user.name NAME; git config --global user.email ADDRESS" \
   "without a name, nobody signs off"
is "$([ ! -e out ] && echo none)" none "... and nothing is written"
git config --global user.name "A. Hacker"
git config --global user.email hacker@example.org
rc=0; "$script" "$test_dir" out >/dev/null 2>&1 || rc=$?
is $rc 1 "a folder that is no Linux tree is refused"
for args in --bad "--topic nothing $LINUX" "" "a b c"; do
	rc=0
	# shellcheck disable=SC2086
	"$script" $args >/dev/null 2>&1 || rc=$?
	is $rc 2 "wrong arguments: '$args'"
done
mkdir -p mine && touch mine/letter
like "$("$script" "$LINUX" mine 2>&1)" "holds something else than series" "a folder of the user's is left alone"
mkdir -p theirs/mine && touch theirs/mine/0001-mine.patch
like "$("$script" "$LINUX" theirs 2>&1; ls theirs/mine)" "holds something else than series.*0001-mine.patch" \
     "... and so are the user's patches"
like "$("$script" --topic messages "$LINUX" one 2>&1; ls one)" "messages: [1-9] patches for Linux.*messages\$" \
     "one series is written"
like "$("$script" "$LINUX" out 2>&1)" "out/fixes-cma: [1-9][0-9]* patches for Linux" "all series are written"
is "$("$script" "$LINUX" out >/dev/null 2>&1; echo $?)" 0 "... and again"
letter=out/loader/0000-cover-letter.patch
like "$(<$letter)" "Subject: \[PATCH 0+/[0-9]+\] arm64: kexec_file: Load vmlinux" "... with a cover letter"
like "$(<$letter)" "kexec_elf.c +\| +[0-9]+ \+" "... its diffstat"
like "$(<$letter)" "For Linux ${LINUX##*-}" "... the version that it is for"
like "$(<$letter)" "It applies on top of: .*fixes" "... the series that it stands on"
like "$(<$letter)" "c: .*linux-arm-kernel@lists.infradead.org" "... and those to whom it goes"
mapfile -t patches < <(printf '%s\n' out/*/*.patch | grep -v 0000-cover)
is "$(grep -L '^Signed-off-by: A. Hacker <hacker@example.org>$' "${patches[@]}")" "" "each patch is signed off"
is "$(grep -L '^From: "A. Hacker" <hacker@example.org>$' out/*/*.patch)" "" "... and from the same"
is "$(grep -lE '^(Since|Until|Differs|Patch): ' "${patches[@]}")" "" "... without what is for this project alone"
for p in "${patches[@]}"; do
	is "$(cd "$test_dir" && "$LINUX/scripts/checkpatch.pl" --root="$LINUX" --quiet --strict \
		--ignore UNKNOWN_COMMIT_ID,FILE_PATH_CHANGES,PARENTHESIS_ALIGNMENT - <"$p" 2>&1)" "" "checkpatch --strict: ${p#out/}"
done

git init -q base-commit
(cd base-commit && cp -r "$LINUX/.kexec-vmlinux/orig/." . && mkdir -p scripts && cp "$LINUX/"{Makefile,Kbuild} . &&
 git add -A -f && git commit -qm Linux)
"$script" --topic messages base-commit out-git >/dev/null 2>&1
like "$(<out-git/messages/0000-cover-letter.patch)" "base-commit: $(git -C base-commit rev-parse HEAD)" \
     "a git tree: the cover letter names the commit"

# Each series on those that it names, all of them in order, and what that makes
git_tree()
{
	rm -rf "$1"
	cp -r "$LINUX/.kexec-vmlinux/orig" "$1"
	git -C "$1" init -q
	git -C "$1" add -f .
	git -C "$1" commit -qm linux
}

all=()
for topic in $(topics); do
	[ -e "out/$topic" ] || continue
	mapfile -t letters < <(printf "$test_dir/%s\n" "out/$topic"/*.patch | grep -v 0000-cover)
	all+=("${letters[@]}")
	on=()
	for other in $(sed -n 's/^It applies on top of: //p' "out/$topic/0000-cover-letter.patch" | tr -d ,); do
		mapfile -t -O ${#on[@]} on < <(printf "$test_dir/%s\n" "out/$other"/*.patch | grep -v 0000-cover)
	done
	git_tree am
	is "$(git -C am am -q "${on[@]}" "${letters[@]}" 2>&1)" "" "git am takes $topic on what it names"
done
git_tree am
is "$(git -C am am -q "${all[@]}" 2>&1)" "" "git am takes all series"
is "$(diff -r --brief -x .git am "$LINUX/.kexec-vmlinux/new")" "" "... and makes what make apply makes"

tree=$test_dir/tree
pristine "$LINUX" "$tree"
LINUX=$tree
built() { echo "$test_dir/build"; }
mkdir "$test_dir/build"
# Debug information takes half of the time, and shows nothing here
printf '%s\n' "# CONFIG_DEBUG_INFO_DWARF5 is not set" CONFIG_DEBUG_INFO_NONE=y >"$test_dir/fragment"
name=$LINUX_VERSION
# shellcheck disable=SC2046
configure_linux "$name" $(fragments "${name%%-*}-series") "$test_dir/fragment" >"$test_dir/series.log" 2>&1
"$LINUX/scripts/config" --file "$test_dir/build/.config" -e SECURITY -e INTEGRITY -e IMA \
	-e KEYS -e MD -e BLK_DEV_DM -e DM_CRYPT -e CONFIGFS_FS -e CRASH_DM_CRYPT

# What the series touch, of that which is there and selected so far
objects()
{
	local file

	for file in arch/arm64/kernel/{kexec,machine_kexec,relocate_kernel}* kernel/kexec*.c \
		    kernel/crash_dump_dm_crypt.c security/integrity/ima/ima_{kexec,main}.c; do
		case $file in
		*.[cS])	[ ! -e "$LINUX/$file" ] || echo "${file%.*}.o" ;;
		esac
	done | case $(grep -c KEXEC_ELF=y "$test_dir/build/.config") in
	0)	grep -v '^kernel/kexec_elf.o' ;;
	*)	cat ;;
	esac
}

# builds NAME: what there is in the tree
builds()
{
	linux_make "$name" olddefconfig >"$test_dir/series.log" 2>&1
	mapfile -t targets < <(if [ "$boot_each" ]; then echo Image; else cd "$LINUX" && objects; fi)
	if linux_make "$name" "${targets[@]}" >>"$test_dir/series.log" 2>&1 &&
	   ! grep -i 'warning:' "$test_dir/series.log" >/dev/null; then
		ok "builds: $1"
	else
		not_ok "builds: $1"
		grep -m 5 -iE 'error|warning' "$test_dir/series.log" | sed 's/^/# /'
	fi
}

# All in order, patch by patch. Booting each takes long.
boot_each=
[ "${SUITE-}" != all ] || [ "$LINUX_VERSION" != "$NEWEST" ] || boot_each=1
for patch in "${all[@]}"; do
	short=${patch#"$test_dir"/out/}
	patch -d "$tree" -p1 -F0 -s --no-backup-if-mismatch <"$patch"
	builds "$short"
	[ "$boot_each" ] || continue
	new_disk chain
	cp "$flat" "$disk_dir/k1"
	build_ids[k1]=$(build_id "$vmlinux")
	BUILD=$test_dir/build guest series "" -M virt -cpu cortex-a57 -m 512M
	booted 1 k1 "boots, and boots an Image: $short"
done

# Those that do not stand on all that come before them, on what they name alone
boot_each=
for topic in $(topics); do
	names=$(topics "$topic" | paste -sd ' ')
	[ -e "out/$topic" ] && [ "$(topics | sed "/^$topic\$/q" | paste -sd ' ')" != "$names" ] || continue
	rm -rf "$tree"
	use_linux "$LINUX_VERSION"
	pristine "$LINUX" "$tree"
	LINUX=$tree
	for other in $names; do
		for patch in "out/$other"/*.patch; do
			[ ! -e "$patch" ] || [ "${patch##*/}" = 0000-cover-letter.patch ] ||
				patch -d "$tree" -p1 -F0 -s --no-backup-if-mismatch <"$patch"
		done
	done
	builds "nothing but $names"
done

done_testing
