/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stand-in for the headers of kernel/ that are not about memory.
 *
 * Simulated in system.c: the files behind the descriptors, user space's command
 * line, the crash kernel's ELF core headers and vmcoreinfo, the device tree that
 * this kernel was booted with. In signature.c: verify_pkcs7_signature(), and
 * in digest.c SHA-256. In machine.c: lockdown. The rest only compiles: the tests do not call sysfs, sysctl and
 * kernel_kexec() here.
 */
#ifndef STANDIN_SYSTEM_H
#define STANDIN_SYSTEM_H

#include <libfdt.h>

#include "mm.h"

/* linux/syscalls.h: the system call is a function */
#define SYSCALL_DEFINE5(name, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5) \
	long sys_##name(t1 a1, t2 a2, t3 a3, t4 a4, t5 a5); \
	long sys_##name(t1 a1, t2 a2, t3 a3, t4 a4, t5 a5)

/*
 * linux/fs.h, file.h, kernel_read_file.h, uaccess.h, string.h: a descriptor is
 * one of the two files. Other machines may write to them, not other processes.
 */
struct inode {
	mode_t i_mode;
	loff_t i_size;
};

struct file {
	int fd;
	const char *data;
	struct inode inode;
	unsigned int f_mode;
};

#define FMODE_READ		1
#define file_inode(f)		(&(f)->inode)
#define i_size_read(inode)	((inode)->i_size)
struct fd {
	struct file *file;
};

struct fd sim_get_fd(int fd);
#define fd_file(f)		((f).file)
#define fd_empty(f)		(!(f).file)
ssize_t kernel_read_file(struct file *f, loff_t pos, void **buf, size_t buf_size,
			 size_t *file_size, int id);
#define READING_KEXEC_IMAGE	0
#define READING_KEXEC_INITRAMFS	1
ssize_t kernel_read_file_from_fd(int fd, loff_t offset, void **buf,
				 size_t buf_size, size_t *file_size, int id);
void *memdup_user(const void *from, size_t size);
#define copy_from_user(to, from, n)	(memcpy(to, from, n), 0)

/* linux/verification.h, security.h: see signature.c. IMA has no rules. */
struct key;

enum key_being_used_for {
	VERIFYING_MODULE_SIGNATURE,
	VERIFYING_KEXEC_PE_SIGNATURE,
};

#define VERIFY_USE_SECONDARY_KEYRING	((struct key *)1)
#define VERIFY_USE_PLATFORM_KEYRING	((struct key *)2)
int verify_pkcs7_signature(const void *data, size_t len, const void *sig, size_t sig_len,
			   struct key *keys, enum key_being_used_for usage,
			   int (*view_content)(void *ctx, const void *data, size_t len,
					       size_t asn1hdrlen),
			   void *ctx);
int verify_pefile_signature(const void *pebuf, unsigned int pelen, struct key *keys,
			    enum key_being_used_for usage);
#define LOCKDOWN_KEXEC			0
int security_locked_down(int what);
#define ima_appraise_signature(id)	false
#define ima_needs_file(file, id)	false

/* linux/atomic.h, mutex.h, sched.h: there is one thread */
typedef struct {
	int counter;
} atomic_t;

struct mutex {
	int unused;
};

#define ATOMIC_INIT(x)			{ x }
#define atomic_set_release(a, v)	((a)->counter = (v))
#define atomic_try_cmpxchg_acquire(a, old, new) \
	((a)->counter == *(old) ? ((a)->counter = (new), true) : false)
#define atomic_cmpxchg_acquire(a, old, new) \
	((a)->counter == (old) ? ((a)->counter = (new), old) : (a)->counter)
#define __MUTEX_INITIALIZER(x)		{ 0 }
#define DEFINE_MUTEX(x)			struct mutex x
#define mutex_lock(m)			((void)(m))
#define mutex_unlock(m)			((void)(m))
#define fatal_signal_pending(task)	false
#define cond_resched()			do { } while (0)
#define capable(cap)			true

/* linux/ioport.h */
struct resource {
	u64 start, end;
	const char *name;
	unsigned long flags;
	unsigned long desc;
};

#define resource_size(r)		((unsigned long long)(r)->end - (r)->start + 1)
#define IORESOURCE_SYSTEM_RAM		1
#define IORESOURCE_BUSY			2
#define IORESOURCE_SYSRAM_DRIVER_MANAGED	4
/* Not for arm64, which has memblock */
#define walk_iomem_res_desc(...)	abort_int()
#define walk_system_ram_res(...)	abort_int()
#define walk_system_ram_res_rev(...)	abort_int()
static inline int abort_int(void) { abort(); }

/* linux/range.h, crash_reserve.h, crash_core.h, vmcore_info.h */
struct range {
	u64 start, end;
};

struct kimage;
struct crash_mem {
	unsigned int max_nr_ranges, nr_ranges;
	struct range ranges[];
};

