# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Linux: Debian's sources, with the project laid over them, configured and built in several ways.
# patches/linux/versions lists the versions, setup/builds the ways beside. A build is named VERSION
# or VERSION-WAY.

LINUX_VERSIONS=$(awk '!/^#/ && NF && $3 != "loaded" { print $1 }' "$TOP/patches/linux/versions" | paste -sd ' ')
NEWEST=${LINUX_VERSIONS%% *}
# builds: a line for each entry of setup/builds
builds() { sed "/^#/d; /^\$/d; s/^NEWEST/$NEWEST/" "$TEST/setup/builds"; }
# The names of all builds
KERNELS=$(printf '%s\n' $LINUX_VERSIONS "$(builds | cut -f 1)" | awk '!seen[$0]++' | paste -sd ' ')
LINUX_VERSION=${LINUX_VERSION:-$NEWEST}

# Where a way of building has, or will have, its objects
built() { echo "$CACHE/build/linux-$1"; }

# find_linux VERSION: sets $LINUX to the newest source that is unpacked
find_linux()
{
	LINUX=$(find "$CACHE/src" -maxdepth 1 -name "linux-$1.*" 2>/dev/null |
		sort -V | tail -n 1)
	[ -n "$LINUX" ]
}

# The apt of this machine may know a newer one than the Debian that has it first
download_linux()
{
	local dir=$CACHE/src/unpacking pkg=linux-source-$1 suite

	suite=$(awk -v version="$1" '$1 == version { print $2 }' "$TOP/patches/linux/versions")
	rm -rf "$dir"
	mkdir -p "$dir/linux"
	cd "$dir" || return
	if ! apt-get -q download "$pkg" 2>/dev/null; then
		debian "$suite" amd64 apt-get update
		debian "$suite" amd64 apt-get download "$pkg"
	fi
	dpkg-deb -f linux-source-*.deb Version | sed 's/-.*//' >version
	dpkg-deb --fsys-tarfile linux-source-*.deb |
		tar -xf - --wildcards './usr/src/*.tar.*'
	rm linux-source-*.deb
	tar -xf usr/src/*.tar.* --no-same-owner --strip-components=1 -C linux
	mv linux "$CACHE/src/linux-$(<version)"
	cd "$CACHE" || return
	rm -rf "$dir"
}

get_linux()
{
	find_linux "$1" ||
		step "downloading and unpacking Linux $1" download_linux "$1"
	find_linux "$1"
}

# linux_env NAME COMMAND...: with the variables of make for that build
linux_env()
{
	local arch=arm64 gcc=aarch64-linux-gnu- tools=()

	case $1 in
	*-clang) tools=(LLVM=-16 CC="ccache clang-16") ;;
	*-x86)	arch=x86 gcc=x86_64-linux-gnu- ;;
	*-riscv) arch=riscv gcc=riscv64-linux-gnu- ;;
	esac
	[ ${#tools[@]} -gt 0 ] || tools=(CC="ccache ${gcc}gcc")
	env CCACHE_DIR="$CACHE/ccache" CCACHE_MAXSIZE=4G CCACHE_DEPEND=1 ARCH=$arch \
		CROSS_COMPILE=$gcc KBUILD_BUILD_USER=kexec KBUILD_BUILD_HOST=vmlinux \
		MAKEFLAGS="-s -j$(($(nproc) + 1)) -- ${tools[*]//ccache /ccache\\ }" "${@:2}"
}

# linux_make NAME ARGUMENT...: make in that build; needs $LINUX
linux_make() { linux_env "$1" make -C "$LINUX" O="$(built "$1")" "${@:2}"; }

# fragments NAME: the files that configure that build, of which the last one counts
fragments()
{
	local config=$TEST/setup/config version=${1%%-*} name

	for name in common "${version%%.*}" "$version" $(builds | sed -n "s/^$1\t\t*//p"); do
		[ ! -e "$config/$name.config" ] || echo "$config/$name.config"
	done
}

# make_key NAME CN [OPENSSL-OPTION...]: make NAME.key and its certificate, NAME.pem and
# NAME.der, valid for a hundred years, self-signed unless the options name a CA
make_key()
{
	openssl req -x509 -new -newkey rsa:2048 -sha256 -nodes -days 36500 -batch \
		-subj "/O=kexec-vmlinux/CN=$2" -keyout "$1.key" -out "$1.pem" "${@:3}"
	openssl x509 -in "$1.pem" -outform der -out "$1.der"
}

