#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# packages: libfdt-dev zlib1g-dev
# kexec-elf-plan, given the /proc/iomem of a guest, says what the kernel there
# does: a dozen loads, each compared address by address. And what it says when it
# cannot.

. "$(dirname "$0")/tap.sh"

needs compile-for-host
plan() { "$TEST/host.sh" plan "$@" 2>/dev/null; }

case $LINUX_VERSION in
*-16k | *-64k) pages=$(tr k K <<<"${LINUX_VERSION#*-}") ;;
*) pages=4K ;;
esac

new_disk
# As it is, is how the kernel takes an initrd
gzip -n "$disk/initrd"
mv "$disk/initrd.gz" "$disk/initrd"
kernel k1 "$vmlinux"
kernel k2 "$flat"
kernel k3 "$stripped"
gzip -c "$disk/k1" >"$disk/k4"
initrd=$(stat -c %s "$disk/initrd")

cat >"$disk/job" <<'JOB'
sed 's/^/@iomem /' /proc/iomem
dmesg | sed -n 's/.*cma: Reserved \([0-9]*\) MiB at 0x\([0-9a-f]*\).*/@cma \1 \2/p'
try()
{
	dmesg -c >/dev/null
	echo "@load $*"
	kexec -s -d "$@" --append=quiet >/dev/null 2>&1
	said
	kexec -u -s
	kexec -p -u -s 2>/dev/null
}
for k in $(arg kernels | tr , ' '); do
	try -l "/mnt/$k" --initrd=/mnt/initrd
done
[ ! "$(arg bare)" ] || try -l /mnt/k1
[ ! "$(arg crashkernel)" ] || try -p /mnt/k1 --initrd=/mnt/initrd
JOB

# The addresses that the kernel has told of the Nth load, in the words of the plan.
# Of a span that was given up for another, nothing counts.
told()
{
	awk -v want="$1" '
		$1 == "@load" { n++ }
		n != want { next }
		/Kernel span at/ { sub(/size=/, "", $7); out = "base " $6 " span " $7 "\n" }
		/Loaded kernel at/ { out = out "kernel " $6 "\n" }
		/Loaded initrd at/ { out = out "initrd " $6 "\n" }
		/Loaded dtb at/ { out = out "device tree " $6 "\n" }
		/Loaded elf core header at/ { out = out "elfcorehdr " $8 "\n" }
		END { printf "%s", out }' "$log" | sort
}

# The same, of the plan. The kernel tells of one line a segment.
planned()
{
	plan --json --iomem "$WORK/iomem" --page-size "$pages" "$@" | python3 -c '
import json, sys
p = json.load(sys.stdin)
if not p["accepted"]:
    sys.exit(p["said"])
print("base %#x span %#x" % (p["base"], p["span"]))
for r in p["regions"]:
    if r["kind"] in ("kernel", "initrd", "device tree", "elfcorehdr"):
        print("%s %#x" % (r["kind"], r["start"]))' | sort
}

# same LOAD NAME [OPTION...] FILE
same()
{
	local there
	there=$(told "$1")
	[ "$there" ] || there="nothing was loaded"
	is "$(planned "${@:3}")" "$there" "$2"
}

machine()
{
	guest "plan-$1" "$2" "${@:3}"
	sed -n 's/^@iomem //p' "$log" >"$WORK/iomem"
}

machine 512m "cma=0 kernels=k1,k2,k3,k4 bare=1" -M virt -cpu cortex-a57 -m 512M
same 1 "512 MB: vmlinux" --initrd "$disk/initrd" "$vmlinux"
same 2 "... Image" --initrd "$disk/initrd" "$flat"
same 3 "... a stripped vmlinux" --initrd "$initrd" "$stripped"
same 4 "... a vmlinux compressed with gzip" --initrd "$initrd" "$disk/k4"
same 5 "... without an initrd" "$vmlinux"

cp "$WORK/iomem" "$WORK/iomem-512m"

