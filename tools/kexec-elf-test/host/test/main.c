// SPDX-License-Identifier: GPL-2.0
/* The loaders on the host: all cases, as TAP */

#include <stdio.h>

#include "cases.h"

int main(void)
{
	/* If ASan ends the program, the output so far is not lost */
	setvbuf(stdout, NULL, _IOLBF, 0);
	machine_init(1UL << 40);
	reset();
	test_accept();
	test_image();
	test_in_place();
	test_read();
	test_refuse();
	test_signed();
	test_forged();
	printf("1..%u\n", nr_tests);
	return nr_failed != 0;
}