# configure_linux NAME FRAGMENT...: from allnoconfig. Kconfig drops an option whose dependencies are
# not met without a word; merge_config.sh reports it.
configure_linux()
{
	local build log

	build=$(built "$1")
	log=$build/merge_config.log
	[ -e "$build/trusted.der" ] || make_key "$build/trusted" "built-in key"
	rm -f "$build/.config"
	(cd "$LINUX" && linux_env "$1" scripts/kconfig/merge_config.sh -n -O "$build" "${@:2}") \
		>"$log" 2>&1 || { cat "$log"; return 1; }
	! sed -n 's/^Requested value: *\(CONFIG_[A-Z0-9_]*=.*\)/error: .config lacks \1/p' "$log" |
		grep .
}

compile_linux()
{
	local modules='' image=Image

	! grep -q '^CONFIG_MODULES=y' "$(built "$1")/.config" || modules=modules
	[ "$1" = "${1%-x86}" ] || image=bzImage
	# One line an object, so that progress can be seen
	linux_make "$1" V=0 --no-silent vmlinux $image $modules
}

# patch_linux NAME: sets $LINUX, to sources with the project laid over them
patch_linux()
{
	get_linux "${1%%-*}"
	step "laying the project over Linux ${LINUX##*-}" \
		"$TOP/scripts/apply.sh" "$LINUX"
}

# pristine LINUX DIR: a copy of the source as it was before the project, of hard links
pristine()
{
	local file

	cp -al "$1" "$2"
	rm -rf "$2/.kexec-vmlinux"
	(cd "$TOP" && find arch Documentation tools/testing -type f) |
		while read -r file; do rm -f "$2/$file"; done
	[ ! -d "$1/.kexec-vmlinux" ] || (cd "$1/.kexec-vmlinux/orig" && find . -type f) |
		while read -r file; do
			rm "$2/$file"
			cp "$1/.kexec-vmlinux/orig/$file" "$2/$file"
		done
}

# plain_linux NAME: sets $LINUX, to sources without the project
plain_linux()
{
	local plain

	get_linux "${1%%-*}"
	plain=$CACHE/src/plain-${LINUX##*-}
	[ -e "$plain/complete" ] || {
		rm -rf "$plain"
		step "copying Linux ${LINUX##*-} as Debian has it" pristine "$LINUX" "$plain"
		touch "$plain/complete"
	}
	LINUX=$plain
}

# build_linux NAME: sets $LINUX, $BUILD; leaves $BUILD/vmlinux and
# $BUILD/arch/arm64/boot/Image, or the image of the other architecture
build_linux()
{
	local stamp configs

	case $1 in
	*-plain) plain_linux "$1" ;;
	*)	patch_linux "$1" ;;
	esac
	BUILD=$(built "$1")
	mkdir -p "$BUILD"
	mapfile -t configs < <(fragments "$1")
	stamp=$(digest "${configs[@]}")-${LINUX##*-}
	[ ! -d "$LINUX/.kexec-vmlinux/new" ] || stamp+=-$(cd "$LINUX/.kexec-vmlinux/new" &&
		find . -type f ! -path './Documentation/*' | sort | xargs cat | digest)
	[ "$(cat "$BUILD/complete" 2>/dev/null)" != "$stamp" ] || return 0

	# An incomplete build has no stamp
	rm -f "$BUILD/complete"
	step "configuring Linux $1" configure_linux "$1" "${configs[@]}"
	step "building Linux $1 (minutes, the first time)" compile_linux "$1"
	echo "$stamp" >"$BUILD/complete"
}

# use_linux NAME: sets $LINUX and $BUILD to the results of build_linux
use_linux()
{
	find_linux "${1%%-*}"
	BUILD=$(built "$1")
}

# known_linux NAME...: all are ways of building, or the script ends
known_linux()
{
	local name

	for name in "$@"; do
		case " $KERNELS " in
		*" $name "*) ;;
		*) usage "no such Linux: $name (there are: $KERNELS)" ;;
		esac
	done
}

# Packages that some ways of building ask for, beyond need_build
need_linux()
{
	case " $* " in
	*-clang*) need clang-16 lld-16 llvm-16 ;;
	*-debug*) need dwarves ;;
	esac
	case " $* " in
	*-riscv*) need gcc-riscv64-linux-gnu ;;
	esac
	case " $* $(dpkg --print-architecture)" in
	*-x86*amd64) ;;
	*-x86*) need gcc-x86-64-linux-gnu ;;
	esac
}

# A name for the state of some files of the project
git_digest()
{
	(cd "$TOP" && find "$@" -type f ! -name '*~' | LC_ALL=C sort |
	 xargs sha256sum) | digest
}
