#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: check all
# packages: libfdt-dev zlib1g-dev
# The corpus of the fuzzers

exec "$(dirname "$0")/../host.sh" regress
