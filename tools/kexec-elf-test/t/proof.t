#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: proof
# packages: cadical libfdt-dev zlib1g-dev
# CBMC proves the rules of the loaders for all values, which the fuzzers sample; loaders with an error fail

exec "$(dirname "$0")/../host.sh" prove
