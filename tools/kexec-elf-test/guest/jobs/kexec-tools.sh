# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
# The words and exit codes of kexec(8). The first kernel tries every /mnt/kexec-VERSION; the kernels in
# /mnt/next are then loaded, each line "COMMAND OPTIONS FILE", where the command is one of those.

# refusals VERSION: each kind of refused file
refusals()
{
	local kexec=/mnt/kexec-$1 f

	for f in bad no-cpu x86 words more-words empty page cut cut.gz damaged.gz damaged.xz damaged.zst none; do
		says "$1-$f" "$kexec" -s -l "/mnt/$f" --append=x
	done
	says "$1-folder" "$kexec" -s -l /mnt
	cat /mnt/image.gz >/tmp/fifo &
	says "$1-fifo" "$kexec" -s -l /tmp/fifo --append=x
	says "$1-old-empty" "$kexec" -c -l /mnt/empty
	says "$1-kcore" "$kexec" -s -l /proc/kcore
	says "$1-no-initrd" "$kexec" -s -l /mnt/good --initrd=/mnt/none --append=x
	says "$1-flag" "$kexec" -s -d -l /mnt/good --append=x
	says "$1-plain-debug" "$kexec" -c -d -l /mnt/image --append=x
	"$kexec" -u
	says "$1-fallback" "$kexec" -a -l /mnt/bad --append=x
	echo "@$1-fallback-loaded $(cat /sys/kernel/kexec_loaded)"
	"$kexec" -u
}

# truncated VERSION: load a file again and again that is truncated meanwhile
truncated()
{
	local i=0 status loaded=0 refused=0 strange=''

	head -c 3000000 /mnt/image >/tmp/image
	while :; do
		cp /tmp/image /tmp/changing
		: >/tmp/changing
	done &
	while [ $((i += 1)) -le 60 ]; do
		status=0
		"/mnt/kexec-$1" -s -l /tmp/changing --append=x >/dev/null 2>/tmp/err || status=$?
		case $status-$(wc -l </tmp/err) in
		0-0)	loaded=$((loaded + 1)) ;;
		1-1 | 253-1 | 255-1) refused=$((refused + 1)) ;;
		*)	strange="$strange$status:$(tr '\n' ' ' </tmp/err)" ;;
		esac
	done
	kill $!
	wait $! 2>/dev/null
	# All of a uImage is looked at, which takes a while
	cp /mnt/uimage /tmp/changing
	truncate -s 60M /tmp/changing
	(sleep 0.1; : >/tmp/changing) &
	says "$1-mapped" "/mnt/kexec-$1" -s -l /tmp/changing --append=x
	wait $!
	echo "@$1-truncated $((loaded + refused)) $strange"
	"/mnt/kexec-$1" -u
}

if [ "$hop" = 0 ]; then
	mknod /tmp/fifo p
	for v in $(cd /mnt && ls -d kexec-*); do
		refusals "${v#kexec-}"
		truncated "${v#kexec-}"
	done
	for f in good.xz image.gz; do
		says "plain-$f" /mnt/plain-kexec -s -l /mnt/$f --append=x
		says "plain-c-$f" /mnt/plain-kexec -c -l /mnt/$f --append=x
	done
	says plain-zboot /mnt/plain-kexec -s -l /mnt/zboot --append=x
fi
line=$(sed -n "$((hop + 1))p" /mnt/next)
[ "$line" ] || return 0
# shellcheck disable=SC2086 # several words
says load /mnt/$line --initrd=/mnt/initrd --append="$(next)"
sed -n 's/.*copied \([0-9]*\) of \([0-9]*\) bytes.*/@copied \1 \2/p' /tmp/err
kexec -e
