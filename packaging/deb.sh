#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# deb.sh [PACKAGE...]: make Debian packages for arm64 that apt installs on Debian 12 or 13
#
# PACKAGE is one of these (default: the first two):
#
#   kexec-tools     Debian's, with the patches: kexec(8) takes a vmlinux with -s
#   kexec-vmlinux   kdump-vmlinux, kexec-elf-plan, kernel-gdb, kexec-push, documentation
#   linux           a kernel with the loader: image, headers, and -dbg with its vmlinux; half an hour
#
# Builds in a Debian of its own in the cache folder, as root (or with sudo). Settings, as
# variables of "make deb" or of the environment:
#
#   DEBIAN=13           for Debian 13, or 12, whose own kexec-tools has no patches: it gets Debian 13's
#   OUT=DIR             where the packages go (default: debs in the cache folder, or debs-12)
#   KERNEL_CONFIG=FILE  configures the kernel (default: for a virtual machine with systemd and
#                       debuggers). The options of the loader are turned on, and printed.
#   LINUX_VERSION=7.3   the Linux
#
# Exit: 0 made, 1 something failed, 2 wrong arguments.

ME=deb
# shellcheck source=tools/kexec-elf-test/setup/common.sh
. "$(dirname "$0")/../tools/kexec-elf-test/setup/common.sh"
. "$TEST/setup/packages.sh"
. "$TEST/setup/linux.sh"
. "$TOP/scripts/patches.sh"
. "$TOP/packaging/root.sh"
. "$TOP/packaging/kexec-tools.sh"
. "$TOP/packaging/kernel.sh"
. "$TOP/packaging/kexec-vmlinux.sh"

all="kexec-tools kexec-vmlinux linux"
case ${1-} in
-h | --help) help ;;
-*) usage "no such option: $1" ;;
esac
# shellcheck disable=SC2086
[ $# -gt 0 ] || set -- kexec-tools kexec-vmlinux
for name in "$@"; do
	case " $all " in
	*" $name "*) ;;
	*) usage "no such package: $name (there are: $all)" ;;
	esac
done
OUT=$(realpath -m "${OUT:-$CACHE/debs${BUILD_ROOT#"$CACHE/deb/root"}}")
[ -z "${KERNEL_CONFIG-}" ] || [ -f "$KERNEL_CONFIG" ] || usage "no such file: $KERNEL_CONFIG"
KERNEL_CONFIG=${KERNEL_CONFIG:+$(realpath "$KERNEL_CONFIG")}
case " $LINUX_VERSIONS " in
*" $LINUX_VERSION "*) ;;
*) usage "no such Linux: $LINUX_VERSION (there are: $LINUX_VERSIONS)" ;;
esac
# Debian 12 has stamps of its own
state=$CACHE/deb/${BUILD_ROOT#"$CACHE/deb/root"}
mkdir -p "$OUT" 2>/dev/null || die "cannot write to $OUT: name another OUT"

init_cache 9000
lock
need bc bison ca-certificates ccache dpkg-dev flex gcc git libelf-dev libssl-dev make mmdebstrap mount openssl \
	patch python3 xz-utils
need_build_root
work=$(mktemp -d "$CACHE/deb.XXXXXX")

# made_of PACKAGE: a name for all that it is made of
made_of()
{
	case $1 in
	kexec-tools)	git_digest packaging/{kexec-tools,root}.sh patches/kexec-tools scripts/patches.sh ;;
	linux)		echo "$(git_digest packaging/{kernel,root}.sh packaging/{loader,machine}.config patches/linux arch tools/kexec-elf-test/setup/{config,linux.sh})-$LINUX_VERSION-$(digest ${KERNEL_CONFIG:+"$KERNEL_CONFIG"} </dev/null)" ;;
	kexec-vmlinux)	git_digest packaging/{kexec-vmlinux,root}.sh packaging/kexec-vmlinux patches/linux arch Documentation README.md tools/kexec-elf-plan tools/kernel-gdb tools/kexec-push tools/kexec-elf-test/simulator ;;
	esac
}

# all_there PACKAGE: are the files in $OUT that the last run has put there?
all_there()
{
	[ -s "$state$1.files" ] || return
	while IFS= read -r file; do
		[ -e "$OUT/$file" ] || return
	done <"$state$1.files"
}

# remove_old PACKAGE: from $OUT, the files that the last run has put there; others are the user's
remove_old()
{
	case $(cat "$state$1.out" 2>/dev/null) in
	"$OUT")
		while IFS= read -r file; do rm -f "$OUT/$file"; done <"$state$1.files" ;;
	esac
}

for name in "$@"; do
	stamp="$(made_of "$name") $OUT"
	if [ "$(cat "$state$name.complete" 2>/dev/null)" = "$stamp" ] && all_there "$name"; then
		continue
	fi
	rm -f "$state$name.complete"
	mkdir "$work/$name"
	case $name in
	kexec-tools)	step "building kexec-tools" build_kexec_tools_deb "$work/$name" ;;
	linux)		build_linux_deb "$work/$name" ;;
	kexec-vmlinux)	build_kexec_vmlinux_deb "$work/$name" ;;
	esac
	remove_old "$name"
	find "$work/$name" -maxdepth 1 -name '*.deb' ! -name '*-dbgsym_*' -printf '%f\n' >"$state$name.files"
	echo "$OUT" >"$state$name.out"
	while IFS= read -r file; do cp "$work/$name/$file" "$OUT"; done <"$state$name.files"
	as_root rm -rf "$work/$name"
	echo "$stamp" >"$state$name.complete"
done
say "packages are in $OUT; on the arm64 machine: apt install ./*.deb"
ls -1 "$OUT"
