#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# host.sh COMMAND: tests in user space: the kexec_file path, compiled for the host
#
#   cases                   named cases. This and the next two print TAP.
#   random [--seed SEED] [--count N] [--only N]
#                           random files on random machines: 100000 of them, or
#                           only the Nth that the seed makes
#   regress                 each file of the fuzzers' corpus
#   fuzz [--time SECONDS] [--engine libfuzzer|afl|fast] [FORMAT]
#                           look for files that break something (default: 600
#                           seconds, libfuzzer, vmlinux). fast is libfuzzer
#                           without sanitizers. FORMAT is vmlinux, Image, signed,
#                           forged (a signed file, edited without a key),
#                           changing (written to while it is read), or
#                           kexec-tools: how kexec reads a compressed vmlinux.
#                           Failures, and the number of files tried so far, are
#                           left in the cache folder.
#   prove [FUNCTION]        prove the rules with CBMC for all values: all that
#                           host/proof/proofs lists, or one of them. Prints TAP.
#   minimize                move the findings of fuzz into host/fuzz/corpus, as
#                           few files as reach the same code
#   plan [OPTION...] KERNEL run kexec-elf-plan; see plan --help
#   build-plan [DIR]        put kexec-elf-plan and its manual page into DIR,
#                           which is made (default: a folder in the cache)
#   coverage                print which lines and branches of the loaders all
#                           that reaches, and leave HTML in the cache folder.
#                           Fails below 98 % of the lines and 95 % of the branches
#                           of arch/arm64.
#
# LINUX_VERSION is the Linux whose files are compiled (default: the newest).
#
# Exit: 0 all passed, 1 some failed, 2 wrong arguments.

ME=host
# shellcheck source=tools/kexec-elf-test/setup/common.sh
. "$(dirname "$0")/setup/common.sh"
. "$TEST/setup/packages.sh"
. "$TEST/setup/linux.sh"
. "$TEST/setup/kexec-tools.sh"
. "$TEST/setup/cbmc.sh"
. "$TEST/host/proof/prove.sh"

corpus=$TEST/host/fuzz/corpus
command=${1-}
case $command in
-h | --help) help ;;
cases | random | regress | fuzz | prove | minimize | coverage | plan | build-plan) shift ;;
'') usage "which command?" ;;
*) usage "no such command: $command" ;;
esac

time=600 engine=libfuzzer format=vmlinux
args=()
while [ $# -gt 0 ]; do
	case $command:$1 in
	random:--seed | random:--count | random:--only)
		[[ ${2-} =~ ^[0-9]+$ ]] || usage "$1 wants a number"
		args+=("$1" "$2"); shift ;;
	fuzz:--time)
		[[ ${2-} =~ ^[0-9]+$ ]] || usage "$1 wants a number of seconds"
		time=$2; shift ;;
	fuzz:--engine)
		engine=${2-}; shift
		case $engine in
		libfuzzer | afl | fast) ;;
		*) usage "--engine is libfuzzer, afl or fast" ;;
		esac ;;
	prove:prove_*)
		awk -v name="$1" '$2 == name { found = 1 } END { exit !found }' "$TEST/host/proof/proofs" ||
			usage "no such proof: $1 (there are: $(awk '$2 ~ /^prove_/ { print $2 }' "$TEST/host/proof/proofs" | paste -sd ' '))"
		args=("$1") ;;
	fuzz:vmlinux | fuzz:Image | fuzz:signed | fuzz:forged | fuzz:changing | fuzz:kexec-tools)
		format=$1 ;;
	plan:*)
		args=("$@")
		break ;;
	build-plan:*)
		mkdir -p "$1" 2>/dev/null && [ -w "$1" ] || usage "cannot write to a folder $1"
		args=("$(realpath "$1")") ;;
	*) usage "$command: unknown argument: $1" ;;
	esac
	shift
done

LINUX_VERSION=${LINUX_VERSION%%-*}
known_linux "$LINUX_VERSION"

# A test finds Linux prepared
if [ -z "${PREPARED-}" ]; then
	init_cache 2500
	lock
	need binutils-aarch64-linux-gnu ca-certificates dpkg-dev gcc git libc6-dev \
		libelf-dev libfdt-dev libssl-dev make patch python3 xz-utils zlib1g-dev
	patch_linux "$LINUX_VERSION"
	[ "$format" != kexec-tools ] || { need_build; fetch_user_space; build_kexec_tools; }
	flock -s 9
