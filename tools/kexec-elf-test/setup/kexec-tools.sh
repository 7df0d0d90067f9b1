# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# kexec-tools: Debian's sources with our patches, static, for the guests; and the rest of their
# user space.
#
# patches/kexec-tools/versions lists the versions. Guests have the newest that Debian has. A build is
# named VERSION, "main" for the source in $KEXEC_TOOLS, or VERSION-plain, without decompressors.

KEXEC_TOOLS_VERSIONS=$(awk '!/^#/ && $2 != "git" && NF { print $1 }' "$TOP/patches/kexec-tools/versions" | paste -sd ' ')
# shellcheck disable=SC2034 # for tests
NEWEST_KEXEC_TOOLS=${KEXEC_TOOLS_VERSIONS%% *}

# built_kexec BUILD: the command
built_kexec() { echo "$CACHE/build/kexec-tools-$1/build/sbin/kexec"; }

# The packages of the programs that save a dump in a guest, with all that they load
DUMP_TOOLS="makedumpfile keyutils libc6 libbz2-1.0 libdw1t64 libelf1t64
	    libkeyutils1 liblzma5 liblzo2-2 libzstd1 zlib1g"

# The packages of Debian 12 for arm64 that are unpacked below $CACHE/arm64
ARM64_PACKAGES="busybox-static zlib1g zlib1g-dev liblzma-dev libzstd-dev"

get_arm64()
{
	local dir=$CACHE/arm64 pkg

	mkdir -p "$dir/debs"
	rm -f "$dir/debs"/*
	debian bookworm arm64 apt-get update
	# shellcheck disable=SC2086
	(cd "$dir/debs" && debian bookworm arm64 apt-get download $ARM64_PACKAGES)
	for pkg in $ARM64_PACKAGES; do
		dpkg -x "$dir/debs/${pkg}_"*.deb "$dir/root"
	done
	echo "$ARM64_PACKAGES" >"$dir/complete"
}

# Debian's newest makedumpfile and keyctl, for new kernels, with the libraries and
# the loader of their own, in $CACHE/arm64/dump-tools
get_dump_tools()
{
	local dir=$CACHE/arm64/dump-tools deb

	rm -rf "$dir"
	mkdir -p "$dir"/{bin,debs,lib,unpacked}
	debian sid arm64 apt-get update
	# shellcheck disable=SC2086
	(cd "$dir/debs" && debian sid arm64 apt-get download $DUMP_TOOLS)
	for deb in "$dir/debs"/*.deb; do
		dpkg -x "$deb" "$dir/unpacked"
	done
	find "$dir/unpacked" \( -name makedumpfile -o -name keyctl \) -type f -perm -1 \
		-exec mv -t "$dir/bin" {} +
	mv "$dir"/unpacked/usr/lib/aarch64-linux-gnu/*.so* "$dir/lib"
	rm -r "$dir/debs" "$dir/unpacked"
	# So that a missing file is named
	ls "$dir/bin/makedumpfile" "$dir/bin/keyctl" "$dir/lib/ld-linux-aarch64.so.1"
	touch "$dir/complete"
}

download_kexec_tools()
{
	local dir=$CACHE/src/unpacking suite

	suite=$(awk -v version="$1" '$1 == version { print $2 }' "$TOP/patches/kexec-tools/versions")
	rm -rf "$dir"
	mkdir -p "$dir/source"
	cd "$dir" || return
	debian "$suite" amd64 apt-get update
	debian "$suite" amd64 apt-get source --tar-only kexec-tools
	tar -xf kexec-tools_*.orig.tar.* --no-same-owner --strip-components=1 -C source
	mv source "$CACHE/src/kexec-tools-$1"
	cd "$CACHE" || return
	rm -rf "$dir"
}

# configure_kexec_tools DIR [CONFIGURE-OPTION...]: leaves the shell in DIR
configure_kexec_tools()
{
	cd "$1" || return
	[ -x configure ] || ./bootstrap
	./configure --host=aarch64-linux-gnu --without-xen CC=aarch64-linux-gnu-gcc \
		CPPFLAGS="-I$CACHE/arm64/root/usr/include" \
		LDFLAGS="-static -L$CACHE/arm64/root/usr/lib/aarch64-linux-gnu" "${@:2}"
}

# compile_kexec_tools SOURCE BUILD [CONFIGURE-OPTION...]
compile_kexec_tools()
{
	local dir=$CACHE/build/kexec-tools-$2

	rm -rf "$dir"
	mkdir -p "$CACHE/build"
	cp -a "$1" "$dir"
	"$TOP/scripts/apply.sh" "$dir"
	configure_kexec_tools "$dir" "${@:3}"
	make -j"$(nproc)" build/sbin/kexec
}

# All that has to be downloaded, first: without network, fail before building
fetch_user_space()
{
	local version

	[ "$(cat "$CACHE/arm64/complete" 2>/dev/null)" = "$ARM64_PACKAGES" ] ||
		step "downloading BusyBox and decompressors for arm64" get_arm64
	for version in $KEXEC_TOOLS_VERSIONS; do
		[ -e "$CACHE/src/kexec-tools-$version" ] ||
			step "downloading the source of kexec-tools $version" \
				download_kexec_tools "$version"
	done
}

fetch_dump_tools()
{
	[ -e "$CACHE/arm64/dump-tools/complete" ] ||
		step "downloading makedumpfile and keyctl for arm64" get_dump_tools
}

# build_kexec SOURCE BUILD [CONFIGURE-OPTION...]
build_kexec()
{
	local stamp

	stamp=$(git_digest patches/kexec-tools scripts/patches.sh \
		tools/kexec-elf-test/setup/kexec-tools.sh)-$(cd "$1" && find . -name '*.[chS]' | sort | xargs cat | digest)
	[ "$(cat "$CACHE/build/kexec-tools-$2.complete" 2>/dev/null)" != "$stamp" ] ||
		return 0
	rm -f "$CACHE/build/kexec-tools-$2.complete"
	step "building kexec-tools $2" compile_kexec_tools "$@"
	echo "$stamp" >"$CACHE/build/kexec-tools-$2.complete"
}

# The one that guests have
build_kexec_tools()
{
	build_kexec "$CACHE/src/kexec-tools-$NEWEST_KEXEC_TOOLS" "$NEWEST_KEXEC_TOOLS"
	grep -q 'define HAVE_LIBZSTD 1' "$CACHE/build/kexec-tools-$NEWEST_KEXEC_TOOLS/include/config.h" ||
		die "kexec-tools $NEWEST_KEXEC_TOOLS was built without zstd"
}

# All that tests look at
build_all_kexec_tools()
{
	local version

	build_kexec_tools
	for version in $KEXEC_TOOLS_VERSIONS; do
		build_kexec "$CACHE/src/kexec-tools-$version" "$version"
	done
	build_kexec "$CACHE/src/kexec-tools-$NEWEST_KEXEC_TOOLS" "$NEWEST_KEXEC_TOOLS-plain" \
		--without-zlib --without-lzma --without-zstd
	[ -z "${KEXEC_TOOLS-}" ] || { need autoconf; build_kexec "$KEXEC_TOOLS" main; }
}
