# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# The folder in which packages are built: a Debian of this machine's architecture, with what
# cross-compiles for arm64. Needs root. $DEBIAN is its version.

DEBIAN=${DEBIAN:-13}
BUILD_ROOT=$CACHE/deb/root$([ "$DEBIAN" = 13 ] || echo "-$DEBIAN")
case $DEBIAN in
12) BUILD_SUITE=bookworm ;;
13) BUILD_SUITE=trixie ;;
*) usage "DEBIAN is 12 or 13, not $DEBIAN" ;;
esac
# The build dependencies of the packages. Another machine than an arm64 gets that architecture.
ROOT_PACKAGES="bc bison ccache cpio debhelper dpkg-dev flex kmod libelf-dev libssl-dev lintian pahole
	       openssl po-debconf python3 rsync xz-utils zstd"
ROOT_PACKAGES_ARM64="libelf-dev libfdt-dev liblzma-dev libssl-dev libxen-dev libzstd-dev zlib1g-dev"

# as_root COMMAND...
as_root()
{
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		echo "error: this needs root: run it as root, or install sudo" >&2
		return 1
	fi
}

# with_mounts COMMAND...: run as root. Its mounts end with it, even if it is killed: the folders
# are removed later.
with_mounts()
{
	grep -q '^[^ ]* [^ ]* [^ ]* [^ ]* / ' /proc/self/mountinfo ||
		{ echo "error: this is a chroot, and its / is no mount point: outside, run mount --bind DIR DIR, and enter it again"; return 1; }
	as_root unshare --mount "$@"
}

make_build_root()
{
	local arch uri packages
	arch=$(dpkg --print-architecture)
	uri=$(mirror)
	[ -n "$uri" ] || { echo "error: apt knows no mirror of Debian: run apt-get update"; return 1; }
	# shellcheck disable=SC2046,SC2086
	packages=$(printf '%s,' $ROOT_PACKAGES $(printf '%s:arm64 ' $ROOT_PACKAGES_ARM64))
	if [ "$arch" = arm64 ]; then
		packages+=build-essential
	else
		packages+=crossbuild-essential-arm64
		arch+=,arm64
	fi
	as_root rm -rf "$BUILD_ROOT"
	with_mounts mmdebstrap --variant=buildd --architectures="$arch" --include="$packages" \
		"$BUILD_SUITE" "$BUILD_ROOT" "deb $uri $BUILD_SUITE main"
	# For the mounts there
	as_root mkdir -p "$BUILD_ROOT/build" "$BUILD_ROOT/ccache" "$BUILD_ROOT/linux"
}

need_build_root()
{
	local stamp

	stamp=$(git_digest packaging/root.sh)
	[ "$(cat "$BUILD_ROOT.complete" 2>/dev/null)" != "$stamp" ] || return 0
	mkdir -p "$CACHE/deb"
	rm -f "$BUILD_ROOT.complete"
	step "installing a Debian $DEBIAN to build packages in (minutes, the first time)" make_build_root
	echo "$stamp" >"$BUILD_ROOT.complete"
}

# in_root DIR COMMAND...: run there, as root, with DIR as /build, where it starts
in_root()
{
	local dir=$1
	shift

	mkdir -p "$CACHE/ccache"
	# shellcheck disable=SC2016
	with_mounts sh -euc '
		root=$1 dir=$2 ccache=$3 linux=$4
		shift 4
		mount --bind "$dir" "$root/build"
		mount --bind "$ccache" "$root/ccache"
		[ -z "$linux" ] || mount --bind "$linux" "$root/linux"
		mount -t proc proc "$root/proc"
		mount --rbind /dev "$root/dev"
		cd "$root"
		exec env -i PATH=/usr/lib/ccache:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
			LC_ALL=C.UTF-8 DPKG_DEB_COMPRESSOR_LEVEL=1 CCACHE_DIR=/ccache CCACHE_MAXSIZE=4G \
			DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)" \
			chroot . sh -euc '\''cd /build && exec "$@"'\'' sh "$@"
		' sh "$BUILD_ROOT" "$dir" "$CACHE/ccache" "${LINUX-}" "$@"
}

# lint DIR TAGS: lintian on the packages in DIR, without these tags. The
# maintainer of a package for oneself reads no mail.
lint()
{
	in_root "$1" sh -euc 'lintian --allow-root --fail-on error --suppress-tags \
		"bogus-mail-host,bogus-mail-host-in-debian-changelog$1" ./*.deb' sh "${2:+,$2}"
}
