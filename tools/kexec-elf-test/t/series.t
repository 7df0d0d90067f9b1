#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The patches build one by one, each on those before

. "$(dirname "$0")/tap.sh"

# The tree as it was, by names of its own for the files of $LINUX
tree=$WORK/tree
cp -al "$LINUX" "$tree"
rm -rf "$tree/.kexec-vmlinux"
(cd "$LINUX/.kexec-vmlinux/orig" && find . -type f) | while read -r file; do
	rm "$tree/$file"
	cp "$LINUX/.kexec-vmlinux/orig/$file" "$tree/$file"
done
LINUX=$tree BUILD=$WORK/build
mkdir "$BUILD"
configure_linux >"$WORK/series.log" 2>&1
"$LINUX/scripts/config" --file "$BUILD/.config" -e SECURITY -e INTEGRITY -e IMA

for patch in "$TOP"/patches/6.12/*.patch; do
	patch -d "$tree" -p1 -F0 -s --no-backup-if-mismatch <"$patch"
	objects=(kernel/kexec_core.o kernel/kexec_file.o arch/arm64/kernel/
		 security/integrity/ima/ima_kexec.o)
	linux_make olddefconfig >"$WORK/series.log" 2>&1
	# Not before the patch that makes arm64 select it
	! grep -q KEXEC_ELF=y "$BUILD/.config" || objects+=(kernel/kexec_elf.o)
	if linux_make "${objects[@]}" >>"$WORK/series.log" 2>&1 &&
	   ! grep -i 'warning:' "$WORK/series.log" >/dev/null; then
		ok "builds after $(basename "$patch")"
	else
		not_ok "builds after $(basename "$patch")"
		grep -m 5 -iE 'error|warning' "$WORK/series.log" | sed 's/^/# /'
	fi
done

done_testing
