#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: check all
# packages: libfdt-dev zlib1g-dev
# kexec-elf-plan, given the /proc/iomem of a guest, prints what the kernel there does: a dozen loads,
# each compared address by address. What it prints if it refuses.

. "$(dirname "$0")/tap.sh"

needs compile-for-host
# The plan takes all memory for free. Only a kernel that is copied goes to the lowest hole that is not.
copy=$(can load-into-cma && echo copy=1 || :)
plan() { "$TEST/host.sh" plan "$@" 2>/dev/null; }

case $LINUX_VERSION in
*-16k | *-64k) pages=$(tr k K <<<"${LINUX_VERSION#*-}") ;;
*) pages=4K ;;
esac

new_disk plan
# The kernel takes an initrd as it is: compressed, it has another size
gzip -n "$disk_dir/initrd"
mv "$disk_dir/initrd.gz" "$disk_dir/initrd"
kernel k1 "$vmlinux"
kernel k2 "$flat"
kernel k3 "$stripped"
gzip -c "$disk_dir/k1" >"$disk_dir/k4"
initrd=$(stat -c %s "$disk_dir/initrd")


# The addresses of a load that the plan gives, as console.py prints those of the kernel: one for each
# segment of the kernel
planned()
{
	plan --json --iomem "$test_dir/iomem" --page-size "$pages" "$@" | python3 -c '
import json, sys
p = json.load(sys.stdin)
if not p["accepted"]:
    sys.exit(p["said"])
print(", ".join(sorted(["base %#x span %#x" % (p["base"], p["span"])] +
    ["%s %#x" % (r["kind"], r["start"]) for r in p["regions"]
     if r["kind"] in ("kernel", "initrd", "device tree", "elfcorehdr")])))'
}

# same LOAD NAME [OPTION...] FILE
same()
{
	local there

	there=$(fact 0 "load.$1.places")
	is "$(planned "${@:3}")" "${there:-nothing was loaded}" "$2"
}

machine()
{
	guest "plan-$1" "$2" "${@:3}"
	sed -n 's/^@iomem //p' "$console" >"$test_dir/iomem"
}

machine 512m "$copy cma=0 kernels=k1,k2,k3,k4 bare=1" -M virt -cpu cortex-a57 -m 512M
same 1 "512 MB: vmlinux" --initrd "$disk_dir/initrd" "$vmlinux"
same 2 "... Image" --initrd "$disk_dir/initrd" "$flat"
same 3 "... a stripped vmlinux" --initrd "$initrd" "$stripped"
same 4 "... a vmlinux compressed with gzip" --initrd "$initrd" "$disk_dir/k4"
same 5 "... without an initrd" "$vmlinux"

cp "$test_dir/iomem" "$test_dir/iomem-512m"

machine 3g "$copy cma=0 kernels=k1 crashkernel=128M page_poison=0" -M virt -cpu cortex-a57 -m 3G
same 1 "3 GB: vmlinux" --initrd "$disk_dir/initrd" "$vmlinux"
same 2 "... as a crash kernel" --crash --initrd "$disk_dir/initrd" "$vmlinux"

machine base0 "$copy cma=0 kernels=k1" -M xlnx-versal-virt -m 1G
same 1 "RAM from physical address 0 on" --initrd "$disk_dir/initrd" "$vmlinux"

if can load-into-cma; then
	# Drivers have memory in CMA, too: the place within it cannot be known.
	machine cma "kernels=k1" -M virt -cpu cortex-a57 -m 1G
	holds "the kernel puts it into CMA" within "$(fact 0 load.base)" "$(fact 0 cma)"
	like "$(plan --iomem "$test_dir/iomem" --cma "$(fact 0 cma)" --initrd "$disk_dir/initrd" "$vmlinux")" \
	     'nothing copied.*in CMA, in place' "... and so does the plan"
	machine free "cma=0 kernels=k1" -M virt -cpu cortex-a57 -m 1G
	is "$(fact 0 load.copied)" 0 "without CMA, the kernel puts it into free memory"
	like "$(plan --iomem "$test_dir/iomem" --initrd "$disk_dir/initrd" "$vmlinux")" \
	     'copied at the jump, or nothing if that memory is free' "... and the plan tells that it can"
fi

# Two ranges of memory further apart than an initrd may be from its kernel
device_tree "$test_dir/dtb" -M virt -cpu cortex-a57 -m 1G
usable "$test_dir/dtb" 0x40000000 0x10000000 0x840000000 0x80000000
reserve "$test_dir/dtb" 0x41800000 0xe800000
head -c 12000000 /dev/zero >>"$disk_dir/initrd"
machine 34g "$copy cma=0 swiotlb=512 kernels=k1,k2 page_poison=0" -M virt,memory-backend=ram \
	-cpu cortex-a57 -m 34G -dtb "$test_dir/dtb" \
	-object memory-backend-ram,id=ram,size=34G,reserve=off
same 1 "a first hole without room for the initrd: vmlinux" --initrd "$disk_dir/initrd" "$vmlinux"
same 2 "... Image" --initrd "$disk_dir/initrd" "$flat"

# What it prints if it refuses, or if its arguments are wrong
is "$(plan --iomem "$test_dir/iomem-512m" --initrd 495M "$vmlinux" | sed -n 's/.*\(leaves room for the initrd\).*/\1/p'
      echo "${PIPESTATUS[0]}")" "leaves room for the initrd
1" "no room: the kernel's own words, exit 1"
is "$(plan --iomem "$test_dir/iomem" "$BASH" | tail -n 1; echo "${PIPESTATUS[0]}")" \
   "  The file is an object file, a program, or a module.
1" "no kernel: the documentation's cure, exit 1"
is "$(plan; echo $?)" 2 "no argument: exit 2"
is "$(plan --iomem "$test_dir/iomem" --page-size 8K "$vmlinux"; echo $?)" 2 "no such page size: exit 2"
is "$(sed 's/[0-9a-f]/0/g' "$test_dir/iomem" >"$test_dir/zero"
      plan --iomem "$test_dir/zero" "$vmlinux"; echo $?)" 1 "not read as root: exit 1"
like "$(plan --iomem "$test_dir/iomem" --svg "$test_dir/svg" "$vmlinux" >"$test_dir/out"
        python3 -c 'import sys, xml.dom.minidom as d
print(d.parse(sys.argv[1]).documentElement.tagName)' "$test_dir/svg")" '^svg$' "the picture is SVG"
like "$(grep build-id "$test_dir/out")" "$(build_id "$vmlinux")" "the build-id is that of the file"
is "$(plan --help | grep -o -- '--[a-z-]*' | sort -u |
      while read -r option; do grep -qE -- "${option//-/.?-}" "$TOP/tools/kexec-elf-plan/kexec-elf-plan.8" || echo "$option"; done)" \
   "" "each option is in the manual page"

done_testing
