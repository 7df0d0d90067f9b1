# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# Each Debian's readers of dumps, for arm64: qemu-user runs them. Needs packaging/root.sh and
# demo/debian-image.sh.

READERS_DIR=$CACHE/readers
READER_PACKAGES="gdb python3-drgn crash makedumpfile"

# make_readers SUITE
make_readers()
{
	local uri
	uri=$(mirror)

	run_arm64_programs
	as_root rm -rf "$READERS_DIR/$1"
	mkdir -p "$READERS_DIR"
	# The lists of a mirror that is not updated expire.
	with_mounts mmdebstrap --architectures=arm64 --variant=minbase \
		--aptopt='Acquire::Check-Valid-Until "false"' \
		--include="${READER_PACKAGES// /,}" "$1" "$READERS_DIR/$1" "deb $uri $1 main"
}

# need_readers SUITE: made again after 7 days, because sid changes
need_readers()
{
	[ -z "$(find "$READERS_DIR/$1.complete" -mtime -7 2>/dev/null)" ] || return 0
	rm -f "$READERS_DIR/$1.complete"
	step "installing the readers of Debian's $1 for arm64" make_readers "$1"
	touch "$READERS_DIR/$1.complete"
}

# version_of SUITE PACKAGE, without Debian's part
version_of()
{
	sed -n "/^Package: $2\$/,/^$/s/^Version: \([0-9]*:\)\?\([^-+]*\).*/\2/p" "$READERS_DIR/$1/var/lib/dpkg/status"
}

# in_readers SUITE DIR COMMAND: run it by a shell there, with DIR as /mnt
in_readers()
{
	# shellcheck disable=SC2016
	with_mounts sh -euc '
		mount --bind "$2" "$1/mnt"
		mount -t proc proc "$1/proc"
		mount --rbind /dev "$1/dev"
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 TERM=dumb \
			timeout 1200 chroot "$1" sh -c "cd /mnt && $3"' sh "$READERS_DIR/$1" "$2" "$3"
}
