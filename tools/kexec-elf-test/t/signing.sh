# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# For tests of signatures: keys, and kernels signed with them, sound and not. A
# vmlinux is signed by scripts/sign-file, an Image by sbsign.

snakeoil=/usr/share/qemu-efi-aarch64/PkKek-1-snakeoil
keys=$test_dir/keys

# make_keys: built-in, in the secondary keyring, known to the UEFI of the machine,
# unknown
make_keys()
{
	mkdir -p "$keys"
	cp "$BUILD"/trusted.{key,pem,der} "$keys"
	make_key "$keys/secondary" "secondary key" -CA "$keys/trusted.pem" \
		-CAkey "$keys/trusted.key"
	make_key "$keys/unknown" "unknown key"
	openssl rsa -in $snakeoil.key -passin pass:snakeoil -out "$keys/platform.key"
	cp $snakeoil.pem "$keys/platform.pem"
}

# make_ima_key: the .ima keyring takes only keys for signatures
make_ima_key()
{
	make_key "$keys/ima" "IMA key" -CA "$keys/trusted.pem" -CAkey "$keys/trusted.key" \
		-addext "basicConstraints=critical,CA:FALSE" -addext "keyUsage=digitalSignature"
}

# ima_sign FILE: give a file on the disk a signature in security.ima
ima_sign()
{
	mkdir -p "$disk_dir.ima"
	cp "$disk_dir/$1" "$test_dir/$1"
	evmctl ima_sign --hashalgo sha256 --key "$keys/ima.key" --sigfile "$test_dir/$1" >/dev/null 2>&1
	mv "$test_dir/$1.sig" "$disk_dir.ima/$1"
	rm "$test_dir/$1"
}

# sign KEY IN OUT
sign()
{
	if [ "$(head -c 4 "$2" | tail -c 3)" = ELF ]; then
		[ "$2" -ef "$3" ] || cp --remove-destination "$2" "$3"
		"$BUILD/scripts/sign-file" sha256 "$keys/$1.key" "$keys/$1.pem" "$3"
	else
		sbsign --key "$keys/$1.key" --cert "$keys/$1.pem" \
			--output "$3" "$2" 2>&1 | grep -v -e warning -e '^Signing' || :
	fi
}

# change FILE OFFSET EXPRESSION: set the byte there to an expression of "byte", its old value
change()
{
	local byte
	# shellcheck disable=SC2034 # the expression uses it
	byte=$(od -An -tu1 -j"$2" -N1 "$1")
	# shellcheck disable=SC2059
	printf "\\x$(printf %x $(($3)))" |
		dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# flip FILE OFFSET: its lowest bit
flip() { change "$1" "$2" "byte ^ 1"; }

# field FILE OFFSET BYTES: little-endian
field() { od -An -tu"$3" -j"$2" -N"$3" "$1" | tr -d ' '; }

# add_trailer FROM TO SIG-LEN: what an attacker without a key makes of a signed Image. The trailer of an
# appended signature of SIG-LEN bytes is in the certificate table, which grows: neither the table nor its
# length is signed.
add_trailer()
{
	python3 - "$@" <<-'EOF'
		import struct
		import sys

		image = bytearray(open(sys.argv[1], "rb").read())
		trailer = struct.pack(">8xI", int(sys.argv[3])) + b"~Module signature appended~\n"
		trailer = trailer[:2] + b"\x02" + trailer[3:]      # PKCS#7
		size_of_certs = struct.unpack_from("<I", image, 60)[0] + 24 + 112 + 4 * 8 + 4
		size, = struct.unpack_from("<I", image, size_of_certs)
		struct.pack_into("<I", image, size_of_certs, size + len(trailer))
		open(sys.argv[2], "wb").write(image + trailer)
	EOF
}

# signed_kernels FORMAT FILE: put a file FORMAT-CASE on the disk for each case. The last cases are for
# a vmlinux only.
signed_kernels()
{
	local f=$disk_dir/$1 size at pe
	local -A bit

	size=$(stat -L -c %s "$2")
	for at in trusted secondary platform unknown; do
		sign $at "$2" "$f-$at"
	done
	place "$2" "$f-unsigned"

	if [ "$1" = vmlinux ]; then
		bit[text]=$(($(readelf -lW "$2" | awk '$1 == "LOAD" { print $2; exit }') + 0x20010))
		bit[data]=$(($(readelf -lW "$2" | awk '$1 == "LOAD" && $7 ~ /W/ { print $2; exit }') + 0x1000))
		bit[header]=48			# e_flags
		bit[headers]=$((64 + 48))	# p_align
		bit[signature]=$(($(stat -c %s "$f-trusted") - 28 - 12 - 20))
	else
		pe=$(field "$2" 60 4)
		bit[text]=$((0x20010))
		bit[data]=$((size - 0x1000))
		bit[header]=28			# flags, one that is not used
		bit[headers]=$((pe + 8))	# TimeDateStamp
		bit[signature]=$(($(stat -c %s "$f-trusted") - 20))
		add_trailer "$f-trusted" "$f-trailer-0" 0
		add_trailer "$f-trusted" "$f-trailer-1M" $((1 << 20))
		add_trailer "$f-trusted" "$f-trailer-all-but-256" $((size - 256))
	fi
	for at in "${!bit[@]}"; do
		cp "$f-trusted" "$f-$at"
		flip "$f-$at" "${bit[$at]}"
	done
	[ "$1" = vmlinux ] || return 0

	# Bytes behind the signature, and between it and what it signed
	(cat "$f-trusted"; echo more) >"$f-after"
	(cat "$2"; echo more; tail -c +$((size + 1)) "$f-trusted") >"$f-grown"
	# The length of the signature: too small, and more than the file
	cp "$f-trusted" "$f-length"
	change "$f-length" $(($(stat -c %s "$f-trusted") - 28 - 1)) "byte & (byte - 1)"
	cp "$f-trusted" "$f-length-huge"
	flip "$f-length-huge" $(($(stat -c %s "$f-trusted") - 28 - 4))
	sign trusted "$f-trusted" "$f-twice"
	# A segment reaches into the signature, in a file that is signed so
	"$edit" "$2" "$test_dir/reaches" "load.$(($(loads "$2") - 1)).filesz=$((size - $(readelf -lW "$2" |
		awk '$1 == "LOAD" && $5 !~ /^0x0+$/ { at = $2 } END { print at }') + 64))"
	sign trusted "$test_dir/reaches" "$f-reaches"
}

