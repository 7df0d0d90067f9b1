#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: debian
# machine: sid trixie
# packages: xz-utils zstd
# systemctl kexec, which loads the default entry of the boot loader: that of sid, which calls
# kexec_file_load() itself and has no kexec beside it, and that of Debian 13, which calls kexec. Entries
# with a vmlinux, compressed or not, with a UKI beside it, and with what the kernel refuses.

. "$(dirname "$0")/tap.sh"
. "$TOP/packaging/root.sh"
# shellcheck source=tools/kexec-elf-test/demo/debian-image.sh
. "$TEST/demo/debian-image.sh"

# Each vmlinux has a build-id of its own; a UKI has the kernel of the machine
use_debian sid
id=$(build_id "$debian_dir/vmlinux")
aarch64-linux-gnu-strip -o "$test_dir/plain" "$debian_dir/vmlinux"
new() { "$edit" "$test_dir/plain" "$test_dir/$1" "build-id=$id:$(printf "%040d" "$2")" "${@:3}"; }
new vmlinux 1
for i in 2:gz:gzip 3:xz:xz 4:zst:zstd; do
	IFS=: read -r n suffix tool <<<"$i"
	new packed "$n"
	$tool -1 <"$test_dir/packed" >"$test_dir/vmlinux.$suffix"
done
gunzip <"$debian_dir/vmlinuz" >"$test_dir/Image"
new no-branch 9 code1=0
xz -1 <"$test_dir/no-branch" >"$test_dir/no-branch.xz"
head -c 100000 "$test_dir/vmlinux" >"$test_dir/truncated"
echo "no kernel" >"$test_dir/text"

declare -A reason=(
	[no-branch]='is a branch'
	[no-branch.xz]='is a branch'
	[truncated]='ELF segment not in file'
	[text]=''
	[vmlinux.zst]='this kexec was built without zstd'
)

# entries SUITE REFUSED BOOTS: lists, with commas, of what the machine is to try
entries()
{
	local file hop=0 wanted

	use_debian "$1"
	copy_debian "$test_dir/image"
	for file in ${2//,/ } ${3//,/ } Image; do
		[ ! -e "$test_dir/$file" ] || echo "write $test_dir/$file /boot/$file"
	done | debugfs -w -f - "$test_dir/image" >/dev/null 2>&1
	console=$test_dir/$1.log
	debian_guest "$test_dir/image" "$console" 2000 "stage=systemd boots=$3 refused=$2" \
		-M virt -cpu max,pauth-impdef=on -smp 2 -m 2G || echo "# not done in time; last words: $(tail -n 1 "$console")"
	cp "$console" "$LOGS/check-systemd-$1.log"
	read_facts "$console"

	for file in ${2//,/ }; do
		is "$(fact 0 "refused-$file") $(fact 0 "loaded-$file")" "1 0" "$1: $file is refused"
		like "$(sed -n "/^# default entry: $file\$/,/^@loaded-/p; s/^@kernel-$file //p" "$console")" "kexec.*${reason[$file]}" \
			"... and kexec or dmesg has the reason"
		sed -n "/^# default entry: $file\$/,/^@refused/p" "$console" | grep -v '^@' | cut -c 1-110 | sed 's/^/# /' || :
	done
	for file in ${3//,/ }; do
		hop=$((hop + 1))
		wanted=$(printf "%040d" $hop)
		[ "$file" != beside.efi ] || wanted=$id
		is "$(fact $hop build-id)" "$wanted" "$1: $file boots"
	done
}

entries sid no-branch,no-branch.xz,truncated,text vmlinux,vmlinux.gz,vmlinux.xz,vmlinux.zst,beside.efi
like "$(fact 0 systemd) $(fact 0 kexec-tools)" "^26[0-9] none$" "... with no kexec there"
# Where the kernel refuses a file, kexec tries the older system call, which checks less
entries trixie vmlinux.zst vmlinux,vmlinux.gz,vmlinux.xz
like "$(fact 0 systemd) $(fact 0 kexec-tools)" "^257 .*/kexec$" "... by kexec"

done_testing
