# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Linux: Debian's source, with the project laid over it, configured and built.

LINUX_VERSION=6.12

# Unpack Linux once; sets $LINUX
get_linux()
{
	local tar=/usr/src/linux-source-$LINUX_VERSION.tar.xz pkg

	pkg=$(dpkg-query -W -f '${Version}' "linux-source-$LINUX_VERSION")
	LINUX=$CACHE/src/linux-${pkg%%-*}
	[ ! -d "$LINUX" ] || return 0
	[ -e "$tar" ] || die "$tar is missing: apt-get install --reinstall linux-source-$LINUX_VERSION"

	rm -rf "$CACHE/src/unpacking"
	mkdir -p "$CACHE/src/unpacking"
	step "unpacking Linux ${pkg%%-*}" tar -xf "$tar" --no-same-owner \
		--strip-components=1 -C "$CACHE/src/unpacking"
	mv "$CACHE/src/unpacking" "$LINUX"
}

linux_make()
{
	local ccache="ccache ${CROSS_COMPILE:=aarch64-linux-gnu-}gcc"

	CCACHE_DIR=$CACHE/ccache CCACHE_MAXSIZE=2G \
	make -s -C "$LINUX" O="$BUILD" ARCH=arm64 \
		CROSS_COMPILE="$CROSS_COMPILE" CC="$ccache" \
		KBUILD_BUILD_USER=kexec KBUILD_BUILD_HOST=vmlinux \
		-j$(($(nproc) + 1)) "$@"
}

configure_linux()
{
	linux_make KCONFIG_ALLCONFIG="$TEST/setup/kernel.config" allnoconfig
	# Kconfig drops what it does not know without a word.
	sed -n 's/^\(CONFIG_[A-Z0-9_]*=[^n]\)/\1/p' "$TEST/setup/kernel.config" |
		while read -r option; do
			grep -qxF "$option" "$BUILD/.config" ||
				{ echo "error: $option is not in .config"; exit 1; }
		done
}

compile_linux()
{
	# One line an object, so that progress can be seen
	linux_make V=0 --no-silent vmlinux Image
}

# Sets $LINUX, $BUILD; leaves $BUILD/vmlinux and $BUILD/arch/arm64/boot/Image
build_linux()
{
	local stamp

	get_linux
	BUILD=$CACHE/build/linux-$LINUX_VERSION
	mkdir -p "$BUILD"
	step "laying the project over Linux" "$TOP/scripts/apply.sh" "$LINUX"
	stamp=$(git_digest arch patches/$LINUX_VERSION \
		tools/kexec-elf-test/setup/kernel.config \
		tools/kexec-elf-test/setup/linux.sh)-${LINUX##*-}
	[ "$(cat "$BUILD/complete" 2>/dev/null)" != "$stamp" ] || return 0

	# What is half built is of no state, until it is whole
	rm -f "$BUILD/complete"
	step "configuring Linux" configure_linux
	step "building Linux (minutes, the first time)" compile_linux
	echo "$stamp" >"$BUILD/complete"
}

# A name for the state of some of the project's files
git_digest()
{
	(cd "$TOP" && find "$@" -type f ! -name '*~' | LC_ALL=C sort |
	 xargs sha256sum) | digest
}
