# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# CBMC 6, which Debian 13 has. On Debian 12 it runs from unpacked packages, with Debian 13's libraries.

download_cbmc()
{
	local dir=$CACHE/cbmc arch lib

	arch=$(dpkg --print-architecture)
	rm -rf "$dir"
	mkdir -p "$dir"
	cd "$dir" || return
	debian trixie "$arch" apt-get update
	debian trixie "$arch" apt-get download cbmc libc6 libgcc-s1 libstdc++6 minisat zlib1g
	for deb in *.deb; do
		dpkg-deb -x "$deb" .
		rm "$deb"
	done
	lib=$(dirname "$(find "$dir" -name libc.so.6)")
	printf '%s\n' '#!/bin/sh' "exec $(find "$dir" -name 'ld-linux-*.so.*' -type f) --library-path $lib:$dir/usr/lib $dir/usr/bin/cbmc \"\$@\"" >cbmc
	chmod +x cbmc
	./cbmc --version || { echo "error: cbmc does not run"; return 1; }
}

# need_cbmc: sets $CBMC
need_cbmc()
{
	CBMC=$CACHE/cbmc/cbmc
	case $(apt-cache policy cbmc 2>/dev/null | sed -n 's/ *Candidate: //p') in
	[6-9].*)
		need cbmc
		CBMC=cbmc ;;
	*)	[ -x "$CBMC" ] || step "downloading CBMC" download_cbmc ;;
	esac
}
