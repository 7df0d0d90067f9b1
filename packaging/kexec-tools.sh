# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# kexec-tools: the package of Debian 13, also for Debian 12, with our patches at the end of its quilt series

# changelog SOURCE VERSION WORDS: an entry, dated by the last commit that the packages are made of
changelog()
{
	printf '%s (%s) %s; urgency=medium\n\n  * %s\n\n -- kexec-vmlinux <kexec-vmlinux@localhost>  %s\n\n' \
		"$1" "$2" "$BUILD_SUITE" "$3" "$(git -C "$TOP" log -1 --format=%cD -- packaging patches arch tools)"
}

# kexec_tools_source DIR: make the source package in DIR/kexec-tools
kexec_tools_source()
{
	local version src=$1/kexec-tools patch name

	cd "$1" || return
	debian trixie amd64 apt-get update
	debian trixie amd64 apt-get source --download-only kexec-tools
	mkdir "$src"
	tar -xf kexec-tools_*.orig.tar.* --no-same-owner --strip-components=1 -C "$src"
	tar -xf kexec-tools_*.debian.tar.* --no-same-owner -C "$src"

	use_patches kexec-tools
	mkdir "$src/debian/patches/kexec-vmlinux"
	for patch in $(patches_for "$(source_version "$src")"); do
		name=${patch#"$PATCHES"/}
		name=kexec-vmlinux/${name//\//-}
		# Fields for this project alone are left out
		sed '/^---$/,/^diff /{/^\(Since\|Until\|Differs\|Brings\): /d}' "$patch" \
			>"$src/debian/patches/$name"
		echo "$name" >>"$src/debian/patches/series"
	done
	# Debian builds it with zlib alone. The name that kexec-vmlinux depends on keeps apt from replacing
	# this package by a newer one of Debian, which does not have the patches.
	sed -i -e 's/^Build-Depends: .*/&, liblzma-dev, libzstd-dev/' \
		-e 's/^Package: kexec-tools$/&\nProvides: kexec-tools-vmlinux/' "$src/debian/control"
	grep -q '^Provides: kexec-tools-vmlinux$' "$src/debian/control"
	version=$(sed -n '1s/.*(\(.*\)).*/\1/p' "$src/debian/changelog")+vmlinux1$([ "$DEBIAN" = 13 ] || echo "~deb$DEBIAN")
	{
		changelog kexec-tools "$version" "Load a vmlinux with kexec_file_load() on arm64."
		cat "$src/debian/changelog"
	} >"$1/changelog"
	mv "$1/changelog" "$src/debian/changelog"
}

# build_kexec_tools_deb DIR: leaves the packages in DIR
build_kexec_tools_deb()
{
	kexec_tools_source "$1"
	in_root "$1" sh -euc '
		cd kexec-tools
		mkdir -p debian/source
		echo "3.0 (quilt)" >debian/source/format
		dpkg-source --before-build .
		dpkg-buildpackage -us -uc -b -aarm64 -Pcross,nocheck
	'
	lint "$1"
}
