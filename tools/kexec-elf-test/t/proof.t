#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: proof
# packages: cadical libfdt-dev zlib1g-dev
# CBMC proves of the loaders, for all values, what the fuzzers sample; and not of loaders with an error

. "$(dirname "$0")/tap.sh"
host_test prove
