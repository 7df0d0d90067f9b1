#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# prepare.sh WHAT [NAME...]: make the files of tests, unless they are up to date
#
#   linux NAME              a Linux, with the project laid over it, built (patches/linux/versions, builds)
#   source VERSION          its source alone
#   make NAME ARGUMENT...   run make in that build
#   tree NAME DIR BUILD FRAGMENT, make-tree NAME DIR BUILD ARGUMENT...
#                           a copy of the source without the project, to build elsewhere
#   user-space              kexec-tools, and the initramfs of guests
#   all-kexec-tools         the same, and each other kexec-tools
#   distro FLAVOUR-VERSION  the vmlinux of Debian's kernel
#   shim                    Debian's shim, MokManager and GRUB
#   configure-kexec-tools DIR
#                           configure a source, to be built there
#   qemu 10.0               a QEMU whose plugins read registers
#   machine SUITE...        a Debian machine with our packages
#
# The caller holds the lock of the cache folder.

# shellcheck disable=SC2034
ME=check
# shellcheck source=tools/kexec-elf-test/setup/common.sh
. "$(dirname "$0")/common.sh"
. "$TEST/setup/packages.sh"
. "$TEST/setup/linux.sh"
. "$TEST/setup/kexec-tools.sh"
. "$TEST/setup/distro.sh"
. "$TEST/setup/qemu.sh"
. "$TEST/qemu/guest.sh"
. "$TOP/packaging/root.sh"
. "$TEST/demo/debian-image.sh"

what=${1-}
shift || :
case $what in
linux)
	known_linux "$1"
	need_linux "$1"
	build_linux "$1" ;;
source) patch_linux "$1" ;;
make)	use_linux "$1"
	linux_make "$@" ;;
tree)	use_linux "$1"
	pristine "$LINUX" "$2"
	LINUX=$2 other=$3
	built() { echo "$other"; }
	mapfile -t configs < <(fragments "${1%%-*}-series")
	configure_linux "$1" "${configs[@]}" "$4" ;;
make-tree)
	LINUX=$2 other=$3
	built() { echo "$other"; }
	linux_make "$1" "${@:4}" ;;
user-space)
	fetch_user_space
	build_kexec_tools
	build_initramfs ;;
configure-kexec-tools) configure_kexec_tools "$1" ;;
all-kexec-tools)
	fetch_user_space
	fetch_dump_tools
	build_all_kexec_tools
	build_initramfs ;;
distro)	need_distro "$1" ;;
shim)	[ -e "$CACHE/arm64/shim/complete" ] ||
		step "downloading shim and GRUB" fetch_shim "$CACHE/arm64/shim" ;;
qemu)	need_qemu_10 ;;
machine)
	make_debs "$@"
	for suite in "$@"; do build_debian "$CACHE/debs" "$suite"; done ;;
-h | --help) help ;;
*)	usage "prepare what?" ;;
esac
