#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: check all@EACH
# packages: libfdt-dev zlib1g-dev
# Named cases for the kexec_file path, compiled for the host with sanitizers

exec "$(dirname "$0")/../host.sh" cases
