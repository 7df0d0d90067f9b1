# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Guests: their initramfs, their disk, QEMU, and the facts on their consoles.

# The user space of a guest, at /.kexec-vmlinux
INITRAMFS=$CACHE/guest/initramfs.cpio

build_initramfs()
{
	local kexec stamp

	kexec=$(built_kexec "$NEWEST_KEXEC_TOOLS")
	stamp=$(git_digest tools/kexec-elf-test/guest)-$(digest "$kexec")
	[ "$(cat "$CACHE/guest/complete" 2>/dev/null)" != "$stamp" ] || return 0
	step "making the initramfs" make_initramfs "$kexec"
	echo "$stamp" >"$CACHE/guest/complete"
}

make_initramfs()
{
	local root=$CACHE/guest/root applet

	rm -rf "$CACHE/guest"
	mkdir -p "$root"/{.kexec-vmlinux,dev,mnt,proc,run,sys,tmp}
	cd "$root/.kexec-vmlinux" || return
	cp "$CACHE"/arm64/root/*bin/busybox busybox ||
		cp "$CACHE"/arm64/root/usr/bin/busybox busybox
	for applet in awk basename cat cmp cp cut dd dmesg echo env expr false \
		free grep gunzip gzip head hexdump hostname insmod ls mkdir mknod mount \
		mv od paste poweroff printf ps reboot rm sed seq sh sha256sum \
		sleep sort stat swapon sync tail taskset test touch tr true truncate \
		umount uname uniq wc zcat; do
		ln -s busybox "$applet"
	done
	cp "$1" kexec
	aarch64-linux-gnu-strip kexec
	for applet in kexec-file-load measure; do
		aarch64-linux-gnu-gcc -O2 -Wall -static -s -o "$applet" \
			"$TEST/guest/$applet.c"
	done
	install -m 755 "$TEST/guest/init" init
	cp "$TEST/guest/functions.sh" functions.sh
	cd "$root" || return
	find . | sort | cpio --quiet -o -H newc -R 0:0 --reproducible \
		>"$INITRAMFS"
}

# place FILE TO: a hard link to a file that may be large, or a copy of it
place()
{
	ln "$(realpath "$1")" "$2" 2>/dev/null || cp --sparse=always "$1" "$2"
}

# flatten VMLINUX TO: the Image of it, as the kernel's build makes it
flatten()
{
	aarch64-linux-gnu-objcopy -O binary -R .note -R .note.gnu.build-id \
		-R .comment -S "$1" "$2"
}

# make_disk IMAGE FOLDER: the disk of a guest, ext2, with the contents of FOLDER
make_disk()
{
	local kib

	kib=$(du -skL --apparent-size "$2" | cut -f 1)
	rm -f "$1"
	mke2fs -q -F -t ext2 -b 4096 -m 0 -N 256 -d "$2" "$1" \
		$((kib + kib / 50 + 4096))k >/dev/null
}

# make_save_disk IMAGE MEM: an empty disk, sparse, with room for dumps of MEM (a size such as
# 512M): whole, and filtered in two formats
make_save_disk()
{
	local mib=${2%[MG]}

	[ "$2" = "${2%G}" ] || mib=$((mib * 1024))
	rm -f "$1"
	mke2fs -q -F -t ext2 -b 4096 -m 0 -N 64 "$1" $((mib * 9 / 4 + 64))M >/dev/null 2>&1
}

# read_saved IMAGE FILE TO: copy a file from such a disk. False if it is missing or empty.
read_saved()
{
	rm -f "$3"
	# debugfs prints its version, and reports failures by words alone
	! debugfs -R "dump \"$2\" \"$3\"" "$1" 2>&1 >/dev/null | grep -v '^debugfs [0-9]' >&2 &&
		[ -s "$3" ]
}

# The QEMU that runs guests. Callers may override or wrap QEMU. Other
# architectures also set BOOT_IMAGE, CONSOLE and DISK_DEVICE.
QEMU=(qemu-system-aarch64)
BOOT_IMAGE=arch/arm64/boot/Image CONSOLE=ttyAMA0 DISK_DEVICE=virtio-blk-device

# run_guest LOG SECONDS LINGER DISK APPEND [QEMU-OPTION...]: boot the kernel in $BUILD, wait until a
# kernel prints "@off", and LINGER seconds more. The console goes to LOG, the output of QEMU to
# LOG.qemu. False if no kernel is done within SECONDS. All memory that is free at boot is filled
# with 0xaa first (page_poison), because zeroed memory hides the omissions of a loader. DISK is
# /dev/vda: Linux numbers QEMU's disks from the last one on.
run_guest()
{
	local log=$1 seconds=$2 linger=${3:-0} disk=$4 append=$5 qemu end
	shift 5

	rm -f "$log"
	end=$((SECONDS + seconds))
	"${QEMU[@]}" -nodefaults -display none -serial "file:$log" \
		-no-reboot -nic none -kernel "$BUILD/$BOOT_IMAGE" \
		-initrd "$INITRAMFS" \
		-append "console=$CONSOLE rdinit=/.kexec-vmlinux/init page_poison=1 $append" \
		"$@" -drive "if=none,id=disk,format=raw,file=$disk" \
		-device $DISK_DEVICE,drive=disk </dev/null >"$log.qemu" 2>&1 9>&- &
	qemu=$!
	CHILD=$qemu
	while kill -0 $qemu 2>/dev/null; do
		sleep 0.1
		[ "$SECONDS" -lt "$end" ] || break
		! grep -q '^@off.\{0,1\}$' "$log" 2>/dev/null || break
	done
	for ((end = SECONDS + linger; SECONDS < end; )); do
		kill -0 $qemu 2>/dev/null || break
		sleep 0.2
	done
	sleep 0.1
	kill $qemu 2>/dev/null || :
	wait $qemu 2>/dev/null || :
	# shellcheck disable=SC2034
	CHILD=''
	[ ! -e "$log" ] || sed -i 's/\r//g' "$log"
	grep -sqx '@off' "$log"
}

# read_facts LOG: the facts in a console, as console.py finds them, for fact()
declare -A facts=()
read_facts()
{
	local hop name value

	facts=()
	while IFS=$'\t' read -r hop name value; do
		facts[$hop.$name]=$value
	done < <([ ! -e "$1" ] || python3 -B "$TEST/vmtest/console.py" "$1")
}

# fact HOP NAME: the value that the kernel after HOP jumps printed as NAME, or a fact about its loads
fact() { printf '%s\n' "${facts[$1.$2]-}"; }

# The build-id of an ELF file
build_id() { readelf -nW "$1" 2>/dev/null | sed -n 's/.*Build ID: //p' | head -n 1; }
