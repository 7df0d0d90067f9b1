# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# kexec-vmlinux: the commands of the project, and its documentation

# The version: the date of the last commit that the packages are made of
version_of_project() { git -C "$TOP" log -1 --format=%cd --date=format:0~%Y%m%d -- packaging tools Documentation arch patches; }

compile_kexec_vmlinux()
{
	local src=$1/kexec-vmlinux

	mkdir "$src"
	cp -r "$TOP"/{Documentation,README.md,arch,packaging,tools} "$src"
	cp -r "$TOP/packaging/kexec-vmlinux/debian" "$src"
	changelog kexec-vmlinux "$(version_of_project)" "As of the last commit." >"$src/debian/changelog"
	in_root "$1" sh -euc '
		cd kexec-vmlinux
		dpkg-buildpackage -us -uc -b -aarm64 -Pcross,nocheck
	'
	lint "$1"
}

# build_kexec_vmlinux_deb DIR: leaves the package in DIR
build_kexec_vmlinux_deb()
{
	# kexec-elf-plan is made of the loader in there
	patch_linux "$LINUX_VERSION"
	step "building kexec-vmlinux" compile_kexec_vmlinux "$1"
}
