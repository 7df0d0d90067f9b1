#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: check all@EACH
# packages: libfdt-dev zlib1g-dev
# The kexec_file path compiled for the host, with sanitizers: named cases. It
# prints TAP itself.

. "$(dirname "$0")/tap.sh"
host_test cases
