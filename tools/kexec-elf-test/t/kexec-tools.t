#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: check all@EACH
# packages: zstd xz-utils
# kexec(8), each release that is tested: what it prints and returns when a file is not loaded, -a, the
# older system call, and compressed kernels

. "$(dirname "$0")/tap.sh"
. "$TEST/setup/kexec-tools.sh"

releases=$KEXEC_TOOLS_VERSIONS
new_disk kexec-tools
if [ "${KEXEC_TOOLS-}" ]; then
	releases+=" main"
else
	skip "kexec-tools' main branch: KEXEC_TOOLS names no source of it"
fi
for v in $releases; do cp "$(built_kexec "$v")" "$disk_dir/kexec-$v"; done
cp "$(built_kexec "$NEWEST_KEXEC_TOOLS-plain")" "$disk_dir/plain-kexec"
aarch64-linux-gnu-strip "$disk_dir"/*kexec*

# compress NAME: in each format
compress()
{
	gzip -1 -n -k "$1"
	xz -1 -T 2 -k "$1"
	zstd -q -1 -k "$1" -o "$1.zst"
}
kernel good "$vmlinux"
kernel image "$flat"
kernel old "$stripped" split=8192
compress "$disk_dir/good"
compress "$disk_dir/image"
# The first block of gzip and zstd begins at byte 10, the one of xz at 12
for f in gz xz zst; do
	cp "$disk_dir/good.$f" "$disk_dir/damaged.$f"
	printf '\377%.0s' {1..16} | dd of="$disk_dir/damaged.$f" bs=1 seek=10 conv=notrunc status=none
done
rm "$disk_dir"/image.{xz,zst}

# The kernel refuses this; kexec_load() does not look at it
kernel bad "$stripped" code1=0
kernel no-cpu "$stripped" flags=0xc
kernel x86 "$stripped" machine=62
echo nothing >"$disk_dir/words"
: >"$disk_dir/empty"
head -c 1000000 "$vmlinux" >"$disk_dir/cut"
# Shorter than a page, and than what some probes look for
head -c 4096 "$vmlinux" >"$disk_dir/page"
printf 'nothing, but more of it%.0s\n' {1..50} >"$disk_dir/more-words"
head -c 1000000 "$disk_dir/good.gz" >"$disk_dir/cut.gz"

# A zboot file, whose payload is of zstd
python3 -c 'import struct, sys
payload = open(sys.argv[1], "rb").read()
head = bytearray(0x400)
struct.pack_into("<4s4sII8x4s", head, 0, b"MZ", b"zimg", len(head), len(payload), b"zstd")
struct.pack_into("<4sI", head, 0x38, b"\xcd\x23\x82\x81", 0x80)
struct.pack_into("<4sH", head, 0x80, b"PE", 0xaa64)
sys.stdout.buffer.write(head + payload)' "$disk_dir/good.zst" >"$disk_dir/zboot"

# The header of a uImage of 60 MiB for arm64, without compression
python3 -c 'import struct, sys, zlib
h = [0x27051956, 0, 0, (60 << 20) - 64, 0, 0, 0, 5, 22, 2, 0, b"test"]
h[1] = zlib.crc32(struct.pack(">7I4B32s", *h))
sys.stdout.buffer.write(struct.pack(">7I4B32s", *h))' >"$disk_dir/uimage"

# The chain of kernels: what loads each, with which options, from which file
chain=()
for v in $releases; do
	for f in image.gz good.gz good.xz good.zst; do
		case $v-$f in
		2.0.29-good.zst) ;;	# it knows no zstd
		*) chain+=("kexec-$v -s -d -l /mnt/$f") ;;
		esac
	done
done
v=$NEWEST_KEXEC_TOOLS
chain+=("kexec-$v -a -l /mnt/image" "kexec-$v -c -l /mnt/old" "kexec-$v -c -l /mnt/good"
	"kexec-$v -c -l /mnt/good.xz")
printf '%s\n' "${chain[@]}" >"$disk_dir/next"
guest -t 300 kexec-tools "" -M virt -cpu cortex-a57 -m 512M

failed="kexec_file_load failed: /mnt"
for v in $releases; do
	# One line on stderr, not 0, and what is wrong
	while read -r f words; do
		like "$(fact 0 "$v-$f")" "^[1-9][0-9]* 1 $words" "$v: $f"
	done <<-END
		bad $failed/bad: Exec format error: .*neither code0 .* nor code1 .* is a branch
		no-cpu $failed/no-cpu: Invalid argument: .*built for 16K pages, which this CPU does not have
		x86 $failed/x86: Exec format error: .*built for machine 62, not for AArch64
		cut $failed/cut: Exec format error: .*ELF segment not in file, which has 1000000 bytes|Section headers truncated
		page $failed/page: Exec format error: .*(truncated|not in file)
		words Cannot determine the file type of /mnt/words
		more-words Cannot determine the file type of /mnt/more-words
		empty Cannot load /mnt/empty: it is empty
		none Cannot load /mnt/none: No such file or directory
		folder Cannot load /mnt: Is a directory
		old-empty Cannot load /mnt/empty: it is empty
		kcore Cannot load /proc/kcore:
		cut.gz Cannot load /mnt/cut.gz: its compressed data is damaged or cut short
		damaged.gz Cannot load /mnt/damaged.gz: its compressed data is damaged or cut short
		damaged.xz Cannot load /mnt/damaged.xz: its compressed data is damaged or cut short
		damaged.zst Cannot load /mnt/damaged.zst: $([ "$v" = 2.0.29 ] && echo "this kexec was built without zstd" ||
							     echo "its compressed data is damaged or cut short")
	END
	like "$(fact 0 "$v-fifo")" "^0 " "$v: a FIFO"
	like "$(fact 0 "$v-no-initrd")" "^[1-9][0-9]* [0-9] Cannot load /mnt/good" "$v: an initrd that is not there"
	is "$(fact 0 "$v-fallback") $(fact 0 "$v-fallback-loaded")" "0 0  1" "$v: -a falls back to kexec_load() when the kernel refuses the file"
	like "$(fact 0 "$v-plain-debug")" "^0 " "$v: -c -d loads"
	like "$(fact 0 "$v-truncated")" "^60 $" "$v: a file that is truncated meanwhile: loaded, or refused in one line"
	like "$(fact 0 "$v-mapped")" "^1 1 Cannot load the kernel: its file cannot be read, or was truncated meanwhile" "... also if it is mapped"
	if [ "$v" != main ] || can debug-kexec-file; then
		like "$(fact 0 "$v-flag")" "^0 " "$v: -d"
	else
		like "$(fact 0 "$v-flag")" "^[1-9][0-9]* 1 kexec_file_load failed: this kernel does not know --debug" "$v: -d, which this kernel does not know"
	fi
done
for f in good.xz image.gz; do
	what=gzip
	[ "$f" = image.gz ] || what=xz
	for how in plain plain-c; do
		like "$(fact 0 "$how-$f")" "^[1-9][0-9]* 1 Cannot load /mnt/$f: this kexec was built without $what" "$how: $f"
	done
done

like "$(fact 0 plain-zboot)" "^[1-9][0-9]* 1 Cannot load /mnt/zboot: this kexec was built without zstd" "plain: zboot"

end=$(load_end "$disk_dir/good")
for n in "${!chain[@]}"; do
	line=${chain[n]}
	name=${line##*/}
	booted $((n + 1)) "${name%%.*}" "${line% /mnt/*} $name"
	case $line in
	*"-s "*good.*)
		copied=$(fact "$n" copied)
		holds "... not much more is decompressed than the $end bytes with the segments: ${copied/ / of }" \
			test "${copied% *}" -ge "$end" -a "${copied% *}" -le $((end + 65536)) ;;
	esac
done
like "$(man -l --warnings -E UTF-8 "$CACHE/build/kexec-tools-$NEWEST_KEXEC_TOOLS/kexec/kexec.8" 2>/dev/null ||
	cat "$CACHE/build/kexec-tools-$NEWEST_KEXEC_TOOLS/kexec/kexec.8")" "a vmlinux .ELF.*" "the man page knows vmlinux"

done_testing
