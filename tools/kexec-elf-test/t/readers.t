#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: readers
# kernels: NEWEST 6.12
# packages: gdb-multiarch makedumpfile python3-drgn
# machine: trixie
# gdb, drgn, crash and makedumpfile of Debian 12, 13 and sid read dumps: of 6.12 and of the newest Linux,
# as ELF and compressed, and of a Debian with 8 GiB that crashed in a module, as kdump-tools saves it.
# A reader that is known to fail is skipped, with its message; see $known.
# READERS="sid trixie" for fewer. An hour: qemu-user runs them, and crash takes minutes for a dump.

. "$(dirname "$0")/tap.sh"
. "$TOP/packaging/root.sh"
# shellcheck source=tools/kexec-elf-test/demo/debian-image.sh
. "$TEST/demo/debian-image.sh"
# shellcheck source=tools/kexec-elf-test/setup/readers.sh
. "$TEST/setup/readers.sh"

suites=${READERS:-bookworm trixie sid}

# What fails for the reader's own reasons: SUITE READER DUMP, as patterns
known="
* crash [7-9]*/dump
* crash [7-9]*/vmcore
* crash module/dump
bookworm python3-drgn module/rearranged
"

# boot STAGE SECONDS APPEND: the machine in $test_dir/image, with 8 GiB
boot()
{
	console=$test_dir/$1.log
	debian_guest "$test_dir/image" "$console" "$2" "stage=$1 crashkernel=384M $3" \
		-M virt -cpu max,pauth-impdef=on -smp 2 -m 8G ||
		echo "# not done in time; last words: $(tail -n 1 "$console")"
	cp "$console" "$LOGS/check-readers-$1.log"
	read_facts "$console"
}

# module_dump DIR: what kdump-tools saves of a machine that crashed in a module, beside a task that
# hangs, and one in user space
module_dump()
{
	local begun dump

	copy_debian "$test_dir/image"
	boot setup 400 ""
	begun=$SECONDS
	boot crash 1500 "how=module token=module"
	is "$(fact 0 kdump) $(fact 0 hung)" "active 1 1" "sysrq-w shows the task that hangs"
	debugfs -R "rdump /var/crash $1" "$test_dir/image" >/dev/null 2>&1
	dump=$(find "$1" -name 'dump.*' -size +1M | head -n 1)
	mv "$dump" "$1/dump"
	echo "# of 8 GiB, kdump-tools saved $(($(stat -c %s "$1/dump") >> 20)) MiB: from power on to power off, $((SECONDS - begun)) s, $(cut -d . -f 1 <<<"$(fact 0 uptime)") of them before the crash"
	makedumpfile -R "$1/rearranged" <"$1/dump" >/dev/null
	cp "$debian_dir/vmlinux" "$1"
	mkdir "$1/modules"
	debian_modules "$1/modules"
	rm "$test_dir/image"
}

# The dumps: folders NAME with vmlinux, the modules' files, and vmcore (ELF) or dump (compressed)
for version in "$NEWEST" 6.12; do
	use_linux "$version"
	mkdir "$test_dir/$version"
	rc=0
	BUILD=$BUILD LINUX=$LINUX MEM=512M DUMP=$test_dir/$version LINUX_VERSION=$version "$TEST/demo/demo-crash.sh" >"$test_dir/out" 2>&1 || rc=$?
	is $rc 0 "Linux $version: a dump, as ELF and compressed"
	tail -n 1 "$test_dir/out" | sed 's/^/# /'
	cp "$BUILD/vmlinux" "$test_dir/$version"
done
use_linux "$LINUX_VERSION"
mkdir "$test_dir/module"
module_dump "$test_dir/module"
for name in "$NEWEST" 6.12 module; do
	cp -r "$TOP/tools/kernel-gdb" "$test_dir/$name"
	cat >"$test_dir/$name/read.py" <<-'PY'
	import glob, sys, drgn
	from drgn.helpers.linux.percpu import per_cpu
	prog = drgn.Program()
	prog.set_core_dump(sys.argv[1])
	prog.load_debug_info(["vmlinux", *glob.glob("modules/**/lkdtm.ko", recursive=True)])
	print(prog.stack_trace(per_cpu(prog["runqueues"], prog["panic_cpu"].counter.value_()).curr))
	PY
done

# rows: Debian, the reader, the dump, what shows that it is read, and the command, with "|" between
rows()
{
	local suite name where bt plain

	for suite in $suites; do
		for name in {"$NEWEST",6.12}/{vmcore,dump} module/dump; do
			where='sysrq_handle_crash.*sysrq\.c:' bt=bt plain=${name#*/}
			# kdump-tools saves a dump as it comes from a pipe
			[ "$name" != module/dump ] ||
				where='lkdtm_EXCEPTION.*bugs\.c:' bt='mod -S modules\nbt -l' plain=rearranged
			cat <<-EOF
			$suite|gdb|$name|$where|kernel-gdb/kernel-gdb --modules=. vmlinux ${name#*/} -nx -batch -ex bt
			$suite|python3-drgn|${name%/*}/$plain|$where|python3 read.py $plain
			$suite|makedumpfile|${name%/*}/$plain|Starting crashdump kernel|makedumpfile --dump-dmesg -f $plain log.$suite.$plain && cat log.$suite.$plain
			$suite|crash|$name|${where%%.*}|printf '$bt\nquit\n' | crash -s vmlinux ${name#*/}
			EOF
		done
		# Without what has changed since
		cat <<-EOF
		$suite|crash|$NEWEST/dump (--no_kmem_cache --no_modules)|sysrq_handle_crash|printf 'bt\nquit\n' | crash -s --no_kmem_cache --no_modules vmlinux dump
		EOF
	done
}

read_row()
{
	local suite reader dump where command

	IFS='|' read -r suite reader dump where command <<<"$2"
	in_readers "$suite" "$test_dir/${dump%%/*}" "$command" >"$test_dir/out.$1" 2>&1 </dev/null || :
}

# is_known SUITE READER DUMP
is_known()
{
	local pattern

	while read -r pattern; do
		# shellcheck disable=SC2053 # a pattern
		[ -z "$pattern" ] || [[ "$*" != $pattern ]] || return 0
	done <<<"$known"
	return 1
}

for suite in $suites; do
	need_readers "$suite"
done
rows >"$test_dir/rows"
mapfile -t rows <"$test_dir/rows"
for i in "${!rows[@]}"; do
	[ "$(jobs -rp | wc -l)" -lt "$(nproc)" ] || wait -n || :
	read_row "$i" "${rows[i]}" &
done
wait
for i in "${!rows[@]}"; do
	IFS='|' read -r suite reader dump where command <<<"${rows[i]}"
	out=$(tr -d '\0' <"$test_dir/out.$i")
	name="Debian $suite, $reader $(version_of "$suite" "$reader"): $dump"
	words=$(grep -v '^ *$' <<<"$out" | grep -im 1 'error\|invalid\|crash: ' || tail -n 1 <<<"$out")
	if grep -q "$where" <<<"$out"; then
		ok "$name"
	elif is_known "$suite" "$reader" "$dump"; then
		skip "$name: $words"
	else
		not_ok "$name"
		echo "# $words"
	fi
done

done_testing
