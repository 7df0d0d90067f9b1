/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stand-in for asm/{cpufeature,insn,elf}.h. Simulated in machine.c: the features that the CPU
 * supports. system.c stands in for arch/arm64/kernel/machine_kexec.c.
 */
#ifndef STANDIN_ARM64_H
#define STANDIN_ARM64_H

#include "base.h"

bool system_supports_4kb_granule(void);
bool system_supports_16kb_granule(void);
bool system_supports_64kb_granule(void);
bool system_supports_mixed_endian(void);

#define aarch64_insn_is_b(x)	(((x) & 0xfc000000) == 0x14000000)

/* linux/elf.h and asm/elf.h of arm64 */
#define elfhdr			elf64_hdr
#define elf_phdr		elf64_phdr
#define elf_shdr		elf64_shdr
#define ELF_CLASS		ELFCLASS64
#define ELF_DATA		ELFDATA2LSB
#define elf_check_arch(x)	((x)->e_machine == EM_AARCH64)
#define Elf_Ehdr		Elf64_Ehdr
#define Elf_Shdr		Elf64_Shdr
#define Elf_Sym			Elf64_Sym

struct pt_regs {
	u64 regs[34];
};

#endif
