# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# Proofs with CBMC, for all values; the fuzzers sample them. Sourced by host.sh.

proof_dir=$TEST/host/proof

# The checks of CBMC, except that unsigned numbers do not wrap: the kernel lets them
checks=(--bounds-check --pointer-check --pointer-overflow-check --pointer-primitive-check
	--signed-overflow-check --undefined-shift-check --div-by-zero-check --unwinding-assertions)

# run_cbmc LOG FUNCTION [OPTION...]: run the proof of that name. False if it does not hold, or if what is
# marked REACH is not reached. A solver that dies, of too little memory, leaves ERROR.
run_cbmc()
{
	local file unwind solver

	read -r file unwind solver < <(awk -v name="$2" '$2 == name { print $1, $3, $4 }' "$proof_dir/proofs")
	(cd "$proof_dir" && "$CBMC" "${@:3}" "${flags[@]}" -I"$LINUX/arch/arm64/kernel" -I"$LINUX/kernel" "$file.c" --function "$2" \
		--unwind "$unwind" "${checks[@]}" --drop-unused-functions --no-malloc-may-fail --slice-formula \
		${solver:+--external-sat-solver "$solver"}) >"$1" 2>&1 || :
	awk '/ REACH .*: FAILURE$/ { reached++; next }
	     / REACH .*: SUCCESS$/ { missed++ }
	     /^\[/ && !/: SUCCESS$/ { failed++ }
	     END { exit !reached || missed || failed }' "$1"
}

# prove_all [FUNCTION]: print TAP
prove_all()
{
	local only=${1-} log flags n=0 failed=0 name file edit verdict mutant

	need_cbmc
	need cadical
	compile "$TEST/host" gcc cppflags
	read -ra flags <"$OUT/cppflags"
	mkdir -p "$OUT/proof"
	while read -r _ name _; do
		log=$OUT/proof/$name.log
		verdict=ok
		run_cbmc "$log" "$name" || verdict=not\ ok
		echo "$verdict $((++n)) - $name: $(sed -n 's/^\*\* [0-9]* of \([0-9]*\) .*/\1 properties/p' "$log")"
		[ "$verdict" = ok ] || {
			failed=1
			grep ': FAILURE$\|: ERROR$\|REACH .*: SUCCESS$\|rror' "$log" | sed 's/^/# /'
		}
	done < <(sed '/^#/d; /^$/d' "$proof_dir/proofs" | awk -v only="$only" '!only || $2 == only')
	# A proof must fail for a loader with an error
	while read -r name file edit; do
		mutant=$OUT/proof/mutant
		rm -rf "$mutant"
		mkdir -p "$mutant/$(dirname "$file")"
		sed "$edit" "$LINUX/$file" >"$mutant/$file"
		log=$OUT/proof/mutant.log
		verdict=ok
		# The edit changes something, CBMC judges it, and finds it
		if cmp -s "$LINUX/$file" "$mutant/$file" || run_cbmc "$log" "$name" -I"$mutant" ||
		   ! awk '/: FAILURE$/ && !/ REACH / { found++ } END { exit !found }' "$log"; then
			verdict=not\ ok failed=1
		fi
		echo "$verdict $((++n)) - $name fails with: $edit"
	done < <(sed '/^#/d; /^$/d' "$proof_dir/mutants" | awk -v only="$only" '!only || $1 == only')
	echo "1..$n"
	return $failed
}
