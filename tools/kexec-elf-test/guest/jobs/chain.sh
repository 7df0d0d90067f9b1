# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
# Load k1, from there k2, and so on
chain
