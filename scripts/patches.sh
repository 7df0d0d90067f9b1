# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced: which patches serve a Linux tree

# linux_version DIR: as 6.12
linux_version()
{
	awk '$2 == "=" && $1 == "VERSION" { v = $3 }
	     $2 == "=" && $1 == "PATCHLEVEL" { print v "." $3; exit }' \
		"$1/Makefile"
}

# patches_for TOP VERSION: the newest directory of patches that is not newer
patches_for()
{
	local dir found=''

	for dir in $(cd "$1/patches" && printf '%s\n' [0-9]* | sort -V); do
		[ "$(printf '%s\n' "$dir" "$2" | sort -V | head -n 1)" = "$dir" ] &&
			found=$1/patches/$dir
	done
	echo "$found"
}

# check_linux DIR: it is a Linux source tree, or the script ends
check_linux()
{
	[ -d "$1" ] || die "$1 is no folder"
	[ -e "$1/Kbuild" ] && [ -d "$1/arch/arm64/kernel" ] ||
		die "$1 is not a Linux source tree"
}
