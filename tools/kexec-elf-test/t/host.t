#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The loaders compiled for the host, with sanitizers: prints TAP itself

. "$(dirname "$0")/tap.sh"

make -s -C "$TEST/host" LINUX="$LINUX" OUT="$WORK/host" >"$WORK/host.log" 2>&1 || {
	sed 's/^/# /' "$WORK/host.log"
	echo "not ok 1 - the loaders compile for the host"
	echo "1..1"
	exit 1
}
exec "$WORK/host/test_loader"