fi
# compile DIR NAME TARGET [VARIABLE=VALUE...]: make TARGET with the Makefile in DIR. NAME is a way of
# compiling, with a folder of its own, $OUT.
compile()
{
	OUT=$CACHE/host/$2-${LINUX##*-}
	# The objects are from the headers of one checkout
	[ "$(cat "$OUT/checkout" 2>/dev/null)" = "$TOP" ] || rm -rf "$OUT"
	mkdir -p "$OUT"
	echo "$TOP" >"$OUT/checkout"
	step "compiling $3 for the host ($2)" flock "$OUT" \
		make -s -C "$1" LINUX="$LINUX" OUT="$OUT" -j"$(nproc)" "${@:4}" "$OUT/$3"
}

check='address,undefined -fno-sanitize=alignment -fno-sanitize-recover=all'

# compile_fuzzer ENGINE [FORMAT]: sets $fuzzer
compile_fuzzer()
{
	fuzzer=fuzzer
	case ${2-} in
	forged) fuzzer='fuzzer-forged' ;;
	kexec-tools)
		need liblzma-dev libzstd-dev zlib1g-dev
		fuzzer="fuzzer-tools" ;;
	esac
	case $1 in
	libfuzzer | fast)
		compile "$TEST/host" "$1" $fuzzer KEXEC_TOOLS="$CACHE/build/kexec-tools-$NEWEST_KEXEC_TOOLS" CC="$clang" FUZZER=-fsanitize=fuzzer \
			MUTATOR=mutate CFLAGS='-std=gnu11 -O2 -g -w' COVER=-fsanitize=fuzzer-no-link \
			SANITIZE="$([ "$1" = fast ] || echo "-fsanitize=$check")" ;;
	afl)	# It has mutations of its own, and its compiler links a driver
		AFL_QUIET=1 compile "$TEST/host" afl $fuzzer KEXEC_TOOLS="$CACHE/build/kexec-tools-$NEWEST_KEXEC_TOOLS" CC=afl-clang-fast \
			FUZZER=-fsanitize=fuzzer CFLAGS='-std=gnu11 -O1 -g -w' \
			SANITIZE="-fsanitize=$check" ;;
	esac
}

# seeds FORMAT: set $found, a folder, and fill it with files for the fuzzers to begin with
seeds()
{
	found=$CACHE/host/found-$1
	mkdir -p "$found"/seeds/{vmlinux,Image,signed,forged,changing,kexec-tools} "$found/corpus" \
		"$found/failed"
	compile "$TEST/host" gcc seeds
	"$OUT/seeds" "$found/seeds"
	cp "$found/seeds/$1"/* "$corpus/$1"/* "$found/corpus" 2>/dev/null || :
}

# need_clang: sets $clang. Debian 12 has clang 16, Debian 13 has 19; older ones keep refused files
need_clang()
{
	local version

	version=$(apt-cache policy clang-16 clang-19 2>/dev/null |
		awk '/^clang/ { p = $1 } /Candidate: [0-9]/ { v = p } END { gsub(/[^0-9]/, "", v); print v }')
	clang=clang-${version:-16}
	need "$clang" "libclang-rt-${version:-16}-dev"
}

fuzz()
{
	need_clang
	[ "$engine" != afl ] || need afl++
	seeds "$format"
	compile_fuzzer "$engine" "$format"
	touch "$found/begun"
	say "$engine, $format, $time seconds; what fails goes to $found/failed"
	if [ "$engine" = afl ]; then
		AFL_SKIP_CPUFREQ=1 AFL_NO_UI=1 AFL_NO_AFFINITY=1 \
		AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 \
			afl-fuzz -V "$time" -G 2048 -i "$found/corpus" \
			-o "$found/afl" -- "$OUT/$fuzzer"
		cp "$found"/afl/default/queue/id* "$found/corpus"
		cp "$found"/afl/default/crashes/id* "$found/failed" 2>/dev/null || :
	else
		# One mutation at a time: after several, most files are refused for their headers
		"$OUT/$fuzzer" -handle_xfsz=0 -max_total_time="$time" -max_len=2048 -timeout=20 -mutate_depth=1 \
			-entropic_scale_per_exec_time=1 -print_final_stats=1 -artifact_prefix="$found/failed/" \
			"$found/corpus" 2>&1 | tee "$found/log.$$" || :
		awk -v engine="$engine" '/^placed:/ { print engine, $4, $2 }' "$found/log.$$" >>"$found/runs"
		rm "$found/log.$$"
		[ ! -s "$found/runs" ] || say "$format, so far: $(awk '{ n[$1] += $2; placed[$1] += $3 }
			END { for (e in n) printf "%s%d by %s, %d %% past the checks of headers", sep++ ? "; " : "", n[e], e, 100 * placed[e] / n[e] }' "$found/runs")"
	fi
	[ -z "$(find "$found/failed" -type f -newer "$found/begun")" ] ||
		die "something failed: see $found/failed, and give it to $OUT/$fuzzer"
}

minimize()
{
	local format

	need_clang
	for format in vmlinux Image signed changing; do
		seeds "$format"
		compile_fuzzer libfuzzer
		rm -rf "$found/minimal"
		mkdir "$found/minimal"
		step "minimizing what was found of $format" \
			env FUZZ_MINIMIZE=1 "$OUT/fuzzer" -set_cover_merge=1 -max_len=2048 "$found/minimal" "$found/corpus"
		# A former failure stays, even if it reaches no code of its own now
		cp "$corpus/$format"/finding-* "$found/minimal" 2>/dev/null || :
		rm -rf "${corpus:?}/$format"
		mv "$found/minimal" "$corpus/$format"
	done
	say "$(find "$corpus" -type f | wc -l) files, $(cat "$corpus"/*/* | wc -c) bytes in $corpus"
}

