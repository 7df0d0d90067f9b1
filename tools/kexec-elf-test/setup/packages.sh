# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Debian's packages: for this machine with apt, and for the guests (arm64) and
# as source through an apt configuration of our own, which leaves the
# machine's alone.

# need PACKAGE...: install the missing ones
need()
{
	local missing=() sudo=() p

	command -v dpkg-query >/dev/null ||
		die "this is not Debian: install the equivalent of: $*"
	for p in "$@"; do
		dpkg-query -W -f '${db:Status-Status}\n' "$p" 2>/dev/null |
			grep -qx installed || missing+=("$p")
	done
	[ ${#missing[@]} -gt 0 ] || return 0

	if [ "$(id -u)" -ne 0 ]; then
		command -v sudo >/dev/null ||
			die "run as root: apt-get install ${missing[*]}"
		# Now, where it can ask: a step is no foreground process
		sudo -v || die "run as root: apt-get install ${missing[*]}"
		sudo=(sudo -n)
	fi
	step "reading the package lists" "${sudo[@]}" apt-get -q update
	# dpkg is not to be interrupted: it goes on if the user stops us, and the next
	# run waits for it
	step "installing ${#missing[@]} packages" \
		"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive setsid --wait \
		apt-get -q -o DPkg::Lock::Timeout=600 install -y \
		--no-install-recommends "${missing[@]}"
}

need_build()
{
	local cross=(gcc-aarch64-linux-gnu libc6-dev-arm64-cross)

	[ "$(dpkg --print-architecture 2>/dev/null)" != arm64 ] ||
		cross=(libc6-dev)
	need "${cross[@]}" bc bison ca-certificates ccache cpio dpkg-dev \
		e2fsprogs flex gcc gzip libc6-dev libelf-dev libssl-dev \
		make openssl patch python3 qemu-system-arm xz-utils
}

# The mirror of Debian that this machine uses
mirror()
{
	# shellcheck disable=SC2016
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' \
		'Label: Debian' | sort -u | sed -n 1p
}

# debian SUITE ARCH apt-get|apt-cache COMMAND...: with sources of our own.
# Old lists name removed files: update them first.
debian()
{
	local dir=$CACHE/apt/$1-$2 uri
	local opts=(-q -o "APT::Architecture=$2" -o "APT::Architectures=$2"
		    -o "Dir::Etc::sourcelist=$dir/debian.sources"
		    -o Dir::Etc::sourceparts=/dev/null
		    -o "Dir::State::lists=$dir/lists" -o "Dir::Cache=$dir/cache"
		    -o Acquire::Languages=none -o APT::Sandbox::User=root)

	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
	uri=$(mirror)
	[ -n "$uri" ] || { echo "error: apt knows no mirror of Debian: run apt-get update"; return 1; }
	printf '%s\n' "Types: deb deb-src" "URIs: $uri" "Suites: $1" \
		"Components: main" \
		"Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg" \
		>"$dir/debian.sources"
	"$3" "${opts[@]}" "${@:4}"
}

# fetch_shim TO: Debian's shim, MokManager and GRUB for arm64, signed for secure boot
fetch_shim()
{
	local deb

	rm -rf "$1"
	mkdir -p "$1"
	cd "$1" || return
	debian trixie arm64 apt-get update || return
	debian trixie arm64 apt-get download shim-signed shim-helpers-arm64-signed grub-efi-arm64-signed || return
	for deb in *.deb; do
		dpkg-deb -x "$deb" . || return
	done
	mv usr/lib/shim/*.signed usr/lib/grub/arm64-efi-signed/grubaa64.efi.signed .
	rm -r usr ./*.deb
	touch complete
}