extern struct resource crashk_res, crashk_low_res;
extern struct range crashk_cma_ranges[];
#define crashk_cma_cnt			0
typedef u32 note_buf_t[1];
int crash_prepare_headers(int need_kernel_map, void **addr, unsigned long *sz,
			  unsigned long *nr_mem_ranges);
int kimage_crash_copy_vmcoreinfo(struct kimage *image);
static inline int crash_load_dm_crypt_keys(struct kimage *image) { return 0; }
static inline void crash_update_vmcoreinfo_safecopy(void *p) { }
static inline void arch_kexec_protect_crashkres(void) { }
static inline void arch_kexec_unprotect_crashkres(void) { }
static inline int kexec_crash_loaded(void) { return 0; }
static inline ssize_t crash_get_memory_size(void) { return 0; }
static inline int crash_shrink_memory(unsigned long size) { return 0; }

/* linux/random.h, prandom.h */
static inline void get_random_bytes(void *buf, size_t len) { memset(buf, 0, len); }
static inline u64 get_random_u64(void) { return 0; }
#define rng_is_initialized()		true

/* linux/ima.h, kexec_handover.h, security.h: off */
#define ima_kexec_cmdline(fd, buf, size)	do { } while (0)
static inline void ima_add_kexec_buffer(struct kimage *image) { }
#define kho_is_enabled()		false

/* crypto/hash.h: see digest.c */
struct crypto_shash;
struct shash_desc {
	struct crypto_shash *tfm;
};

struct crypto_shash *crypto_alloc_shash(const char *name, u32 type, u32 mask);
void crypto_free_shash(struct crypto_shash *tfm);
int crypto_shash_init(struct shash_desc *desc);
int crypto_shash_update(struct shash_desc *desc, const void *data, unsigned int len);
int crypto_shash_final(struct shash_desc *desc, u8 *digest);
#define crypto_shash_descsize(tfm)	0
#define SHA256_DIGEST_SIZE		32
#define crypto_shash_digestsize(tfm)	((size_t)SHA256_DIGEST_SIZE)

/* crypto/sha2.h: arm64 has no purgatory */
struct sha256_ctx {
	int unused;
};

#define sha256_init(ctx)		((void)(ctx))
#define sha256_update(ctx, p, n)	((void)(ctx))
#define sha256_final(ctx, digest)	((void)(ctx))

/* linux/of.h, of_fdt.h: libfdt is the real one */
extern void *initial_boot_params;
extern phys_addr_t initial_boot_params_pa;
u64 of_read_number(const u32 *cell, int size);
void *of_kexec_alloc_and_setup_fdt(const struct kimage *image,
				   unsigned long initrd_load_addr,
				   unsigned long initrd_len,
				   const char *cmdline, size_t extra_fdt_size);
struct device_node;
#define of_find_node_by_path(path)	((struct device_node *)NULL)
#define of_n_addr_cells(node)		2
#define of_n_size_cells(node)		2
#define of_node_put(node)		do { } while (0)

/* linux/sysfs.h, sysctl.h, reboot.h, ...: for code that is not called */
struct kobject;
struct kobj_attribute;
struct attribute {
	const char *name;
};

struct kobj_attribute {
	struct attribute attr;
	ssize_t (*show)(struct kobject *k, struct kobj_attribute *a, char *buf);
	ssize_t (*store)(struct kobject *k, struct kobj_attribute *a,
			 const char *buf, size_t count);
};

struct attribute_group {
	struct attribute **attrs;
};

#define __ATTR_RO(n)			{ .attr = { #n }, .show = n##_show }
#define __ATTR_RW(n)			{ .attr = { #n }, .show = n##_show, .store = n##_store }
#define ATTRIBUTE_GROUPS(n) \
	static const struct attribute_group n##_group = { .attrs = n##_attrs }; \
	static const struct attribute_group *n##_groups[] = { &n##_group, NULL }
#define sysfs_emit(buf, ...)		((void)(buf), 0)
#define sysfs_emit_at(buf, at, ...)	((void)(buf), 0)
#define kernel_kobj			((struct kobject *)NULL)
#define kobject_create_and_add(n, k)	((struct kobject *)NULL)
#define kobject_put(k)			do { } while (0)
#define sysfs_create_groups(k, groups)	((void)(groups), 0)
#define compat_only_sysfs_link_entry_to_kobj(...)	0
#define kstrtoul(buf, base, res)	(*(res) = 0)
#define liveupdate_reboot()		0
#define kernel_restart_prepare(cmd)	do { } while (0)
#define migrate_to_reboot_cpu()		do { } while (0)
#define syscore_shutdown()		do { } while (0)
#define cpu_hotplug_enable()		do { } while (0)
#define machine_shutdown()		do { } while (0)
#define kmsg_dump(reason)		do { } while (0)

#endif
