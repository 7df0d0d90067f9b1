# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# For tests: the Debian machine over ssh, on a port of the loopback address

. "$TOP/packaging/root.sh"
# shellcheck source=tools/kexec-elf-test/demo/debian-image.sh
. "$TEST/demo/debian-image.sh"

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
ssh-keygen -q -t ed25519 -N '' -f "$test_dir/key"
echo "AuthorizedKeysFile /etc/ssh/keys" >"$test_dir/sshd.conf"
cat >"$test_dir/config" <<-EOF
	Host board
		HostName 127.0.0.1
		Port $port
		User root
		IdentityFile $test_dir/key
		StrictHostKeyChecking no
		UserKnownHostsFile /dev/null
EOF
board() { ssh -F "$test_dir/config" -o LogLevel=ERROR board "$@"; }

# start NAME APPEND [CPU]: boot the machine, and wait until it takes orders. Its gdb stub is
# $test_dir/stub.
start()
{
	local i

	copy_debian "$test_dir/image"
	printf '%s\n' "write $test_dir/key.pub /etc/ssh/keys" "set_inode_field /etc/ssh/keys mode 0100600" \
		"write $test_dir/sshd.conf /etc/ssh/sshd_config.d/keys.conf" |
		debugfs -w -f - "$test_dir/image" >/dev/null 2>&1
	console=$test_dir/$1.log
	debian_guest "$test_dir/image" "$console" 900 "stage=push $2" -M virt -cpu "${3:-max,pauth-impdef=on}" \
		-smp 2 -m 1G -netdev "user,id=net,hostfwd=tcp:127.0.0.1:$port-:22" -device virtio-net-device,netdev=net \
		-gdb "unix:$test_dir/stub,server=on,wait=off" &
	machine=$!
	for ((i = 0; i < 300; i++)); do
		! grep -sq '^@ready' "$console" || return 0
		sleep 1
	done
	echo "# $1: not ready; last words: $(tail -n 1 "$console")"
}

# stop: power the machine off
stop()
{
	board "poweroff -f" >/dev/null 2>&1 || :
	wait $machine || :
	cp "$console" "$LOGS/check-$ME-$(basename "$console")"
}

push() { rc=0; out=$("$TOP/tools/kexec-push/kexec-push" -F "$test_dir/config" "$@" 2>&1) || rc=$?; sed 's/^/# /' <<<"$out"; }

# running: the build-id of the kernel that runs on the machine
running() { board 'od -v -An -tx1 /sys/kernel/notes' | tr -d ' \n' | sed -n 's/.*040000001400000003000000474e5500\(.\{40\}\).*/\1/p'; }
