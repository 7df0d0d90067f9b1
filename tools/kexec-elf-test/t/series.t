#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make series: what one would mail. Each patch builds on those before; with
# check.sh --all, each boots, too

. "$(dirname "$0")/tap.sh"

series=$TOP/scripts/series.sh
export GIT_CONFIG_GLOBAL=$WORK/gitconfig GIT_CONFIG_NOSYSTEM=1
rm -f "$GIT_CONFIG_GLOBAL"
cd "$WORK"

is "$("$series" "$LINUX" out 2>&1 </dev/null)" \
   "series: who signs this off? git config --global user.name NAME; git config --global user.email ADDRESS" \
   "without a name, nobody signs off"
is "$([ ! -e out ] && echo none)" none "... and nothing is written"
git config --global user.name "A. Hacker"
git config --global user.email hacker@example.org
rc=0; "$series" "$WORK" out >/dev/null 2>&1 || rc=$?
is $rc 1 "a folder that is no Linux tree is refused"
rc=0; "$series" --bad >/dev/null 2>&1 || rc=$?
is $rc 2 "wrong arguments"
mkdir -p mine && touch mine/letter
like "$("$series" "$LINUX" mine 2>&1)" "holds something else than a series" "a folder of the user's is left alone"
mkdir -p theirs && touch theirs/0001-mine.patch
like "$("$series" "$LINUX" theirs 2>&1; ls theirs)" "holds something else than a series.*0001-mine.patch" \
     "... and so are the user's patches"
like "$("$series" "$LINUX" out 2>&1)" "^series: [1-9][0-9]* patches for linux" "the series is written"
is "$("$series" "$LINUX" out >/dev/null 2>&1; echo $?)" 0 "... and again"
patches=(out/[0-9]*.patch)
like "$(<"${patches[0]}")" "Subject: \[PATCH 0+/[0-9]+\] arm64: kexec_file: Load vmlinux" "... with a cover letter"
like "$(<"${patches[0]}")" "kexec_elf.c +\| +[0-9]+ \+" "... and its diffstat"
is "$(grep -L '^Signed-off-by: A. Hacker <hacker@example.org>$' "${patches[@]:1}")" "" "each patch is signed off"
is "$(grep -L '^From: "A. Hacker" <hacker@example.org>$' "${patches[@]}")" "" "... and from the same"
like "$("$series" --kexec-tools "$CACHE/src/kexec-tools/orig" out-kt 2>&1)" "patches for kexec-tools 2" \
     "the series for kexec-tools is written"
for p in "${patches[@]:1}"; do
	is "$(cd "$WORK" && "$LINUX/scripts/checkpatch.pl" --root="$LINUX" --quiet --strict \
		--ignore UNKNOWN_COMMIT_ID,LEADING_SPACE,FILE_PATH_CHANGES - <"$p" 2>&1)" "" "checkpatch --strict: $(basename "$p")"
done

cp -r "$LINUX/.kexec-vmlinux/orig" am
git -C am init -q
git -C am add -f .
git -C am commit -qm linux
letters=("${patches[@]:1}")
letters=("${letters[@]/#/../}")
is "$(cd am && git am -q "${letters[@]}" 2>&1)" "" "git am takes the series"
is "$(cd am && diff -r --brief -x .git . "$LINUX/.kexec-vmlinux/new")" "" "... and makes what make apply makes"

tree=$WORK/tree
pristine "$tree"
LINUX=$tree
built() { echo "$WORK/build"; }
mkdir "$WORK/build"
# Debug information takes half of the time, and shows nothing here
linux_config() { cat "$TEST/setup/config/"{common,"${1%%-*}"}.config; echo CONFIG_DEBUG_INFO_NONE=y; echo CONFIG_KEXEC_FILE=y; }
name=$LINUX_VERSION
configure_linux "$name" >"$WORK/series.log" 2>&1
"$LINUX/scripts/config" --file "$WORK/build/.config" -e SECURITY -e INTEGRITY -e IMA \
	-e KEYS -e MD -e BLK_DEV_DM -e DM_CRYPT -e CONFIGFS_FS -e CRASH_DM_CRYPT

# What the series touches, of that which is there and selected so far
objects()
{
	local file

	for file in arch/arm64/kernel/{kexec,machine_kexec,relocate_kernel}* kernel/kexec*.c \
		    kernel/crash_dump_dm_crypt.c security/integrity/ima/ima_{kexec,main}.c; do
		case $file in
		*.[cS])	[ ! -e "$LINUX/$file" ] || echo "${file%.*}.o" ;;
		esac
	done | case $(grep -c KEXEC_ELF=y "$WORK/build/.config") in
	0)	grep -v '^kernel/kexec_elf.o' ;;
	*)	cat ;;
	esac
}

for patch in "${patches[@]:1}"; do
	short=$(basename "$patch" .patch)
	patch -d "$tree" -p1 -F0 -s --no-backup-if-mismatch <"$patch"
	linux_make "$name" olddefconfig >"$WORK/series.log" 2>&1
	mapfile -t targets < <(if [ "${EVERYTHING-}" ]; then echo Image; else cd "$LINUX" && objects; fi)
	if linux_make "$name" "${targets[@]}" >>"$WORK/series.log" 2>&1 &&
	   ! grep -i 'warning:' "$WORK/series.log" >/dev/null; then
		ok "builds: $short"
	else
		not_ok "builds: $short"
		grep -m 5 -iE 'error|warning' "$WORK/series.log" | sed 's/^/# /'
	fi
	[ "${EVERYTHING-}" ] || continue
	new_disk
	cp "$flat" "$disk/k1"
	id[k1]=$(build_id "$vmlinux")
	echo '[ "$hop" = 1 ] || { load k1; kexec -e; }' >"$disk/job"
	BUILD=$WORK/build guest series "" -M virt -cpu cortex-a57 -m 512M
	booted 1 k1 "boots, and boots an Image: $short"
done

done_testing
