#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernels: 7 6.12
# The vmlinux files of Debian's newest arm64 kernels, of 6.12 and 7.x: cloud,
# 16K pages, real-time. Downloads some 4 GB, once; DISTRO="cloud-6.12 rt-7" for
# fewer.

. "$(dirname "$0")/tap.sh"

dir=$CACHE/distro

# get_distro FLAVOUR-VERSION: leaves its vmlinux in $dir
get_distro()
{
	local flavour=${1%-*} suite pkg to=$dir/$1

	case $1 in
	*-7) suite=trixie-backports ;;
	*)   suite=trixie ;;
	esac
	case $flavour in
	16k) pkg=linux-image-arm64-16k-dbg ;;
	*)   pkg=linux-image-$flavour-arm64-dbg ;;
	esac
	debian $suite arm64 apt-get update
	pkg=$(debian $suite arm64 apt-cache show $pkg |
	      sed -n 's/^Depends:.* \(linux-image-[^ ,]*-dbg\).*/\1/p' | sed -n 1p)
	[ -n "$pkg" ] || { echo "error: no dbg package of that kernel"; return 1; }
	[ "$(cat "$to/package" 2>/dev/null)" != "$pkg" ] || return 0

	rm -rf "$to"
	mkdir -p "$to"
	cd "$to" || return 1
	debian $suite arm64 apt-get download "$pkg"
	# Where it is, and where links lead to it, depends on the version
	dpkg-deb --fsys-tarfile ./*.deb | tar -xf - --wildcards '*/vmlinux*'
	find usr -type f -name 'vmlinux*' -exec mv {} vmlinux \;
	rm -rf usr ./*.deb
	[ -e vmlinux ] || { echo "error: $pkg has no vmlinux"; return 1; }
	echo "$pkg" >package
}

for which in ${DISTRO:-cloud-6.12 16k-6.12 rt-6.12 cloud-7 16k-7 rt-7}; do
	if [ -e "$dir/$which/package" ]; then
		get_distro "$which" >"$WORK/distro.log" 2>&1 || echo "# not looked for a newer one"
	else
		step "downloading the vmlinux of Debian's $which kernel (300 MB)" get_distro "$which"
	fi
	file=$dir/$which/vmlinux
	package=$(<"$dir/$which/package")
	loads=$(loads "$file")
	echo "# $package: $(stat -c %s "$file") bytes, $loads PT_LOADs"
	release=${package#linux-image-}
	release=${release%-dbg}

	for from in 7 6.12; do
		use_linux $from
		new_disk
		place "$file" "$disk/distro"
		cat >"$disk/job" <<-'JOB'
		[ "$hop" = 0 ] || return
		load distro -d >/dev/null 2>&1
		said
		kexec -e
		JOB
		SECONDS_MAX=300 guest distro "" -M virt -cpu max,pauth-impdef=on -smp 2 -m 2G
		id[distro]=$(build_id "$file")
		is "$(parts 0)" "$loads" "$which, from $from: each PT_LOAD is a segment"
		booted 1 distro "... it boots, on memory that is not zero"
		is "$(report "$log" 1 release)" "$release" "... and says who it is"
		is "$(base_of 1)" \
		   "$(said | sed -n 's/.*Kernel span at \(0x[0-9a-f]*\).*/\1/p' | tail -n 1)" "... and where"
	done
done

done_testing
