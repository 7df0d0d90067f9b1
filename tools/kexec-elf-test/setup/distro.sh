# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# The vmlinux files of Debian's arm64 kernels, from their packages with debug
# information

DISTRO_DIR=$CACHE/distro

# get_distro FLAVOUR-VERSION: put its vmlinux into $DISTRO_DIR/FLAVOUR-VERSION. The
# previous one stays until then. Each command needs its own check for failure: the
# shell ignores -e in a function whose exit status is tested.
get_distro()
{
	local flavour=${1%-*} suite pkg to=$DISTRO_DIR/$1

	case $1 in
	*-7) suite=trixie-backports ;;
	*)   suite=trixie ;;
	esac
	case $flavour in
	16k) pkg=linux-image-arm64-16k-dbg ;;
	*)   pkg=linux-image-$flavour-arm64-dbg ;;
	esac
	# Wait for another run, or for a download in the background, of the same package
	mkdir -p "$DISTRO_DIR"
	exec 8>"$DISTRO_DIR/lock"
	flock 8
	debian $suite arm64 apt-get update || return
	pkg=$(debian $suite arm64 apt-cache show $pkg |
	      sed -n 's/^Depends:.* \(linux-image-[^ ,]*-dbg\).*/\1/p' | sed -n 1p)
	[ -n "$pkg" ] || { echo "error: no dbg package of that kernel"; return 1; }
	[ "$(cat "$to/package" 2>/dev/null)" != "$pkg" ] || return 0

	rm -rf "$to.new"
	mkdir -p "$to.new"
	cd "$to.new" || return
	debian $suite arm64 apt-get download "$pkg" || return
	# Where it is, and where links lead to it, depends on the version
	dpkg-deb --fsys-tarfile ./*.deb | tar -xf - --wildcards '*/vmlinux*' || return
	find usr -type f -name 'vmlinux*' -exec mv {} vmlinux \;
	rm -rf usr ./*.deb
	[ -e vmlinux ] || { echo "error: $pkg has no vmlinux"; return 1; }
	echo "$pkg" >package || return
	rm -rf "$to"
	mv "$to.new" "$to"
}

# need_distro FLAVOUR-VERSION: download the newest vmlinux; if that fails, use the cached one
need_distro()
{
	if [ -e "$DISTRO_DIR/$1/package" ]; then
		(get_distro "$1") >"$LOGS/distro-$1.log" 2>&1 ||
			say "not looked for a newer $1 kernel"
	else
		step "downloading the vmlinux of Debian's $1 kernel (300 MB)" get_distro "$1"
	fi
}
