# SPDX-License-Identifier: GPL-2.0
# The front door. Each target is a script with its own --help.

test := tools/kexec-elf-test

# Variables for make demo: only those that were given
export VMLINUX INITRD APPEND MEM SMP CPU TIMEOUT

help:
	@echo "kexec for arm64 vmlinux"
	@echo
	@echo "  make demo           build all that is needed, boot a vmlinux with kexec -s in QEMU, and show it"
	@echo "                      [VMLINUX=FILE] [INITRD=FILE] [APPEND=\"...\"] [MEM=2G] [SMP=2] [CPU=max]"
	@echo "  make check          all tests: host, style, apply, QEMU; TAP [TESTS=\"host boot\"]"
	@echo "  make check-distro   boot the vmlinux of Debian's cloud kernel (downloads some 300 MB)"
	@echo "  make apply LINUX=DIR    lay the project over a Linux tree; make unapply LINUX=DIR undoes it"
	@echo "  make clean          remove what was downloaded and built"
	@echo
	@echo "Sources and builds are in the XDG cache folder, some 5 GB."

demo:
	@$(test)/demo.sh

check:
	@$(test)/check.sh $(TESTS)

check-distro:
	@$(test)/check.sh distro

apply:
	@scripts/apply.sh "$(LINUX)"

unapply:
	@scripts/apply.sh --undo "$(LINUX)"

clean:
	rm -rf "$${XDG_CACHE_HOME:-$$HOME/.cache}/kexec-vmlinux"

.PHONY: help demo check check-distro apply unapply clean
