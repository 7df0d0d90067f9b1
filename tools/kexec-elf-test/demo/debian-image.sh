# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Debian machines for arm64: their disk images, made of Debian's packages and ours, and their guests.
# Needs packaging/root.sh.

# make_debs MACHINE...: before the cache folder is locked, because make deb locks it, too
make_debs()
{
	local packages="kexec-tools kexec-vmlinux"

	[ "$*" = stock ] || packages+=" linux"
	# shellcheck disable=SC2086
	OUT='' "$TOP/packaging/deb.sh" $packages >&2
}

# use_debian MACHINE: set $debian_suite, $debian_dir, and the packages to install: Debian's, and
# ours, as patterns. sid has a systemd that calls kexec_file_load() itself, and no kexec. stock is
# trixie with an unchanged kernel of Debian.
use_debian()
{
	debian_suite=$1 debian_dir=$CACHE/debian/$1
	debian_packages="systemd-sysv udev kmod initramfs-tools zstd file libpam-systemd dbus"
	case $1 in
	trixie)
		debian_packages+=" perl-base kdump-tools makedumpfile openssh-server iproute2 gdb python3-drgn crash linux-perf bpftrace"
		debian_ours=("kexec-tools_*" "kexec-vmlinux_*" "linux-image-*") ;;
	stock)
		debian_suite=trixie
		debian_packages+=" perl-base kdump-tools makedumpfile python3-drgn linux-image-cloud-arm64 linux-image-cloud-arm64-dbg"
		debian_ours=("kexec-tools_*" "kexec-vmlinux_*") ;;
	sid)
		debian_packages+=" systemd-boot-efi systemd-ukify xz-utils"
		debian_ours=("linux-image-*-vmlinux_*") ;;
	*)	die "no such machine: $1" ;;
	esac
}
use_debian trixie

# run_arm64_programs: by qemu-user
run_arm64_programs()
{
	[ "$(uname -m)" = aarch64 ] || as_root sh -euc '
		[ -e /proc/sys/fs/binfmt_misc/register ] ||
			mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
		[ -e /proc/sys/fs/binfmt_misc/qemu-aarch64 ] || update-binfmts --enable qemu-aarch64'
}

# make_debian_root ROOT DEB...: install it; packages for arm64 run by qemu-user
make_debian_root()
{
	local uri
	uri=$(mirror)

	run_arm64_programs
	as_root rm -rf "$1"
	# The initrd of the crash kernel takes the guest minutes: make it here. kdump-config takes it
	# if the settings beside are unchanged.
	# The lists of sid expire on a mirror that is not updated.
	# shellcheck disable=SC2016 disable=SC2086
	with_mounts mmdebstrap --architectures=arm64 --variant=minbase \
		--aptopt="Acquire::Check-Valid-Until \"$([ "$debian_suite" = sid ] && echo false || echo true)\"" --include="$(printf '%s,' $debian_packages | sed 's/,$//')" \
		--customize-hook='mkdir -p "$1/var/tmp/debs"' \
		--customize-hook="cp $(printf "'%s' " "${@:2}") \"\$1/var/tmp/debs\"" \
		--customize-hook='chroot "$1" sh -c "apt-get install -y --no-install-recommends /var/tmp/debs/*.deb"' \
		--customize-hook='rm -r "$1/var/tmp/debs"' \
		--customize-hook='[ ! -e "$1/usr/sbin/kdump-config" ] || chroot "$1" sh -euc "
			version=\$(ls /lib/modules)
			mkinitramfs -o /var/lib/kdump/initrd.img-\$version \$version
			cp /etc/kdump/sysctl.conf /var/lib/kdump/latest_sysctls-\$version"' \
		--customize-hook='echo vmlinux >"$1/etc/hostname"; echo "/dev/vda / ext4 rw 0 1" >"$1/etc/fstab"; passwd -R "$1" -d root' \
		"$debian_suite" "$1" "deb $uri $debian_suite main"
	as_root install -m 644 "$TEST/guest/debian-stage.service" "$1/etc/systemd/system"
	as_root ln -sf ../debian-stage.service "$1/etc/systemd/system/multi-user.target.wants/"
}

# make_debian_image ROOT IMAGE
make_debian_image()
{
	as_root rm -f "$2"
	as_root mke2fs -q -F -t ext4 -d "$1" "$2" 4G
	as_root chown "$(id -u):$(id -g)" "$2"
}

