/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stand-in for the kernel's headers, so that its files compile for the host
 * unchanged. The Makefile redirects each header that they include to this file,
 * except for a few that it takes from the tree.
 */
#ifndef STANDIN_H
#define STANDIN_H

#include "base.h"
#include "mm.h"
#include "arm64.h"
#include "system.h"
#include "older.h"

/* uapi/linux/kexec.h has another struct kexec_segment for user space */
#define __KERNEL__

#endif
