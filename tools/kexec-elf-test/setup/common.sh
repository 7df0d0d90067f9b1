# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Sourced by every script here: where things are, and how to talk to the user.
# Everything that is downloaded or built is below $CACHE, never in the checkout.

set -euo pipefail
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
TEST=$TOP/tools/kexec-elf-test
CACHE=${XDG_CACHE_HOME:-${HOME-}/.cache}/kexec-vmlinux
LOGS=$CACHE/log
ME=${ME:-$(basename "$0" .sh)}
export TOP TEST CACHE ME

say()	{ printf '%s: %s\n' "$ME" "$*" >&2; }
die()	{ say "$*"; exit 1; }
usage()	{ say "$*; see --help"; exit 2; }

# The leading comment of a script, after the licence, is its --help.
help()
{
	sed -n '3,/^[^#]/s/^# \{0,1\}//p' "$0"
	exit 0
}

# init_cache MIB: there is room for so much of sources and builds, or they are
# there already
init_cache()
{
	local free lacks

	[ -n "${XDG_CACHE_HOME-}${HOME-}" ] || die "neither HOME nor XDG_CACHE_HOME is set"
	case $CACHE in
	*[[:space:]:]*) die "make cannot build in a folder named $CACHE: set XDG_CACHE_HOME to one without spaces and colons" ;;
	/*) ;;
	*) die "XDG_CACHE_HOME=$XDG_CACHE_HOME: name the folder from / on" ;;
	esac
	WANTED_MIB=$1
	mkdir -p "$LOGS" 2>/dev/null ||
		die "cannot write to $CACHE: set XDG_CACHE_HOME to a folder of yours"
	free=$(df -Pm "$CACHE" | awk 'NR == 2 { print $4 }')
	lacks=$(cat "$CACHE/complete" 2>/dev/null) || :
	lacks=$((WANTED_MIB - ${lacks:-0}))
	[ "$free" -ge $lacks ] ||
		die "$CACHE has $free MiB left and $lacks are needed: free some, or set XDG_CACHE_HOME"
	[ "$free" -ge 300 ] ||
		die "$CACHE has only $free MiB left: free some, or set XDG_CACHE_HOME"
	find "$LOGS" -name 'demo-*' -mtime +7 -delete
}

# Runs share the builds; one run at a time prepares them. Scripts that they call, as
# a test calls the demo, find $PREPARED set and skip preparation.
lock()
{
	[ -z "${LOCKED-}" ] || return 0		# The caller holds it
	exec 9>"$CACHE/lock"
	flock -n 9 || { say "another run uses $CACHE, waiting"; flock 9; }
	# The remains of killed runs
	find "$CACHE" -maxdepth 1 -name '*.??????' -mmin +600 -exec rm -rf {} +
}

prepared()
{
	[ "$(cat "$CACHE/complete" 2>/dev/null || echo 0)" -ge "$WANTED_MIB" ] 2>/dev/null ||
		echo "$WANTED_MIB" >"$CACHE/complete"
	[ "${LOCKED-}" ] || flock -s 9
	export PREPARED=1 LINUX_VERSION LINUX BUILD
}

# End and remove at exit: $CHILD and $BESIDE, each a process or (negative) a process
# group that runs, and $work, a folder
CHILD='' BESIDE='' work=''
cleanup()
{
	[ -z "$CHILD" ] || kill -TERM -- "$CHILD" 2>/dev/null || :
	[ -z "$BESIDE" ] || kill -TERM -- "$BESIDE" 2>/dev/null || :
	[ -z "$work" ] || rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# step WORDS COMMAND...: run a command that takes a while, into a log, with a
# sign of life every 20 seconds, and the log's last words if it fails
step()
{
	local words=$1 log start rc=0 next=20
	shift
	log=$LOGS/$(printf '%s' "$words" | tr -c 'A-Za-z0-9.\n' -).log
	start=$SECONDS
	say "$words ..."
	# A group of its own, all of which ends when the user interrupts
	set -m
	"$@" >"$log" 2>&1 </dev/null 9>&- &
	CHILD=-$!
	set +m
	while kill -0 -- "$CHILD" 2>/dev/null; do
		sleep 0.2
		[ $((SECONDS - start)) -lt $next ] && continue
		next=$((next + 20))
		say "  $((SECONDS - start)) s, $(tail -n 1 "$log" | cut -c 1-60)"
	done
	wait "${CHILD#-}" || rc=$?
	CHILD=''
	[ $rc -eq 0 ] || die "$words failed: $(reason "$log") (whole log: $log)"
}

# reason LOG: print the line with the error, and the cure
reason()
{
	local line

	if [ "$(df -Pm "$CACHE" | awk 'NR == 2 { print $4 }')" -lt 50 ]; then
		echo "no space left in $CACHE: free some, or set XDG_CACHE_HOME"
		return
	fi
	line=$(grep -m 1 -iE 'no space left|could not resolve|temporary failure|unable to|error[: ]|^E: ' "$1" ||
	       tail -n 1 "$1" | grep . || echo "no output")
	case ${line,,} in
	*resol* | *connect* | *unreachable*) line+="; is there a network?" ;;
	esac
	echo "$line"
}

# A short name for the contents of files and strings
digest() { cat "$@" | sha256sum | cut -c 1-16; }
