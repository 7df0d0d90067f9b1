// SPDX-License-Identifier: GPL-2.0
/*
 * kexec_file_load() on arm64: an Image and a vmlinux are loaded, or refused with
 * the right error. The files are made here, and nothing boots them.
 */

#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/elf.h>
#include <linux/kexec.h>

#include "../kselftest_harness.h"

#define SZ_64K		0x10000		/* PT_LOADs are pages of each size */
#define SZ_2M		0x200000
#define TEXT		0xffff800080000000UL

/* Documentation/arch/arm64/booting.rst, section 4 */
struct image_header {
	__u32 code0;
	__u32 code1;
	__u64 text_offset;
	__u64 image_size;
	__u64 flags;
	__u64 res2[3];
	__u32 magic;
	__u32 res5;
};

struct image {
	struct image_header header;
	char code[4096 - sizeof(struct image_header)];
};

struct vmlinux {
	struct elf64_hdr ehdr;
	struct elf64_phdr text, data;
	char pad[SZ_64K - sizeof(struct elf64_hdr) - 2 * sizeof(struct elf64_phdr)];
	struct image image;
	char bytes[4096];
};

static void make_image(struct image *image)
{
	memset(image, 0, sizeof(*image));
	image->header.code0 = htole32(0x14000010);	/* b: to what follows */
	image->header.image_size = htole64(SZ_2M);
	image->header.magic = htole32(0x644d5241);	/* "ARM\x64" */
}

static void make_vmlinux(struct vmlinux *v)
{
	memset(v, 0, sizeof(*v));
	memcpy(v->ehdr.e_ident, ELFMAG, SELFMAG);
	v->ehdr.e_ident[EI_CLASS] = ELFCLASS64;
	v->ehdr.e_ident[EI_DATA] = ELFDATA2LSB;
	v->ehdr.e_ident[EI_VERSION] = EV_CURRENT;
	v->ehdr.e_type = htole16(ET_EXEC);
	v->ehdr.e_machine = htole16(EM_AARCH64);
	v->ehdr.e_version = htole32(EV_CURRENT);
	v->ehdr.e_entry = htole64(TEXT);
	v->ehdr.e_phoff = htole64(offsetof(struct vmlinux, text));
	v->ehdr.e_ehsize = htole16(sizeof(v->ehdr));
	v->ehdr.e_phentsize = htole16(sizeof(v->text));
	v->ehdr.e_phnum = htole16(2);
	v->text.p_type = htole32(PT_LOAD);
	v->text.p_flags = htole32(PF_R | PF_X);
	v->text.p_offset = htole64(offsetof(struct vmlinux, image));
	v->text.p_vaddr = htole64(TEXT);
	v->text.p_paddr = htole64(TEXT);
	v->text.p_filesz = htole64(sizeof(v->image));
	v->text.p_memsz = htole64(SZ_64K);
	v->data = v->text;
	v->data.p_flags = htole32(PF_R | PF_W);
	v->data.p_offset = htole64(offsetof(struct vmlinux, bytes));
	v->data.p_vaddr = htole64(TEXT + SZ_64K);
	v->data.p_paddr = htole64(TEXT + SZ_64K);
	v->data.p_filesz = htole64(sizeof(v->bytes));
	v->data.p_memsz = htole64(SZ_64K);
	make_image(&v->image);
}

static int load(int fd, unsigned long flags)
{
	return syscall(__NR_kexec_file_load, fd, -1, 1, "",
		       flags | KEXEC_FILE_NO_INITRAMFS) ? errno : 0;
}

static void unload(void)
{
	syscall(__NR_kexec_file_load, -1, -1, 0, NULL, KEXEC_FILE_UNLOAD);
}

/* Load a file with these bytes. Returns 0 or errno. */
static int load_bytes(const void *bytes, size_t size)
{
	char name[] = "/tmp/kexec_file.XXXXXX";
	int fd, ret;

	fd = mkstemp(name);
	if (fd < 0)
		return errno;
	ret = write(fd, bytes, size) == (ssize_t)size ? 0 : EIO;
	/* The kernel takes no file that is open for writing */
	close(fd);
	if (!ret) {
		fd = open(name, O_RDONLY);
		ret = load(fd, 0);
		close(fd);
	}
	unlink(name);
	return ret;
}

static bool is_loaded(void)
{
	char loaded = 0;
	int fd = open("/sys/kernel/kexec_loaded", O_RDONLY);

	if (read(fd, &loaded, 1) != 1)
		loaded = 0;
	close(fd);
	return loaded == '1';
}

static struct vmlinux vmlinux;

/* Why nothing can be tested here, or NULL */
static const char *reason(void)
{
	if (geteuid())
		return "run as root";
	if (load(-1, 0) != EBADF)
		return "no kexec_file_load(), or it is disabled";
	if (is_loaded())
		return "a kernel is loaded, which is left alone: kexec -u";
	make_image(&vmlinux.image);
	switch (load_bytes(&vmlinux.image, sizeof(vmlinux.image))) {
	case EPERM:
	case ENODATA:
	case EKEYREJECTED:
	case EACCES:
		return "the kernel only takes files that are signed";
	}
	unload();
	return NULL;
}

FIXTURE(kexec_file) {
	bool unload;		/* Unless the user has loaded a kernel */
};

