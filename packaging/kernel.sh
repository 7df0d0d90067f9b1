# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# linux-image, -dbg and -headers: Linux with the project laid over it, by the kernel's target bindeb-pkg

KERNEL_DIR=$CACHE/deb/linux

# kernel_make ARGUMENT...: make in the build root, with objects in /build/obj
kernel_make()
{
	in_root "$KERNEL_DIR" make -s -C /linux O=/build/obj ARCH=arm64 \
		CROSS_COMPILE=aarch64-linux-gnu- KBUILD_BUILD_USER=kexec KBUILD_BUILD_HOST=vmlinux \
		KBUILD_BUILD_VERSION=vmlinux1 \
		-j"$(($(nproc) + 1))" "$@"
}

# configure_kernel: $KERNEL_CONFIG or a configuration of our own, with the options of the loader
configure_kernel()
{
	local base=$KERNEL_DIR/base.config fragment lacks

	mkdir -p "$KERNEL_DIR/obj"
	cp "$TOP/packaging/loader.config" "$KERNEL_DIR/loader.config"
	if [ -n "${KERNEL_CONFIG-}" ]; then
		xz -dcf "$KERNEL_CONFIG" >"$base"
		cp "$base" "$KERNEL_DIR/obj/.config"
	else
		for fragment in $(fragments "$LINUX_VERSION") "$TEST/setup/config/debug.config" \
				"$TOP/packaging/machine.config"; do
			cat "$fragment"
		done >"$base"
		kernel_make allnoconfig KCONFIG_ALLCONFIG=/build/base.config
	fi
	# Keys that only the distribution has, or none, cannot sign what is built here
	if grep -q '^CONFIG_MODULE_SIG=y' "$base"; then
		printf '%s\n' CONFIG_KEXEC_SIG=y CONFIG_KEXEC_ELF_VERIFY_SIG=y \
			'CONFIG_MODULE_SIG_KEY="certs/signing_key.pem"' >>"$KERNEL_DIR/loader.config"
	fi
	! grep -q '^CONFIG_SYSTEM_TRUSTED_KEYS="..*"' "$base" ||
		echo 'CONFIG_SYSTEM_TRUSTED_KEYS=""' >>"$KERNEL_DIR/loader.config"
	grep -q '^CONFIG_DEBUG_INFO_DWARF.*=y' "$base" ||
		printf '%s\n' CONFIG_DEBUG_INFO_NONE=n CONFIG_DEBUG_INFO_DWARF5=y >>"$KERNEL_DIR/loader.config"
	in_root "$KERNEL_DIR" sh -euc 'cd /linux && scripts/kconfig/merge_config.sh -m -O /build/obj /build/obj/.config /build/loader.config' >/dev/null
	kernel_make olddefconfig

	# The options that were turned on, and those that the loader lacks
	grep '^CONFIG.*=[^n]' "$KERNEL_DIR/loader.config" >"$KERNEL_DIR/needed"
	grep -vxFf "$base" "$KERNEL_DIR/needed" >"$KERNEL_DIR/turned-on" || :
	lacks=$({ grep -vxFf "$KERNEL_DIR/obj/.config" "$KERNEL_DIR/needed" || :; } | paste -sd ' ')
	[ -z "$lacks" ] || { echo "error: cannot be set in this configuration: $lacks"; return 1; }
	# Removed options
	# The last value of an option counts
	awk -F = '/^CONFIG_/ { value[$1] = $0 } END { for (o in value) print value[o] }' "$base" |
		grep -E '=[ym]$' | sort >"$KERNEL_DIR/wanted"
	grep -E '^CONFIG_[A-Z0-9_]+=[ym]$' "$KERNEL_DIR/obj/.config" | sort |
		comm -23 "$KERNEL_DIR/wanted" - >"$KERNEL_DIR/dropped"
}

# package_kernel DIR: sign the vmlinux that is packaged, last, and make the packages. bindeb-pkg links
# again the objects with another KBUILD_BUILD_VERSION.
package_kernel()
{
	if grep -q '^CONFIG_MODULE_SIG=y' "$KERNEL_DIR/obj/.config" &&
	   ! tail -c 28 "$KERNEL_DIR/obj/vmlinux" | grep -q 'Module signature appended'; then
		in_root "$KERNEL_DIR/obj" scripts/sign-file sha256 certs/signing_key.pem \
			certs/signing_key.x509 vmlinux
	fi
	as_root rm -f "$KERNEL_DIR"/*.deb "$KERNEL_DIR"/*.{buildinfo,changes}
	kernel_make bindeb-pkg KDEB_CHANGELOG_DIST=trixie KDEB_COMPRESS=xz DPKG_FLAGS="-d" \
		KDEB_PKGVERSION="${LINUX##*linux-}-vmlinux1" DEBEMAIL=kexec-vmlinux@localhost DEBFULLNAME=kexec-vmlinux
	! grep -q '^CONFIG_MODULE_SIG=y' "$KERNEL_DIR/obj/.config" ||
		tail -c 28 "$KERNEL_DIR/obj/vmlinux" | grep -q 'Module signature appended' ||
		{ echo "error: vmlinux was linked again after it was signed"; return 1; }
	# The packaging of Linux installs to /lib, unstripped programs, and, with BTF, one of
	# this machine's architecture (resolve_btfids, in the headers)
	lint "$KERNEL_DIR" aliased-location,unstripped-binary-or-object,binary-from-other-architecture
	cp "$KERNEL_DIR"/linux-image-*.deb "$KERNEL_DIR"/linux-headers-*.deb "$1"
}

build_linux_deb()
{
	mkdir -p "$KERNEL_DIR"
	patch_linux "$LINUX_VERSION"
	step "configuring Linux" configure_kernel
	sed "s/^/$ME: turned on: /" "$KERNEL_DIR/turned-on" >&2
	[ ! -s "$KERNEL_DIR/dropped" ] ||
		say "dropped, as this Linux or toolchain lacks them: $(wc -l <"$KERNEL_DIR/dropped") options ($(head -n 3 "$KERNEL_DIR/dropped" | sed 's/=.*//' | paste -sd ' ') ...; all: $KERNEL_DIR/dropped)"
	step "building Linux ${LINUX##*linux-} (minutes, the first time)" kernel_make V=0 --no-silent all
	step "packaging Linux" package_kernel "$1"
}
