#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: check all
# packages: libfdt-dev zlib1g-dev
# What the fuzzers have found to reach code that nothing else does

. "$(dirname "$0")/tap.sh"
host_test regress
