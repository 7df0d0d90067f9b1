# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# A QEMU whose plugins read registers: 10.0, which Debian 13 has, and Debian 12's backports. That one runs
# with the libraries of Debian 12, from one unpacked package.

QEMU_10=$CACHE/qemu-10.0/usr/bin/qemu-system-aarch64

# is_qemu_10 FILE
is_qemu_10() { "$1" --version 2>/dev/null | grep -q 'version 10\.0\.'; }

download_qemu()
{
	local dir=$CACHE/qemu-10.0 suite

	suite=$(. /etc/os-release && echo "$VERSION_CODENAME-backports")
	rm -rf "$dir"
	mkdir -p "$dir"
	cd "$dir" || return
	debian "$suite" "$(dpkg --print-architecture)" apt-get update
	debian "$suite" "$(dpkg --print-architecture)" apt-get download "qemu-system-arm/$suite"
	dpkg-deb -x qemu-system-arm_*.deb .
	rm qemu-system-arm_*.deb
	is_qemu_10 "$QEMU_10" || { echo "error: $suite has no QEMU 10.0"; return 1; }
}

# need_qemu_10: it is at $QEMU_10
need_qemu_10()
{
	if is_qemu_10 qemu-system-aarch64; then
		mkdir -p "${QEMU_10%/*}"
		ln -sf "$(command -v qemu-system-aarch64)" "$QEMU_10"
	fi
	is_qemu_10 "$QEMU_10" || step "downloading QEMU 10.0" download_qemu
}
