# SPDX-License-Identifier: GPL-2.0
# The simulator, as a library: the kexec_file path of the patched tree LINUX, compiled for the
# host from where it is, and the machine that it runs on. A Makefile that links it sets LINUX and
# OUT, includes this file, and adds $(simulator) and $(simulator_libs) to what it links.

LINUX ?= $(error name the patched Linux tree: LINUX=DIR)
OUT ?= $(error name a folder for the build: OUT=DIR)

simulator_dir := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))

kernel := arch/arm64/kernel/kexec_elf.c arch/arm64/kernel/kexec_image.c \
	  arch/arm64/kernel/kexec_place.c \
	  arch/arm64/kernel/machine_kexec_file.c drivers/of/kexec.c \
	  kernel/kexec_core.c kernel/kexec_elf.c kernel/kexec_file.c \
	  kernel/module_signature.c
machine := $(notdir $(wildcard $(simulator_dir)/*.c))

simulator := $(OUT)/simulator.a
simulator_libs := -lfdt

config := 64BIT KEXEC_CORE KEXEC_FILE KEXEC_ELF KEXEC_ELF_READ_LOADED \
	  CRASH_DUMP ARCH_KEEP_MEMBLOCK DMA_CMA CONTIG_ALLOC

# A program that verifies no signatures sets this to nothing, and needs no OpenSSL
verify ?= KEXEC_SIG KEXEC_IMAGE_VERIFY_SIG SIGNED_PE_FILE_VERIFICATION KEXEC_ELF_VERIFY_SIG \
	  INTEGRITY_PLATFORM_KEYRING
config += $(verify)
kernel += $(if $(verify),crypto/asymmetric_keys/verify_pefile.c)
machine := $(if $(verify),$(machine),$(filter-out signature.c digest.c,$(machine)))
simulator_libs += $(if $(verify),-lcrypto)

CC := gcc
# The kernel reads fields at any address, aligned or not, as its CPU can.
SANITIZE := -fsanitize=address,undefined -fno-sanitize=alignment \
	    -fno-sanitize-recover=all
CFLAGS := -std=gnu11 -O1 -g -Wall -Wextra -Wno-unused-parameter \
	  -Wno-sign-compare -Wno-pointer-sign -Wno-missing-field-initializers
# Absolute, so that gcov finds them
CPPFLAGS := -D_GNU_SOURCE $(config:%=-DCONFIG_%=1) -I$(OUT)/include \
	    -I$(simulator_dir)/standin -I$(simulator_dir) -I$(LINUX)/crypto/asymmetric_keys

# Headers that are the kernel's own. Each other header that its files include leads to standin.h.
own := arch/arm64/include/asm/boot.h arch/arm64/include/asm/image.h \
       arch/arm64/include/asm/kexec.h include/linux/kexec.h \
       include/linux/asn1.h include/linux/module_signature.h include/linux/pe.h \
       include/linux/purgatory.h include/uapi/linux/kexec.h \
       tools/include/linux/kconfig.h tools/include/linux/list.h \
       tools/include/linux/poison.h
# Since v7.0
own += $(patsubst $(LINUX)/%,%,$(wildcard $(LINUX)/include/uapi/linux/module_signature.h))
# Their names, as they are included
name = $(lastword $(subst include/, ,$(1)))
own_names := $(foreach h,$(own),$(call name,$(h)))
wanted := $(sort $(shell cd $(LINUX) && sed -n 's/^.*include <\(.*\)>/\1/p' \
	  $(kernel) $(own) $(if $(verify),crypto/asymmetric_keys/verify_pefile.h) \
	  kernel/kexec_internal.h arch/arm64/kernel/kexec_place.h))
includes := $(addprefix $(OUT)/include/,$(own_names) \
	    $(filter-out $(own_names),$(wanted)))
simulator_mk := $(simulator_dir)/simulator.mk

define own_header
$(OUT)/include/$(call name,$(1)): $(LINUX)/$(1) $(simulator_mk)
	@mkdir -p $$(@D)
	cp $$< $$@
endef
$(foreach h,$(own),$(eval $(call own_header,$(h))))

$(OUT)/include/%.h: $(simulator_mk)
	@mkdir -p $(@D)
	printf '%s\n' '#if __has_include_next(<$*.h>)' '#include_next <$*.h>' \
		'#endif' '#include "standin.h"' >$@

# What each object depends on
simulator_headers := $(wildcard $(simulator_dir)/*.h $(simulator_dir)/standin/*.h) $(simulator_mk) \
		     $(includes) $(LINUX)/kernel/kexec_internal.h \
		     $(LINUX)/arch/arm64/kernel/kexec_place.h

# COVER is for what fuzzers are to explore. Copying pages is not.
$(OUT)/kernel/kexec_core.o: COVER :=

# fdt64_t is unsigned long here, and unsigned long long in the kernel
$(OUT)/%.o: $(LINUX)/%.c $(simulator_headers)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(SANITIZE) $(COVER) -Wno-unused -Wno-type-limits \
		-Wno-incompatible-pointer-types -c $< -o $@

$(OUT)/simulator/%.o: $(simulator_dir)/%.c $(simulator_headers)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(SANITIZE) -c $< -o $@

$(simulator): $(kernel:%.c=$(OUT)/%.o) $(machine:%.c=$(OUT)/simulator/%.o)
	rm -f $@
	$(AR) rcs $@ $^

.DELETE_ON_ERROR:
.SECONDARY: $(includes)
