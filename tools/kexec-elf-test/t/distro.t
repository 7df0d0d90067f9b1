#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The vmlinux of Debian's newest 6.12 cloud kernel: four PT_LOADs, page tables
# in a gap. Downloads some 300 MB, once.

. "$(dirname "$0")/tap.sh"

dir=$CACHE/distro

get_distro()
{
	local pkg

	debian trixie arm64 apt-get update
	pkg=$(debian trixie arm64 apt-cache show linux-image-cloud-arm64-dbg |
	      sed -n 's/^Depends: \([^ ,]*\).*/\1/p' | head -n 1)
	[ -n "$pkg" ] || { echo "error: no dbg package of a cloud kernel"; return 1; }
	[ "$(cat "$dir/package" 2>/dev/null)" != "$pkg" ] || return 0

	rm -rf "$dir"
	mkdir -p "$dir"
	cd "$dir" || return 1
	debian trixie arm64 apt-get download "$pkg"
	dpkg-deb --fsys-tarfile ./*.deb | tar -xf - --wildcards './usr/lib/debug/boot/vmlinux*'
	mv usr/lib/debug/boot/vmlinux-* vmlinux
	rm -rf usr ./*.deb
	echo "$pkg" >package
}

if [ -e "$dir/package" ]; then
	get_distro >"$WORK/distro.log" 2>&1 || echo "# not looked for a newer one"
else
	step "downloading the vmlinux of Debian's cloud kernel (300 MB)" get_distro
fi
echo "# $(<"$dir/package")"

new_disk
place "$dir/vmlinux" "$disk/distro"
cat >"$disk/job" <<'JOB'
[ "$hop" = 0 ] || return
load distro -d >/dev/null 2>&1
said
kexec -e
JOB
SECONDS_MAX=300 guest distro "" -M virt -cpu cortex-a57 -smp 2 -m 2G
id[distro]=$(build_id "$dir/vmlinux")

loads=$(readelf -lW "$dir/vmlinux" | grep -c '^ *LOAD')
like "$loads" '^([3-9]|1[0-2])$' "it has several PT_LOADs"
is "$(said | grep -c 'Loaded kernel at')" "$loads" "... each a segment"
booted 1 distro "it boots, on memory that is not zero"
like "$(report "$log" 1 release)" 'cloud-arm64$' "... and says who it is"
is "$(report "$log" 1 text | sed 's/^0*\([0-9a-f]*\)-.*/0x\1/')" \
   "$(said | sed -n 's/.*Kernel span at \(0x[0-9a-f]*\).*/\1/p')" "... and where"

done_testing
