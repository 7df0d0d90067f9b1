#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""report.py VMLINUX VMCORE: print the state that drgn reads in a dump"""

import os
import sys
import tempfile

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)),
                             "..", "..", "kernel-gdb"))
from vmcore import Refused, open_dump  # noqa: E402 (the path comes first)


def main():
    from drgn.helpers.linux.cpumask import for_each_present_cpu
    from drgn.helpers.linux.percpu import per_cpu
    from drgn.helpers.linux.printk import get_dmesg

    with tempfile.TemporaryDirectory(prefix="report.") as directory:
        prog, release = open_dump(sys.argv[1], sys.argv[2], directory)
        print("release:", release)
        print("host name:", prog["init_uts_ns"].name.nodename.string_().decode())
        for line in get_dmesg(prog).decode().splitlines():
            if "Kernel panic" in line:
                print("panic:", line.split("] ", 1)[1])
        for cpu in for_each_present_cpu(prog):      # Those that were stopped are offline.
            task = per_cpu(prog["runqueues"], cpu).curr
            print(f"CPU {cpu}, task {task.pid.value_()}, {task.comm.string_().decode()}"
                  f"{', which has crashed' if cpu == prog['panic_cpu'].counter else ''}:")
            print(prog.stack_trace(task))


try:
    main()
except ImportError:
    sys.exit("report: drgn is missing: apt-get install python3-drgn")
except Refused as e:
    sys.exit(f"report: {e}")