# signed_guest NAME APPEND [QEMU-OPTION...]: try every kernel on the disk
signed_guest()
{
	(cd "$disk_dir" && ls -d vmlinux-* Image-*) >"$test_dir/names"
	cp "$test_dir/names" "$disk_dir/names"
	cp "$keys"/secondary.der "$disk_dir"
	cp -r "$CACHE/arm64/dump-tools" "$disk_dir"
	guest -t 400 "$1" "crashkernel=160M $2" -cpu max,pauth-impdef=on -m 1G "${@:3}"
}

# error_of FORMAT-CASE: the errno for the signature of that file. An Image also carries the
# certificate, and a signature that its key has not made fails in the arithmetic: EINVAL, seldom
# EBADMSG.
error_of()
{
	case ${1#*-} in
	trusted | secondary | twice | trailer*) echo OK ;;
	platform)		[ "$platform" ] && echo OK || echo ENOKEY ;;
	unknown)		echo ENOKEY ;;
	unsigned | after)	echo ENODATA ;;
	length*)		echo EBADMSG ;;
	reaches)		echo ENOEXEC ;;
	signature)		[ "${1%%-*}" = Image ] && echo EINVAL || echo EKEYREJECTED ;;
	*)			echo EKEYREJECTED ;;
	esac
}

declare -A reason=(
	[OK]='^$'
	[ENOKEY]='verification failed \(-126\): no trusted key has signed it'
	[ENODATA]='verification failed \(-61\): it is not signed'
	[EBADMSG]='verification failed \(-74\): its signature is malformed'
	[EKEYREJECTED]='verification failed \(-129\): it has no signature that is valid for it'
	[EINVAL]='verification failed \((-22|-74)\): its signature'
	[ENOEXEC]='.'
)
# check_verdicts MODE: every file is loaded or refused as its case asks, for kexec -e and for a crash.
# Modes: sig, without enforcement; enforced; integrity and confidentiality, of lockdown.
check_verdicts()
{
	local f error want got

	while read -r f; do
		error=$(error_of "$f")
		want=$error
		case $1-$error in
		*-OK | *-ENOEXEC | enforced-*) ;;
		sig-*)	want=OK error=OK ;;	# Linux takes what it cannot verify
		*)	want=EPERM ;;
		esac
		got="$(fact 0 "$f") $(fact 0 "$f-crash")"
		[ "$error" != EINVAL ] || got=${got//EBADMSG/EINVAL}
		is "$got" "$want $want" "$1: ${f/-/, }: $want"
		like "$(fact 0 "$f-said")" "${reason[$error]}" "... and dmesg reports why"
		[ "$f" = "${f#Image-trailer}" ] ||
			is "$(fact 0 "$f-bytes")" "$(stat -c '%s %s' "$disk_dir/$f")" "... and loaded whole"
		[ "$f" = "${f#vmlinux}" ] ||
			like "$(fact 0 "$f-kexec")" "${reason[$error]}" "... and kexec prints it"
	done <"$test_dir/names"
}