machine 3g "cma=0 kernels=k1 crashkernel=128M page_poison=0" -M virt -cpu cortex-a57 -m 3G
same 1 "3 GB: vmlinux" --initrd "$disk/initrd" "$vmlinux"
same 2 "... as a crash kernel" --crash --initrd "$disk/initrd" "$vmlinux"

machine base0 "cma=0 kernels=k1" -M xlnx-versal-virt -m 1G
same 1 "RAM from physical address 0 on" --initrd "$disk/initrd" "$vmlinux"

if can load-into-cma; then
	# Drivers have memory in CMA, too: the place within it cannot be known.
	machine cma "kernels=k1" -M virt -cpu cortex-a57 -m 1G
	read -r _ mib start < <(grep '^@cma' "$log")
	cma=$(printf '%x-%x' $((0x$start)) $((0x$start + (mib << 20) - 1)))
	there=$(told 1 | sed -n 's/base \(0x[0-9a-f]*\).*/\1/p')
	is "$((there >= 0x$start && there < 0x${cma#*-}))" 1 "the kernel puts it into CMA"
	like "$(plan --iomem "$WORK/iomem" --cma "$cma" --initrd "$disk/initrd" "$vmlinux")" \
	     'nothing copied.*in CMA, in place' "... and so does the plan"
fi

# Two ranges of memory further apart than an initrd may be from its kernel
device_tree -M virt -cpu cortex-a57 -m 1G
sed -i -e 's,^/dts-v1/;,&\n/memreserve/ 0x41800000 0xe800000;,' \
    -e 's,^\tchosen {,&\n\t\tlinux\,usable-memory-range = <0x0 0x40000000 0x0 0x10000000 0x8 0x40000000 0x0 0x80000000>;,' \
    "$WORK/dts"
dtc -q -I dts -O dtb -o "$WORK/dtb" "$WORK/dts"
head -c 12000000 /dev/zero >>"$disk/initrd"
machine 34g "cma=0 swiotlb=512 kernels=k1,k2 page_poison=0" -M virt,memory-backend=ram \
	-cpu cortex-a57 -m 34G -dtb "$WORK/dtb" \
	-object memory-backend-ram,id=ram,size=34G,reserve=off
same 1 "a first hole without room for the initrd: vmlinux" --initrd "$disk/initrd" "$vmlinux"
same 2 "... Image" --initrd "$disk/initrd" "$flat"

# What it says when it cannot, or must not
is "$(plan --iomem "$WORK/iomem-512m" --initrd 495M "$vmlinux" | sed -n 's/.*\(leaves room for the initrd\).*/\1/p'
      echo "${PIPESTATUS[0]}")" "leaves room for the initrd
1" "no room: the kernel's own words, exit 1"
is "$(plan --iomem "$WORK/iomem" "$BASH" | tail -n 1; echo "${PIPESTATUS[0]}")" \
   "  An object file, a program, or a module.
1" "no kernel: the documentation's cure, exit 1"
is "$(plan; echo $?)" 2 "no argument: exit 2"
is "$(plan --iomem "$WORK/iomem" --page-size 8K "$vmlinux"; echo $?)" 2 "no such page size: exit 2"
is "$(sed 's/[0-9a-f]/0/g' "$WORK/iomem" >"$WORK/zero"
      plan --iomem "$WORK/zero" "$vmlinux"; echo $?)" 1 "not read as root: exit 1"
like "$(plan --iomem "$WORK/iomem" --svg "$WORK/svg" "$vmlinux" >"$WORK/out"
        python3 -c 'import sys, xml.dom.minidom as d
print(d.parse(sys.argv[1]).documentElement.tagName)' "$WORK/svg")" '^svg$' "the picture is SVG"
like "$(grep build-id "$WORK/out")" "$(build_id "$vmlinux")" "the build-id is that of the file"
for option in $(plan --help | grep -o -- '--[a-z-]*' | sort -u); do
	grep -qE -- "${option//-/.?-}" "$TEST/host/plan/kexec-elf-plan.8" ||
		not_ok "$option is in the manual page"
done

done_testing
