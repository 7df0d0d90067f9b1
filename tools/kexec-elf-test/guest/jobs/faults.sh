# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
# On a kernel with fault injection and page_owner: let each allocation of a load fail in turn, in
# several ways of loading (what=plain), or with KHO, signatures and IMA (what=trusted); then boot k1
[ "$hop" = 0 ] || return 0
mount -t debugfs debug /sys/kernel/debug
debug=/sys/kernel/debug
leaks=$debug/kmemleak

# Pages that kexec's code has allocated and not freed, without pages that it has by way of
# something else, such as slabs
owned()
{
	awk '/nr_base_pages:/ { if (kexec && !other) sum += $2; kexec = other = 0 }
	     /kexec|kimage/ { kexec = 1 }
	     /slab|kasan|pte_alloc|pgtable|filemap|page_cache|stack_depot|vmap_/ { other = 1 }
	     END { print sum + 0 }' $debug/page_owner_stacks/show_stacks
}

# Only allocations that the function is on the stack of
below()
{
	local start end

	start=$(awk -v f="$1" '$3 == f { print $1; exit }' /proc/kallsyms)
	end=$(awk -v s="$start" '$1 > s && tolower($2) == "t" { print $1 }' /proc/kallsyms | sort | head -n 1)
	for what in failslab fail_page_alloc; do
		echo "0x${start:-0}" >$debug/$what/require-start
		echo "0x${end:-ffffffffffffffff}" >$debug/$what/require-end
		echo 32 >$debug/$what/stacktrace-depth
	done
	[ "$start" ] || echo "@no-function $1"
}

# inject NAME OPTION...: fail each allocation of kexec_file_load()
inject()
{
	local name=$1

	shift
	echo "@inject-$name $(kexec-file-load "$@" 2>&1)"
	echo "@owned-$name $(owned)"
}

# inject_cold NAME OPTION...: the same, one call each, before which the kernel forgets the files and
# the decisions of IMA about them
inject_cold()
{
	local name=$1 n=0 error

	shift
	: >/tmp/errors
	while [ $n -lt 1000 ]; do
		n=$((n + 1))
		echo 3 >/proc/sys/vm/drop_caches
		error=$(kexec-file-load --nth $n "$@" 2>&1)
		[ "$error" != none ] || break
		echo "$error" >>/tmp/errors
	done
	echo "@inject-$name $((n - 1)) of $n $(sort /tmp/errors | uniq -c | awk '{ printf "%s%s=%s", sep, $2, $1; sep = " " }')"
	echo "@owned-$name $(owned)"
}

# stress NAME LOADS: so many by each of eight processes, of which one at a time is let in
stress()
{
	local i

	for i in 1 2 3 4; do
		kexec-file-load --loads "$2" /mnt/k1 /mnt/initrd x >/tmp/stress.$i &
		kexec-file-load --loads "$2" --crash /mnt/image /mnt/initrd x >/tmp/stress.c$i &
	done
	wait
	echo "@stress-$1 $(cat /tmp/stress.* | tr ' ' '\n' | awk -F = 'NF == 2 { n[$1] += $2 } END { for (e in n) printf "%s=%d ", e, n[e] }')"
	rm /tmp/stress.*
}

for what in failslab fail_page_alloc; do
	for gfp in ignore-gfp-wait ignore-gfp-highmem cache-filter; do
		[ ! -e $debug/$what/$gfp ] || echo N >$debug/$what/$gfp
	done
	[ ! -e $debug/$what/min-order ] || echo 0 >$debug/$what/min-order
	echo 0 >$debug/$what/verbose
done
echo scan=off >$leaks
dmesg -c >/dev/null
kexec-file-load --no-cma /mnt/k1 /mnt/initrd x >/dev/null
echo "@owned-loaded $(owned)"
kexec -s -u
echo "@owned-before $(owned)"

below __arm64_sys_kexec_file_load
case $(arg what) in
plain)
	inject vmlinux --no-cma --fail 40 /mnt/k1 /mnt/initrd x
	inject image --no-cma --fail 40 /mnt/image /mnt/initrd x
	inject cma --fail 40 /mnt/k1 /mnt/initrd x
	inject cold --no-cma --cold --fail 100 /mnt/k1 /mnt/initrd x
	inject bounce --no-cma --fail 40 /mnt/bounce /mnt/initrd x
	inject crash --crash --fail 40 /mnt/k1 /mnt/initrd x
	for function in kimage_add_entry kimage_alloc_control_pages load_other_segments machine_kexec_post_load; do
		below $function
		inject $function --no-cma --fail 1000 /mnt/bounce /mnt/initrd x
	done

	stress free 125
	# The same with 60 MB left: with less, processes are killed for memory
	mkdir /tmp/fill
	mount -t tmpfs -o size=100% fill /tmp/fill
	head -c $(($(awk '/^MemAvailable/ { print $2 }' /proc/meminfo) * 1024 - 60000000)) /dev/zero >/tmp/fill/zero
	stress short 15
	umount /tmp/fill
	;;
trusted)
	inject kho --no-cma --fail 40 /mnt/unsigned /mnt/initrd x
	# Not enforced: a file that cannot be verified for want of memory is loaded
	below kexec_kernel_verify_appended_sig
	inject signed --no-cma --fail 1000 /mnt/k1 /mnt/initrd x
	below kexec_kernel_verify_pe_sig
	inject signed-image --no-cma --fail 1000 /mnt/image /mnt/initrd x
	mount -t securityfs security /sys/kernel/security
	tool keyctl padd asymmetric "" %:.ima </mnt/ima.der >/dev/null
	printf '%s\n' "measure func=KEXEC_KERNEL_CHECK" \
		"appraise func=KEXEC_KERNEL_CHECK appraise_type=imasig" >/sys/kernel/security/ima/policy
	below ima_post_read_file
	inject_cold ima --no-cma /mnt/k1 /mnt/initrd x
	echo "@unsigned $(kexec-file-load /mnt/unsigned /mnt/initrd x)"
	;;
esac
kexec -s -u
kexec -s -p -u
echo "@owned-after $(owned)"
echo 3 >/proc/sys/vm/drop_caches
sleep 6
echo scan >$leaks
sleep 1
echo scan >$leaks
echo "@leaks $(grep -c unreferenced $leaks)"
head -n 40 $leaks | sed 's/^/@leak /'
dmesg >/tmp/dmesg
echo "@splats $(grep -cE 'BUG: |WARNING: |KASAN|UBSAN|INFO: |possible |cut here|ODEBUG|Bad page' /tmp/dmesg)"
grep -E -m 3 -A 30 'BUG: |WARNING: |KASAN|UBSAN|INFO: |possible |ODEBUG|Bad page' /tmp/dmesg | sed 's/^/@splat /'
load k1
kexec -e
