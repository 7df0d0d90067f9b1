# SPDX-License-Identifier: GPL-2.0
"""Kernels, disks, machines and guests as values, for the tests: see ../README.md"""