FIXTURE_SETUP(kexec_file)
{
	const char *why = reason();

	if (why)
		SKIP(return, "%s", why);
	self->unload = true;
	make_vmlinux(&vmlinux);
}

FIXTURE_TEARDOWN(kexec_file)
{
	if (self->unload)
		unload();
}

TEST_F(kexec_file, image)
{
	EXPECT_EQ(load_bytes(&vmlinux.image, sizeof(vmlinux.image)), 0);
	EXPECT_TRUE(is_loaded());
	unload();
	EXPECT_FALSE(is_loaded());
}

TEST_F(kexec_file, vmlinux)
{
	EXPECT_EQ(load_bytes(&vmlinux, sizeof(vmlinux)), 0);
	EXPECT_TRUE(is_loaded());
	unload();
	EXPECT_FALSE(is_loaded());
}

/* PT_LOADs that share a page become one segment */
TEST_F(kexec_file, vmlinux_shared_page)
{
	vmlinux.text.p_filesz = htole64(sizeof(vmlinux.image) - 8);
	vmlinux.text.p_memsz = vmlinux.text.p_filesz;
	vmlinux.data.p_vaddr = htole64(TEXT + sizeof(vmlinux.image) - 8);
	vmlinux.data.p_paddr = vmlinux.data.p_vaddr;
	EXPECT_EQ(load_bytes(&vmlinux, sizeof(vmlinux)), 0);
}

/* Linkers emit PT_LOADs without memory, and objcopy moves them */
TEST_F(kexec_file, vmlinux_empty_load)
{
	vmlinux.data.p_vaddr = 0;
	vmlinux.data.p_paddr = 0;
	vmlinux.data.p_filesz = 0;
	vmlinux.data.p_memsz = 0;
	EXPECT_EQ(load_bytes(&vmlinux, sizeof(vmlinux)), 0);
}

TEST_F(kexec_file, wrong_arguments)
{
	EXPECT_EQ(load(-1, 0), EBADF);
	EXPECT_EQ(load(-1, 1UL << 31), EINVAL);
}

/* What makes the kernel refuse a vmlinux: one field with another value */
static const struct {
	const char *what;
	void *field;
	size_t size;
	__u64 value;
} refused[] = {
	{ "no ELF file", &vmlinux.ehdr.e_ident[0], 1, 0 },
	{ "32 bits", &vmlinux.ehdr.e_ident[EI_CLASS], 1, ELFCLASS32 },
	{ "another machine", &vmlinux.ehdr.e_machine, 2, EM_X86_64 },
	{ "an object file", &vmlinux.ehdr.e_type, 2, ET_REL },
	{ "no program headers", &vmlinux.ehdr.e_phnum, 2, 0 },
	{ "program headers beyond the end", &vmlinux.ehdr.e_phoff, 8, sizeof(vmlinux) },
	{ "an interpreter", &vmlinux.data.p_type, 4, PT_INTERP },
	{ "a segment beyond the end", &vmlinux.data.p_offset, 8, sizeof(vmlinux) },
	{ "p_filesz above p_memsz", &vmlinux.data.p_memsz, 8, 8 },
	{ "a PT_LOAD below base", &vmlinux.data.p_paddr, 8, TEXT - SZ_64K },
	{ "PT_LOADs that overlap", &vmlinux.data.p_paddr, 8, TEXT + 4096 },
	{ "a PT_LOAD beyond image_size", &vmlinux.data.p_paddr, 8, TEXT + SZ_2M },
	{ "an address that wraps", &vmlinux.data.p_paddr, 8, -4096UL },
	{ "an entry in no PT_LOAD", &vmlinux.ehdr.e_entry, 8, TEXT - 8 },
	{ "no header at the entry", &vmlinux.ehdr.e_entry, 8, TEXT + 8 },
	{ "no magic", &vmlinux.image.header.magic, 4, 0 },
	{ "no branch", &vmlinux.image.header.code0, 4, 0 },
	{ "image_size 0", &vmlinux.image.header.image_size, 8, 0 },
	{ "an image_size that wraps", &vmlinux.image.header.image_size, 8, -1UL },
	{ "another text_offset", &vmlinux.image.header.text_offset, 8, SZ_64K },
	{ "text_offset inside a page", &vmlinux.image.header.text_offset, 8, 8 },
};

TEST_F(kexec_file, refused)
{
	unsigned int i;

	ASSERT_EQ(load_bytes(&vmlinux, sizeof(vmlinux)), 0);
	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		__u64 value = htole64(refused[i].value);

		make_vmlinux(&vmlinux);
		memcpy(refused[i].field, &value, refused[i].size);
		EXPECT_EQ(load_bytes(&vmlinux, sizeof(vmlinux)), ENOEXEC) {
			TH_LOG("%s", refused[i].what);
		}
		/* The kernel that was loaded before is still loaded */
		EXPECT_TRUE(is_loaded());
	}
}

TEST_F(kexec_file, truncated)
{
	ASSERT_EQ(load_bytes(&vmlinux, sizeof(vmlinux)), 0);
	EXPECT_EQ(load_bytes(&vmlinux, 100), ENOEXEC);
	EXPECT_EQ(load_bytes(&vmlinux, sizeof(vmlinux) - 1), ENOEXEC);
	EXPECT_EQ(load_bytes(&vmlinux.image, 32), ENOEXEC);
	EXPECT_TRUE(is_loaded());
}

TEST_HARNESS_MAIN