# build_debian DEBS [MACHINE]: leaves $debian_dir/{image,vmlinuz,initrd.img,vmlinux}
build_debian()
{
	local dir stamp kernel debs=() p

	use_debian "${2:-trixie}"
	dir=$debian_dir
	for p in "${debian_ours[@]}"; do
		# shellcheck disable=SC2206 # a pattern
		debs+=("$1/"$p.deb)
	done

	need arch-test mmdebstrap mount qemu-user-static binfmt-support e2fsprogs qemu-system-arm gdb-multiarch python3-drgn \
		makedumpfile
	stamp=$(git_digest tools/kexec-elf-test/demo/debian-image.sh tools/kexec-elf-test/guest/debian-stage.service)-$(cat "${debs[@]}" | digest)
	[ "$(cat "$dir/complete" 2>/dev/null)" != "$stamp" ] || return 0
	rm -f "$dir/complete"
	mkdir -p "$dir"
	step "installing Debian's $debian_suite for arm64 (minutes, the first time)" make_debian_root "$dir/root" "${debs[@]}"
	kernel=$(cd "$dir/root/boot" && printf '%s\n' vmlinuz-* | sed 's/vmlinuz-//')
	as_root cp "$dir/root/boot/vmlinuz-$kernel" "$dir/vmlinuz"
	as_root cp "$dir/root/boot/initrd.img-$kernel" "$dir/initrd.img"
	as_root chown "$(id -u):$(id -g)" "$dir"/{vmlinuz,initrd.img}
	if [ -e "$dir/root/usr/lib/debug/boot/vmlinux-$kernel" ]; then
		cat "$dir/root/usr/lib/debug/boot/vmlinux-$kernel" >"$dir/vmlinux"
	else
		dpkg-deb --fsys-tarfile "$1"/linux-image-*-dbg_*.deb |
			tar -xO --wildcards './usr/lib/debug/lib/modules/*/vmlinux' >"$dir/vmlinux"
	fi
	step "making the disk image" make_debian_image "$dir/root" "$dir/image"
	as_root rm -rf "$dir/root"
	echo "$stamp" >"$dir/complete"
}

# copy_debian TO: a copy of the disk, with the script for the guest
copy_debian()
{
	local stage=/usr/local/sbin/debian-stage

	cp --sparse=always "$debian_dir/image" "$1"
	printf '%s\n' "write $TEST/guest/debian-stage $stage" "set_inode_field $stage mode 0100755" |
		debugfs -w -f - "$1" >/dev/null 2>&1
}

# debian_modules DIR: the files of the machine's modules, with symbols
debian_modules()
{
	dpkg-deb --fsys-tarfile "$CACHE"/debs/linux-image-*-dbg_*.deb |
		tar -x -C "$1" --wildcards './usr/lib/debug/lib/modules/*.ko'
}

# debian_guest IMAGE CONSOLE SECONDS APPEND QEMU-OPTION...: boot the machine, with IMAGE as its disk,
# until it powers off or boots again. False if it does not within SECONDS. $watch, a command, is run
# each second, with the console as argument.
debian_guest()
{
	local image=$1 log=$2 end=$((SECONDS + $3)) append=$4 qemu
	shift 4

	qemu-system-aarch64 -nodefaults -display none -serial "file:$log" -no-reboot -nic none \
		-kernel "$debian_dir/vmlinuz" -initrd "$debian_dir/initrd.img" \
		-append "console=ttyAMA0 root=/dev/vda rw panic=10 quiet systemd.mask=serial-getty@ttyAMA0.service $append" \
		-drive "if=none,id=disk,format=raw,file=$image" \
		-device virtio-blk-device,drive=disk "$@" </dev/null >"$log.qemu" 2>&1 9>&- &
	qemu=$!
	CHILD=$qemu
	while kill -0 $qemu 2>/dev/null && [ $SECONDS -lt $end ]; do
		sleep 1
		${watch:+"$watch" "$log"}
	done
	kill $qemu 2>/dev/null && sleep 1
	wait $qemu 2>/dev/null || :
	CHILD=''
	sed -i 's/\r//g' "$log"
	[ $SECONDS -lt $end ]
}
