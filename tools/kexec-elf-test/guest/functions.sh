# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
#
# Functions for init and the jobs of guests. $hop counts the jumps from kernel to kernel. /mnt is
# the guest's disk. A job prints facts as lines "@NAME VALUE", which vmtest/console.py reads.

# The value of NAME=VALUE on the command line
arg() { sed -n "s/.*\b$1=\([^ ]*\).*/\1/p" /proc/cmdline; }

# The ranges START-END of a resource: physical, and there with any kernel
iomem() { sed -n "s/ *\([0-9a-f]*\)-\([0-9a-f]*\) : $1\$/\1-\2/p" /proc/iomem; }

# next [ARGUMENT...]: the command line for the kernel after the next jump. carry=A,B=C hands A and
# B=C on.
next()
{
	local poison carry

	poison=$(arg page_poison)
	carry=$(arg carry)
	echo "console=ttyAMA0 rdinit=/.kexec-vmlinux/init page_poison=${poison:-1} hop=$((hop + 1))" \
		"${carry:+carry=$carry $(echo "$carry" | tr , ' ')} $*"
}

# load_copied [OPTION...] FILE [INITRD]: load a kernel to be copied at the jump, to the lowest hole; kexec(8)
# has no option for that
load_copied() { kexec-file-load --no-cma --debug "$@" "$(next)"; }

# load FILE [OPTION...]: a kernel from the disk, for kexec -e; with copy=1, without the options
load()
{
	local file=$1

	shift
	[ ! "$(arg copy)" ] || { load_copied "/mnt/$file" /mnt/initrd; return; }
	kexec -s -l "/mnt/$file" --initrd=/mnt/initrd "$@" --append="$(next)"
}

# The lines of the kernel about kexec since the last time, with "@dmesg"
print_dmesg() { dmesg -c | sed -n 's,^\(\[[^]]*\] \)*\(kexec.*\),@dmesg \2,p'; }

# chain: load k1, from there k2, and so on while there is one, and print where each goes
chain()
{
	[ -e "/mnt/k$((hop + 1))" ] || return 0
	load "k$((hop + 1))" -d >/dev/null 2>&1
	print_dmesg
	kexec -e
}

# try NAME ARGUMENT...: the bare system call. Prints "@NAME ERRNO" and, in lines with
# "@NAME-dmesg", the reason.
try()
{
	local name=$1

	shift
	dmesg -c >/dev/null
	echo "@$name $(kexec-file-load "$@")"
	dmesg -c | sed -n "s,^\(\[[^]]*\] \)*\(kexec.*\),@$name-dmesg \2,p"
}

# says NAME COMMAND ARGUMENT...: "@NAME STATUS LINES LAST-LINE", of stderr
says()
{
	local name=$1 status=0

	shift
	"$@" </dev/null 2>/tmp/err >/tmp/out || status=$?
	echo "@$name $status $(wc -l </tmp/err) $(tail -n 1 /tmp/err)"
}

# Free memory in KiB, with the lists of the CPUs, tens of MiB, and the page cache
free_kib()
{
	awk '/ nr_free_pages | nr_file_pages |count:/ { n += $2 } / nr_shmem / { n -= $2 } END { print n * 4 }' /proc/zoneinfo
}

# Is this a capture kernel?
captured() { [ -e /proc/vmcore ]; }

# load_crash FILE [OPTION...]: a kernel from the disk, for a crash
load_crash()
{
	local file=$1

	shift
	# shellcheck disable=SC2046 # several arguments
	kexec -s -p "/mnt/$file" --initrd=/mnt/initrd "$@" \
		--append="$(next nr_cpus=1 reset_devices $(arg capture | tr , ' '))"
}

# crash: CPU 1 is busy in a function that is known by name, CPU 0 panics
crash()
{
	mount -t debugfs debug /sys/kernel/debug 2>/dev/null
	if [ "$(grep -c ^processor /proc/cpuinfo)" -gt 1 ]; then
		taskset 2 sh -c 'echo SOFTLOCKUP >/sys/kernel/debug/provoke-crash/DIRECT' &
		sleep 0.5
	fi
	echo "@crash"
	taskset 1 sh -c 'echo c >/proc/sysrq-trigger'
}

# until_debugged TIMES: set the host name so often, each 0.1 s, or until a debugger has changed the
# sysctl "panic", which is 1 before. Prints it.
until_debugged()
{
	local i=0

	while [ $i -lt "$1" ] && [ "$(cat /proc/sys/kernel/panic)" = 1 ]; do
		hostname "n$i"
		sleep 0.1
		i=$((i + 1))
	done
	echo "@panic $(cat /proc/sys/kernel/panic)"
}

# tool NAME ARGUMENT...: makedumpfile or keyctl, from the disk
tool()
{
	local name=$1

	shift
	/mnt/dump-tools/lib/ld-linux-aarch64.so.1 \
		--library-path /mnt/dump-tools/lib "/mnt/dump-tools/bin/$name" "$@"
}

# mount_save: mount the disk that dumps are saved to at /tmp/save
mount_save()
{
	local disk

	mkdir -p /tmp/save
	for disk in /sys/block/vd*; do
		[ "$(cat "$disk/serial")" != save ] ||
			mount -t ext2 "/dev/${disk##*/}" /tmp/save
	done
}
