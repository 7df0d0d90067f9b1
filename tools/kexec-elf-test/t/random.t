#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: check all
# packages: libfdt-dev zlib1g-dev
# 100,000 random files on random machines; a failure prints the command that repeats it

exec "$(dirname "$0")/../host.sh" random
