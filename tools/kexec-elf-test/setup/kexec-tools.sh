# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# kexec-tools: Debian's newest source with our patches, static, for the guests;
# and what else a guest's user space is made of.

# The packages of what a guest runs when it saves a dump, with all that they load
DUMP_TOOLS="makedumpfile keyutils libc6 libbz2-1.0 libdw1t64 libelf1t64
	    libkeyutils1 liblzma5 liblzo2-2 libzstd1 zlib1g"

# Unpack an arm64 package of Debian 12 below $CACHE/arm64
get_arm64()
{
	local dir=$CACHE/arm64 pkg

	mkdir -p "$dir/debs"
	rm -f "$dir/debs"/*
	debian bookworm arm64 apt-get update
	(cd "$dir/debs" && debian bookworm arm64 apt-get download "$@")
	for pkg in "$@"; do
		dpkg -x "$dir/debs/${pkg}_"*.deb "$dir/root"
	done
	touch "$dir/complete"
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
	# So that what is missing is named
	ls "$dir/bin/makedumpfile" "$dir/bin/keyctl" "$dir/lib/ld-linux-aarch64.so.1"
	touch "$dir/complete"
}

get_kexec_tools()
{
	local dir=$CACHE/src/kexec-tools

	rm -rf "$dir"
	mkdir -p "$dir"
	cd "$dir" || return
	debian sid amd64 apt-get update
	debian sid amd64 apt-get source --tar-only kexec-tools
	mkdir -p orig
	tar -xf kexec-tools_*.orig.tar.* --no-same-owner --strip-components=1 \
		-C orig
	touch complete
}

compile_kexec_tools()
{
	local dir=$CACHE/build/kexec-tools patch

	rm -rf "$dir"
	mkdir -p "$CACHE/build"
	cp -a "$CACHE/src/kexec-tools/orig" "$dir"
	cd "$dir" || return
	for patch in "$TOP"/patches/kexec-tools/*.patch; do
		patch -p1 -F0 --no-backup-if-mismatch <"$patch"
	done
	./configure --host=aarch64-linux-gnu --without-lzma --without-zstd \
		--without-xen CC=aarch64-linux-gnu-gcc \
		CPPFLAGS="-I$CACHE/arm64/root/usr/include" \
		LDFLAGS="-static -L$CACHE/arm64/root/usr/lib/aarch64-linux-gnu"
	make -j"$(nproc)" build/sbin/kexec
	grep -q 'define HAVE_LIBZ 1' include/config.h
}

# All that has to be downloaded, first: without network, fail before building
fetch_user_space()
{
	[ -e "$CACHE/arm64/complete" ] ||
		step "downloading BusyBox and zlib for arm64" \
			get_arm64 busybox-static zlib1g zlib1g-dev
	[ -e "$CACHE/src/kexec-tools/complete" ] ||
		step "downloading the source of kexec-tools" get_kexec_tools
}

fetch_dump_tools()
{
	[ -e "$CACHE/arm64/dump-tools/complete" ] ||
		step "downloading makedumpfile and keyctl for arm64" get_dump_tools
}

# Leaves $CACHE/build/kexec-tools/build/sbin/kexec
build_kexec_tools()
{
	local stamp

	stamp=$(git_digest patches/kexec-tools \
		tools/kexec-elf-test/setup/kexec-tools.sh)
	[ "$(cat "$CACHE/build/kexec-tools/complete" 2>/dev/null)" != "$stamp" ] ||
		return 0
	step "building kexec-tools" compile_kexec_tools
	echo "$stamp" >"$CACHE/build/kexec-tools/complete"
}
