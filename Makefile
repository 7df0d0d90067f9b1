# SPDX-License-Identifier: GPL-2.0
# The front door. Each target is a script with a --help of its own.

test := tools/kexec-elf-test

# Settings, which the scripts read in the environment. An empty one counts as none.
export ATTACH DEBIAN LINUX_VERSION KERNEL VMLINUX INITRD APPEND MEM SMP CPU TIMEOUT CRASHKERNEL DUMP DISTRO JSON SVG CASES ROUNDS PROFILE KEXEC_TOOLS KERNEL_CONFIG OUT

help:
	@echo "kexec for arm64 vmlinux"
	@echo
	@echo "  make demo           boot a vmlinux with kexec -s in QEMU, and show where it is"
	@echo "                      [VMLINUX=FILE] [INITRD=FILE] [APPEND=\"...\"] [MEM=2G] [SMP=2] [CPU=max]"
	@echo "                      [LINUX_VERSION=7.3|7.2|6.12: the Linux that loads it]"
	@echo "  make demo-crash     crash a kernel, capture it with a vmlinux, and read the dump with gdb and drgn"
	@echo "                      [VMLINUX=FILE] [CRASHKERNEL=128M] [APPEND=nokaslr] [DUMP=DIR] [MEM=1G] [SMP=2]"
	@echo "  make demo-debug     attach gdb to a kernel that kexec has booted from its vmlinux, under KASLR"
	@echo "                      [ATTACH=1: leave gdb to you] [VMLINUX=FILE] [APPEND=nokaslr] [MEM=1G] [SMP=2] [CPU=max]"
	@echo "  make demo-debian    a Debian machine: install the packages, set kdump up, boot a vmlinux, crash, read the dump"
	@echo "                      [KERNEL=debian: with the kernel of Debian] [DUMP=DIR] [MEM=1G] [SMP=2] [CPU=max]"
	@echo "  make deb            make Debian packages: kexec-tools, and the commands of the project"
	@echo "                      [PACKAGES=linux: a kernel with the loader] [KERNEL_CONFIG=FILE] [DEBIAN=12] [OUT=DIR]"
	@echo "                      [LINUX_VERSION=7.3|7.2]"
	@echo "  make check          run the tests in user space and in QEMU [TESTS=\"host boot\"]"
	@echo "                      [PYTEST=\"-x -k chain\": options of pytest]"
	@echo "                      [SUITE=all|caches|cost|crash|debian|debug|distro|faults|hops|proof|readers|signed] [LINUX_VERSION=7.3|7.2|6.12]"
	@echo "                      [KEXEC_TOOLS=DIR: its main branch, beside Debian's releases]"
	@echo "  make bench          count what loading costs, in QEMU: Image, vmlinux, kexec_load(2), Debian's kernel"
	@echo "                      [CASES=\"image vmlinux ...\"] [JSON=FILE] [SVG=FILE] [ROUNDS=3]"
	@echo "                      [PROFILE=1: a flame graph of each] [LINUX_VERSION=7.3|7.3-16k-secure|7.3-64k]"
	@echo "  make fuzz           look for files that break something, in user space"
	@echo "                      [TIME=600] [FORMAT=vmlinux|Image|signed|forged|changing|kexec-tools]"
	@echo "                      [ENGINE=libfuzzer|fast|afl]"
	@echo "  make kexec-elf-plan build a command that shows where a kernel would go, or why not [OUT=DIR]"
	@echo "  make apply LINUX=DIR|KEXEC_TOOLS=DIR   lay the project over a source tree"
	@echo "  make unapply LINUX=DIR|KEXEC_TOOLS=DIR undo that"
	@echo "  make series LINUX=DIR|KEXEC_TOOLS=DIR  write the series that one would mail, a folder each"
	@echo "                      [TOPIC=loader] [OUT=DIR]"
	@echo "  make clean          remove what was downloaded and built"
	@echo
	@echo "Sources and builds are in the XDG cache folder: 9 GB, and 20 GB after SUITE=all."

demo:
	@$(test)/demo/demo.sh

demo-crash:
	@$(test)/demo/demo-crash.sh

demo-debug:
	@$(test)/demo/demo-debug.sh

demo-debian:
	@$(test)/demo/demo-debian.sh

deb:
	@packaging/deb.sh $(PACKAGES)

check:
	@$(test)/check.sh $(SUITE:%=--suite %) $(TESTS) $(if $(PYTEST),-- $(PYTEST))

bench:
	@$(test)/bench/bench.sh

fuzz:
	@$(test)/host.sh fuzz $(TIME:%=--time %) $(ENGINE:%=--engine %) $(FORMAT)

kexec-elf-plan:
	@$(test)/host.sh build-plan $(if $(OUT),"$$OUT")

# KEXEC_TOOLS can be in the environment, so LINUX comes first. Names can have any characters: the
# shell reads them from the environment.
apply unapply series: export SOURCE := $(or $(LINUX),$(KEXEC_TOOLS))

apply:
	@scripts/apply.sh "$$SOURCE"

unapply:
	@scripts/apply.sh --undo "$$SOURCE"

series:
	@scripts/series.sh $(TOPIC:%=--topic %) "$$SOURCE" "$$OUT"

clean:
	rm -rf "$${XDG_CACHE_HOME:-$$HOME/.cache}/kexec-vmlinux"

.PHONY: help demo demo-crash demo-debug demo-debian deb check bench fuzz kexec-elf-plan apply unapply series clean
