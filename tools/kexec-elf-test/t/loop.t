#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: debug
# packages: qemu-efi-aarch64
# What it costs to boot a changed kernel: by kexec, and by a restart of the machine, with firmware and
# without. Prints seconds of wall time, as a user sees them.

. "$(dirname "$0")/tap.sh"

# watch CONSOLE: print when each step comes, until the guest powers off
watch()
{
	python3 - "$1" <<-'PY'
	import re, sys, time
	start, seen = time.monotonic(), 0
	while time.monotonic() - start < 120:
	    time.sleep(0.01)
	    try:
	        steps = re.findall(rb"^@(boot|load|jump|restart|off)\b", open(sys.argv[1], "rb").read(), re.M)
	    except FileNotFoundError:
	        continue
	    for step in steps[seen:]:
	        print(step.decode(), f"{time.monotonic() - start:.2f}", flush=True)
	    seen = len(steps)
	    if b"off" in steps:
	        break
	PY
}

# times NAME MACHINE [QEMU-OPTION...]: run the job, and print what each step has taken
times()
{
	local watcher

	rm -f "$test_dir/$1.log"
	watch "$test_dir/$1.log" >"$test_dir/times" 9>&- &
	watcher=$!
	guest "$1" "" -M "$2" -cpu neoverse-n1 -smp 2 -m 1G -action reboot=reset "${@:3}"
	wait $watcher
	is "$(fact 1 build-id)" "${build_ids[k1]}" "$1: kexec boots the vmlinux"
	is "$(cut -d ' ' -f 1 "$test_dir/times" | paste -sd ' ')" "boot load jump boot restart boot off" "... and the machine restarts"
	awk -v name="$1" '{ at[NR] = $2 }
		END { printf "# %s: power on %.1f s; kexec -s -l %.1f s, kexec -e %.1f s; restart %.1f s\n",
			     name, at[1], at[3] - at[2], at[4] - at[3], at[6] - at[5] }' "$test_dir/times"
}

new_disk loop
kernel k1 "$vmlinux"
times qemu virt
times uefi virt,acpi=off -drive if=pflash,format=raw,readonly=on,file=/usr/share/AAVMF/AAVMF_CODE.fd
like "$(<"$console")" "UEFI firmware" "... by its firmware"

done_testing
