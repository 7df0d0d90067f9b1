/* SPDX-License-Identifier: GPL-2.0 */
/* Before each file of kexec-tools: its reports go to /dev/null, not between a fuzzer's lines */
#ifndef QUIET_H
#define QUIET_H

#include <stdio.h>

#include "fuzz.h"

extern FILE *quiet;
#undef stderr
#define stderr quiet

#endif