# Our files, and the reader that they call
files='arch/arm64/kernel/kexec_elf.c|arch/arm64/kernel/kexec_image.c|arch/arm64/kernel/kexec_place.c|kernel/kexec_elf.c'

coverage()
{
	local p html tree rc=0

	need gcovr
	for p in cases random regress; do
		compile "$TEST/host" coverage $p SANITIZE=--coverage CFLAGS='-std=gnu11 -O0 -g -w'
	done
	find "$OUT" -name '*.gcda' -delete
	step "running the cases" "$OUT/cases"
	step "running 20000 random files" "$OUT/random" --seed 1 --count 20000
	step "running the corpus" "$OUT/regress" "$corpus"/*/*
	html=$OUT/html
	mkdir -p "$html"
	tree=$(realpath "$LINUX")	# as gcovr names files
	cd "$TEST/host"
	for p in '' --branches; do
		# shellcheck disable=SC2086
		gcovr --root "$tree" $p --filter "$tree/($files)" "$OUT/arch" "$OUT/kernel" |
			grep -v '^-*$'
	done
	gcovr --root "$tree" --filter "$tree/($files)" --html-details "$html/index.html" \
		"$OUT/arch" "$OUT/kernel"
	say "$html/index.html shows each line"
	# The reader has code for other architectures
	gcovr --root "$tree" --filter "$tree/(${files%|*})" --fail-under-line 98 --fail-under-branch 95 \
		"$OUT/arch" >/dev/null || rc=$?
	[ $rc -eq 0 ] || die "arch/arm64: less than 98 % of the lines or 95 % of the branches"
}

compile_plan()
{
	compile "$TOP/tools/kexec-elf-plan" plan kexec-elf-plan
}

case $command in
plan)
	compile_plan
	"$OUT/kexec-elf-plan" "${args[@]}" ;;
build-plan)
	compile_plan
	for f in "$OUT/kexec-elf-plan" "$TOP/tools/kexec-elf-plan/kexec-elf-plan.8"; do
		install -p -m "$([ "$f" = "${f%.8}" ] && echo 755 || echo 644)" "$f" "${args[0]:-$CACHE/host}"
	done
	echo "${args[0]:-$CACHE/host}/kexec-elf-plan" ;;
cases | random)
	compile "$TEST/host" gcc "$command"
	"$OUT/$command" "${args[@]}" ;;
regress)
	compile "$TEST/host" gcc regress
	"$OUT/regress" "$corpus"/*/* ;;
prove)
	prove_all "${args[@]}" ;;
*)
	$command ;;
esac
