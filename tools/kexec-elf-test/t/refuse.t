#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: check all@EACH faults@NEWEST-faults
# Files that the kernel refuses: errno, the reason in dmesg, and the kernel that was loaded before
# still boots

. "$(dirname "$0")/tap.sh"

new_disk refuse
kernel before "$vmlinux"
names=() errors=() reasons=()
bad() { names+=("$1"); errors+=("$2"); reasons+=("$3"); }
# broken NAME ERRNO REASON EDIT...: a vmlinux of several PT_LOADs, damaged
several=$test_dir/several
"$edit" "$stripped" "$several" split=65536
last=$(readelf -lW "$several" |
       awk '$1 == "LOAD" { i++; if ($6 !~ /^0x0+$/) n = i - 1 } END { print n }')
broken() { bad "$1" "$2" "$3"; "$edit" "$several" "$disk_dir/$1" "${@:4}"; }

bad empty EINVAL "could not read the kernel"
: >"$disk_dir/empty"
end=$(load_end "$stripped")
for n in 1 3 4 63 64 100 $((64 + 56 * 2)) 65535 65536 1000000 $((end / 2)) $((end - 1)); do
	bad "cut-$n" ENOEXEC "truncated|not in file|no loader knows its format"
	head -c "$n" "$stripped" >"$disk_dir/cut-$n"
done
bad image-cut ENOEXEC "no loader knows its format"
head -c 63 "$flat" >"$disk_dir/image-cut"
bad words ENOEXEC "no loader knows its format"
echo 'no kernel at all' >"$disk_dir/words"

cat >"$test_dir/hello.c" <<'C'
int main(void) { return 0; }
C
bad relocatable ENOEXEC "Not an ELF executable"
aarch64-linux-gnu-gcc -c -o "$disk_dir/relocatable" "$test_dir/hello.c"
bad dynamic ENOEXEC "Requires an ELF interpreter"
aarch64-linux-gnu-gcc -o "$disk_dir/dynamic" "$test_dir/hello.c"
bad static ENOEXEC "no Image header at the entry point"
aarch64-linux-gnu-gcc -static -o "$disk_dir/static" "$test_dir/hello.c"
bad elf32 ENOEXEC "Not a supported ELF class"
(head -c 4 "$stripped"; printf '\1'; tail -c +6 "$stripped") >"$disk_dir/elf32"

broken x86-64		ENOEXEC "built for machine 62, not for AArch64" machine=62
broken no-header	ENOEXEC "magic is 0x00000000" magic=0
broken bad-magic	ENOEXEC "magic is 0x644d5242" magic=0x644d5242
broken image-size-0	ENOEXEC "image_size is 0" image_size=0
broken image-size-huge	ENOEXEC "overflow" image_size=0xffffffffffffffff
broken no-branch	ENOEXEC "neither code0 .* is a branch" code1=0xd503201f
broken text-offset	ENOEXEC "is not that of entry point" text_offset=0x10000
broken text-offset-odd	ENOEXEC "is not a multiple of the page size" text_offset=0x80010
broken entry		ENOEXEC "in no PT_LOAD" entry=+0x10000000
broken overlap		ENOEXEC "overlaps" load.1.paddr=-0x100000
broken filesz		ENOEXEC "above p_memsz" load.1.memsz=0x1000
broken wraps		ENOEXEC "wraps around" load.1.paddr=0xfffffffffffff000
broken far		ENOEXEC "beyond image_size|below the kernel" load.1.paddr=0x7fffffff00000000
broken beyond		ENOEXEC "beyond image_size" "load.$last.memsz=+0x1000000"
broken offset		ENOEXEC "not in file" load.1.offset=0x10000000
broken too-much		EADDRNOTAVAIL "no hole of 0x[0-9a-f]* bytes" "load.$last.memsz=0x4000000000" image_size=0x5000000000
# No more than half of the memory (1 GiB) is loaded, gaps and BSS included
broken half		EINVAL "half of the memory" image_size=0x24000000
bad image-half EINVAL "half of the memory"
(head -c 16 "$flat"; printf '\0\0\0\44\0\0\0\0'; tail -c +25 "$flat") >"$disk_dir/image-half"
broken image-size-4t	EADDRNOTAVAIL "no hole of 0x40000000000 bytes" image_size=0x40000000000
# Larger than what kexec_file_load(2) takes, which the guest makes it
broken huge		EFBIG "could not read the kernel: -(EFBIG|27)" "load.$last.filesz=0x13f000000"
broken 16k-pages	EINVAL "built for 16K pages, which this CPU does not have" flags=0xc

head -c "$end" "$stripped" >"$disk_dir/after-last"
printf '%s\n' "${names[@]}" >"$disk_dir/names"
guest refuse "more=1" -M virt -cpu cortex-a57 -m 1G

for i in "${!names[@]}"; do
	is "$(fact 0 "${names[i]}")" "${errors[i]}" "${names[i]}: ${errors[i]}"
	like "$(fact 0 "${names[i]}-dmesg")" "${reasons[i]}" "... and dmesg reports why"
	is "$(grep -c "^@${names[i]}-dmesg" "$console")" 1 "... once"
done
lost=$(fact 0 lost)
holds "fifty refusals keep no memory ($lost KiB)" [ "${lost:-9999}" -lt 1000 ]
is "$(fact 0 busy)" ETXTBSY "a file that somebody may write to: ETXTBSY"
is "$(fact 0 cut)" OK "a file that is cut after its last segment is loaded"
booted 1 before "the kernel that was loaded before boots"

done_testing
