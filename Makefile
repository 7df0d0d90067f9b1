# SPDX-License-Identifier: GPL-2.0
# The front door. Each target is a script with its own --help.

test := tools/kexec-elf-test

# Variables for the scripts, to which an empty one is none
export LINUX_VERSION VMLINUX INITRD APPEND MEM SMP CPU TIMEOUT CRASHKERNEL DUMP DISTRO JSON SVG CASES ROUNDS

help:
	@echo "kexec for arm64 vmlinux"
	@echo
	@echo "  make demo           build all that is needed, boot a vmlinux with kexec -s in QEMU, and show it"
	@echo "                      [VMLINUX=FILE] [INITRD=FILE] [APPEND=\"...\"] [MEM=2G] [SMP=2] [CPU=max]"
	@echo "                      [LINUX_VERSION=7.3|7.2|6.12|6.1: the Linux that loads it]"
	@echo "  make demo-crash     crash a kernel, capture it with a vmlinux, and read the dump with gdb and drgn"
	@echo "                      [VMLINUX=FILE] [CRASHKERNEL=128M] [APPEND=nokaslr] [DUMP=DIR] [MEM=1G] [SMP=2]"
	@echo "  make check          host, style, apply, series, QEMU on Linux 7.3, and a chain through all versions"
	@echo "                      [TESTS=\"host boot\"] [LINUX_VERSION=7.3|7.2|6.12|6.1]"
	@echo "  make check-all      all of that on every Linux, every way of building it, UEFI, Debian's kernels"
	@echo "  make check-crash    all about crash kernels, on Linux 7.x and 6.12"
	@echo "  make check-distro   boot the vmlinux files of Debian's kernels (downloads some 4 GB)"
	@echo "                      [DISTRO=\"cloud-7 rt-6.12 ...\"]"
	@echo "  make check-signed   all about signatures, lockdown and IMA, on Linux 7.x and 6.12"
	@echo "  make bench          what loading costs, counted in QEMU: Image, vmlinux, kexec_load(2), Debian's kernel"
	@echo "                      [JSON=FILE] [SVG=FILE] [CASES=\"image vmlinux ...\"]"
	@echo "  make kexec-elf-plan  a command that tells where a kernel would go, and why not [OUT=DIR]"
	@echo "  make check-random   random files on random machines, in user space [SEED=...] [N=100000]"
	@echo "  make fuzz           look for files that break something, in user space"
	@echo "                      [TIME=600] [FORMAT=vmlinux|Image] [ENGINE=libfuzzer|afl]"
	@echo "  make fuzz-regress   what the fuzzers have found, once more"
	@echo "  make coverage       which lines of the loaders these reach"
	@echo "  make apply LINUX=DIR    lay the project over a Linux tree; make unapply LINUX=DIR undoes it"
	@echo "  make series LINUX=DIR [TOPIC=fixes] [OUT=DIR]  write the series that one would mail, a folder each"
	@echo "  make series KEXEC_TOOLS=DIR [OUT=DIR]   the same for kexec-tools"
	@echo "  make clean          remove what was downloaded and built"
	@echo
	@echo "Sources and builds are in the XDG cache folder: 9 GB, and 20 GB after check-all."

demo:
	@$(test)/demo.sh

demo-crash:
	@$(test)/demo-crash.sh

check:
	@$(test)/check.sh $(TESTS)

check-crash:
	@$(test)/check.sh --crash

check-all:
	@$(test)/check.sh --all

check-distro:
	@$(test)/check.sh distro

check-signed:
	@$(test)/check.sh --signed

bench:
	@$(test)/bench.sh

kexec-elf-plan:
	@$(test)/host.sh build-plan $(if $(OUT),"$(OUT)")

check-random:
	@$(test)/host.sh random $(SEED:%=--seed %) $(N:%=--cases %)

fuzz:
	@$(test)/host.sh fuzz $(TIME:%=--time %) $(ENGINE:%=--engine %) $(FORMAT)

fuzz-regress:
	@$(test)/host.sh regress

coverage:
	@$(test)/host.sh coverage

apply:
	@scripts/apply.sh "$(LINUX)"

unapply:
	@scripts/apply.sh --undo "$(LINUX)"

series:
ifdef KEXEC_TOOLS
	@scripts/series.sh --kexec-tools "$(KEXEC_TOOLS)" "$(OUT)"
else
	@scripts/series.sh $(TOPIC:%=--topic %) "$(LINUX)" "$(OUT)"
endif

clean:
	rm -rf "$${XDG_CACHE_HOME:-$$HOME/.cache}/kexec-vmlinux"

.PHONY: help demo demo-crash check check-crash check-all check-distro check-signed bench kexec-elf-plan check-random fuzz fuzz-regress \
	coverage apply unapply series clean
