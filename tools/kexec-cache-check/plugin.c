// SPDX-License-Identifier: GPL-2.0
/*
 * A TCG plugin for qemu-system-aarch64: reports the accesses of the CPUs to the model (model.h).
 * README.md lists the violations. Options come from kexec-cache-check, which starts
 * QEMU with it.
 *
 * One thread runs all CPUs (-accel tcg,thread=single), so no lock is needed.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "qemu-plugin.h"
#include "symbols.h"

#define MAX_CPUS		8
#define PAGE		4096

/* Of the header of an Image: offsets, and "ARM\x64" */
#define IMAGE_SIZE	16
#define IMAGE_MAGIC	56
#define MAGIC		0x644d5241

/* Bits of SCTLR_ELx: MMU and data cache */
#define SCTLR_M		1
#define SCTLR_C		4

/* The symbols that QEMU looks for; all else is hidden */
#define EXPORT	__attribute__((visibility("default")))

EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

static uint64_t ram_start = 0x40000000, ram_size = 1ull << 30;
static bool check_loads;
static const char *ignore_dc;	/* "copied" or a function: DC there has no effect */
static FILE *log_file;

static struct cpu {
	struct qemu_plugin_register *x[31], *cpsr, *sctlr[3];
	GByteArray *buf;
	unsigned int el;
	bool seen, off;			/* has run low code; the MMU or the cache is off */
	uint64_t unfinished;		/* the DC that no DSB has followed, or 0 */
	uint64_t loads, stores;		/* with the MMU off */
} cpus[MAX_CPUS];

static uint64_t nr_dc;
/* Addresses without a translation, see translate() */
static uint64_t lost_dc, lost_zva, lost_mops;

static uint64_t read_register(struct cpu *cpu, struct qemu_plugin_register *handle)
{
	uint64_t value = 0;

	if (!handle)
		return 0;
	g_byte_array_set_size(cpu->buf, 0);
	qemu_plugin_read_register(handle, cpu->buf);
	memcpy(&value, cpu->buf->data, cpu->buf->len < 8 ? cpu->buf->len : 8);
	return value;
}

static bool in_ram(uint64_t pa)
{
	return pa - ram_start < ram_size;
}

/* Memory at an address that is mapped one to one, or read with the MMU off */
static uint64_t read_low(GByteArray *buf, uint64_t pa, unsigned int size)
{
	uint64_t value = 0;

	g_byte_array_set_size(buf, 0);
	if (qemu_plugin_read_memory_vaddr(pa, buf, size))
		memcpy(&value, buf->data, size);
	return value;
}

/*
 * Version 4 of the API does not translate addresses. Those of DC and of FEAT_MOPS
 * are in the image of the kernel, in the linear map, whose offset a store to it
 * shows, or mapped one to one. Others are counted.
 */
static uint64_t linear_offset;
static unsigned int linear_of;		/* the kernel whose it is */

static bool is_linear(uint64_t va)
{
	return va >> 63 && va < 0xffff800000000000;
}

static bool translate(uint64_t va, uint64_t *pa)
{
	if (in_ram(va))
		*pa = va;
	else if (is_linear(va) && linear_of == kernel_nr() && linear_of)
		*pa = va + linear_offset;
	else
		return kernel_translate(va, pa);
	return true;
}

/* The physical address of an access through the MMU; false if it is not to RAM */
static bool physical(qemu_plugin_meminfo_t info, uint64_t va, uint64_t *pa)
{
	struct qemu_plugin_hwaddr *hwaddr = qemu_plugin_get_hwaddr(info, va);

	if (!hwaddr || qemu_plugin_hwaddr_is_io(hwaddr))
		return false;
	*pa = qemu_plugin_hwaddr_phys_addr(hwaddr);
	if (linear_of != kernel_nr() && is_linear(va)) {
		linear_offset = *pa - va;
		linear_of = kernel_nr();
	}
	return in_ram(*pa);
}

static void on_access(unsigned int nr, qemu_plugin_meminfo_t info, uint64_t va, void *pc)
{
	unsigned int size = 1u << qemu_plugin_mem_size_shift(info);
	uint64_t pa;

	if (!physical(info, va, &pa))
		return;
	if (qemu_plugin_mem_is_store(info))
		model_store(pa, size, (uintptr_t)pc);
	else if (check_loads)
		model_load(nr, pa, size, (uintptr_t)pc);
}

/* By an instruction at a low address, where the MMU may be off */
static void on_low_access(unsigned int nr, qemu_plugin_meminfo_t info, uint64_t va, void *pc)
{
	unsigned int size = 1u << qemu_plugin_mem_size_shift(info);
	struct cpu *cpu = &cpus[nr];

	if (!cpu->off) {
		on_access(nr, info, va, pc);
	} else if (qemu_plugin_mem_is_store(info)) {
		cpu->stores++;
		model_store_uncached(nr, va, size, (uintptr_t)pc);
	} else {
		cpu->loads++;
		model_load_uncached(nr, va, size, (uintptr_t)pc);
	}
}

/* A kernel is entered: see booting.rst, "Call the kernel image" */
static void on_entry(struct cpu *cpu, uint64_t base)
{
	uint64_t size = read_low(cpu->buf, base + IMAGE_SIZE, 8);
	uint64_t dtb = read_register(cpu, cpu->x[0]);

	kernel_entered(base, size);
	model_next_kernel();
	fprintf(log_file, "kernel %u: entered at %#" PRIx64 ", image_size %#" PRIx64 ", EL%u; before, with the MMU off: %" PRIu64 " loads, %" PRIu64 " stores\n",
		kernel_nr(), base, size, cpu->el, cpu->loads, cpu->stores);
	model_dirty("the kernel", base, size);
	if (in_ram(dtb))
		model_dirty("the device tree", dtb, __builtin_bswap32(read_low(cpu->buf, dtb + 4, 4)));
	cpu->loads = cpu->stores = 0;
	fflush(log_file);
}

/* Code at a low address: firmware, kexec, and the beginning of a kernel */
struct block {
	uint64_t va, size;
	bool has_magic;
};

static void on_low_block(unsigned int nr, void *data)
{
	const struct block *block = data;
	struct cpu *cpu = &cpus[nr];
	bool was_off = cpu->off, was_seen = cpu->seen;

	cpu->el = read_register(cpu, cpu->cpsr) >> 2 & 3;
	/* User space has low addresses, and the MMU on */
	cpu->off = (cpu->el == 1 || cpu->el == 2) &&
		   (~read_register(cpu, cpu->sctlr[cpu->el]) & (SCTLR_M | SCTLR_C));
	cpu->seen = true;
	if (was_off && !cpu->off) {
		fprintf(log_file, "kernel %u: CPU %u turns the MMU on, after %" PRIu64 " loads, %" PRIu64 " stores\n",
			kernel_nr(), nr, cpu->loads, cpu->stores);
		cpu->loads = cpu->stores = 0;
	}
	if (!cpu->off)
		return;
	if (was_seen && !was_off && cpu->unfinished)
		model_violation(nr, "MMU off after a DC without a DSB", block->va, cpu->unfinished);
	if (block->has_magic && (!kernel_nr() || kernel_runs()))
		on_entry(cpu, block->va);
	model_fetch_uncached(nr, block->va, block->size, block->va);
}

struct insn {
	uint64_t pc;
	uint32_t code;
};

/* Is the DC to have no effect, for a test that must fail? */
static bool is_ignored(struct cpu *cpu, uint64_t pc, uint64_t pa)
{
	char name[NAME_SIZE];

	if (!ignore_dc)
		return false;
	/* The relocation code of kexec runs at a low address, with the MMU on */
	if (!strcmp(ignore_dc, "copied"))
		return in_ram(pc) && !cpu->off && model_stored_by_low_code(pa);
	return !strcmp(symbol_of(pc, name), ignore_dc) ||
	       !strcmp(symbol_of(read_register(cpu, cpu->x[30]), name), ignore_dc);
}

/* SYS #op1, C7, Cm, #op2: DC in Arm ARM C5.3 */
#define OP1(code)	((code) >> 16 & 7)
#define CRM(code)	((code) >> 8 & 15)
#define OP2(code)	((code) >> 5 & 7)

static void on_dc(unsigned int nr, void *data)
{
	const struct insn *insn = data;
	struct cpu *cpu = &cpus[nr];
	unsigned int op1 = OP1(insn->code), crm = CRM(insn->code), rt = insn->code & 31;
	bool zero = op1 == 3 && crm == 4;
	uint64_t pa;

	nr_dc++;
	if (!op1 && OP2(insn->code) == 2) {
		model_violation(nr, "cache maintenance by set and way", 0, insn->pc);
		return;
	}
	if (!translate(rt == 31 ? 0 : read_register(cpu, cpu->x[rt]), &pa)) {
		if (!zero)
			lost_dc++;
		else if (insn->pc >> 63)
			lost_zva++;
		return;
	}
	pa &= -LINE_SIZE;
	if (zero) {
		model_store(pa, LINE_SIZE, insn->pc);
		return;
	}
	if (crm == 11 || is_ignored(cpu, insn->pc, pa))	/* CVAU is not to the PoC */
		return;
	cpu->unfinished = insn->pc;
	if (crm == 6)
		model_invalidate(nr, pa, insn->pc);
	else if (crm == 14)
		model_clean_invalidate(pa);
	else
		model_clean(pa);
}

static void on_dsb(unsigned int nr, void *data)
{
	(void)data;
	cpus[nr].unfinished = 0;
}

/*
 * CPY* and SET* of FEAT_MOPS: QEMU does not report their stores. The bytes that remain to be
 * stored is at Xd for Xn > 0, and ends there for Xn < 0.
 */
static void on_mops(unsigned int nr, void *data)
{
	const struct insn *insn = data;
	struct cpu *cpu = &cpus[nr];
	uint64_t to = read_register(cpu, cpu->x[insn->code & 31]), pa;
	int64_t left = read_register(cpu, cpu->x[insn->code >> 5 & 31]);

	if (left < 0) {
		to += left;
		left = -left;
	}
	while (left > 0) {
		uint64_t part = PAGE - to % PAGE;

		if (part > (uint64_t)left)
			part = left;
		if (translate(to, &pa))
			model_store(pa, part, insn->pc);
		else if (to >> 63)
			lost_mops++;
		to += part;
		left -= part;
	}
}

/* The callback that an instruction needs beside the one for its accesses, or NULL */
static qemu_plugin_vcpu_cb callback_of(uint32_t code)
{
	if ((code & 0xfff8f000) == 0xd5087000) {
		unsigned int op1 = OP1(code), crm = CRM(code), op2 = OP2(code);

		/* Not IC, AT, nor the ones of prediction */
		if (op1 == 3 && (op2 == 1 || op2 == 5) && crm != 5 && crm != 8)
			return on_dc;
		if (!op1 && (crm == 6 || (op2 == 2 && (crm == 10 || crm == 14))))
			return on_dc;
	}
	/* DSB of at least the inner shareable domain that waits for stores, as for DC */
	if ((code & 0xfffff0ff) == 0xd503309f && (CRM(code) & 2) && CRM(code) >> 2 != 1)
		return on_dsb;
	if ((code & 0xfb200c00) == 0x19000400)
		return on_mops;
	return NULL;
}

static void *copy_of(const void *from, size_t size)
{
	void *p = malloc(size);

	if (!p)
		abort();
	return memcpy(p, from, size);
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	static char *host;	/* where RAM is in QEMU's memory */
	size_t nr = qemu_plugin_tb_n_insns(tb);
	uint64_t va = qemu_plugin_tb_vaddr(tb), pa;
	bool low = in_ram(va);
	char *haddr = qemu_plugin_insn_haddr(qemu_plugin_tb_get_insn(tb, 0));

	(void)id;
	if (low && !host)	/* The boot code of QEMU, with the MMU off */
		host = haddr - (va - ram_start);
	pa = haddr - host + ram_start;
	if (low) {
		struct block block = { va, nr * 4, false };

		if (va % PAGE == 0)
			block.has_magic = read_low(cpus[0].buf, va + IMAGE_MAGIC, 4) == MAGIC;
		qemu_plugin_register_vcpu_tb_exec_cb(tb, on_low_block, QEMU_PLUGIN_CB_R_REGS,
						     copy_of(&block, sizeof(block)));
	} else if (va >> 63 && kernel_nr() && !kernel_runs() && kernel_has(pa)) {
		kernel_runs_at(va, pa);
	}
	for (size_t i = 0; i < nr; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		struct insn info = { qemu_plugin_insn_vaddr(insn), 0 };
		void *pc = (void *)(uintptr_t)info.pc;
		qemu_plugin_vcpu_cb cb;

		qemu_plugin_insn_data(insn, &info.code, 4);
		cb = callback_of(info.code);
		if (cb)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, cb, QEMU_PLUGIN_CB_R_REGS,
							       copy_of(&info, sizeof(info)));
		qemu_plugin_register_vcpu_mem_cb(insn, low ? on_low_access : on_access,
						 QEMU_PLUGIN_CB_NO_REGS,
						 low || check_loads ? QEMU_PLUGIN_MEM_RW : QEMU_PLUGIN_MEM_W,
						 pc);
	}
}

static void on_vcpu(qemu_plugin_id_t id, unsigned int nr)
{
	GArray *array = qemu_plugin_get_registers();
	qemu_plugin_reg_descriptor *regs = (void *)array->data;
	struct cpu *cpu = &cpus[nr];
	unsigned int i, x;
	char more;

	(void)id;
	if (nr >= MAX_CPUS) {
		fprintf(stderr, "kexec-cache-check: more than %u CPUs\n", MAX_CPUS);
		exit(1);
	}
	cpu->buf = g_byte_array_new();
	for (i = 0; i < array->len; i++) {
		const char *name = regs[i].name;

		if (sscanf(name, "x%u%c", &x, &more) == 1 && x < 31)
			cpu->x[x] = regs[i].handle;
		else if (!strcmp(name, "cpsr"))
			cpu->cpsr = regs[i].handle;
		else if (!strcmp(name, "SCTLR_EL1") || !strcmp(name, "SCTLR"))
			cpu->sctlr[1] = regs[i].handle;
		else if (!strcmp(name, "SCTLR_EL2"))
			cpu->sctlr[2] = regs[i].handle;
	}
	g_array_free(array, 1);
	if (!cpu->x[0] || !cpu->cpsr || !cpu->sctlr[1]) {
		fprintf(stderr, "kexec-cache-check: this QEMU does not show its registers: use 10.0\n");
		exit(1);
	}
}

static void on_exit_of_qemu(qemu_plugin_id_t id, void *data)
{
	unsigned int nr = model_summary();

	(void)id;
	(void)data;
	fprintf(log_file, "end: %u kernels, %" PRIu64 " DC, %u sorts of violations; not translated: %" PRIu64 " DC, %" PRIu64 " DC ZVA, %" PRIu64 " pages of MOPS\n",
		kernel_nr(), nr_dc, nr, lost_dc, lost_zva, lost_mops);
	fclose(log_file);
}

static bool set_option(const char *option)
{
	const char *value = strchr(option, '=');
	size_t length = value ? value++ - option : 0;

	if (!value)
		return false;
	if (!strncmp(option, "start", length))
		ram_start = strtoull(value, NULL, 0);
	else if (!strncmp(option, "size", length))
		ram_size = strtoull(value, NULL, 0);
	else if (!strncmp(option, "loads", length))
		check_loads = atoi(value);
	else if (!strncmp(option, "ignore-dc", length))
		ignore_dc = strdup(value);
	else if (!strncmp(option, "log", length))
		log_file = fopen(value, "w");
	else if (!strncmp(option, "map", length))
		return symbols_read(value);
	else
		return false;
	return log_file;
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
	int i;

	(void)info;
	log_file = stderr;
	for (i = 0; i < argc; i++)
		if (!set_option(argv[i])) {
			fprintf(stderr, "kexec-cache-check: %s: no such option, or no such file\n",
				argv[i]);
			return 1;
		}
	model_init(ram_start, ram_size, log_file);
	qemu_plugin_register_vcpu_init_cb(id, on_vcpu);
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
	qemu_plugin_register_atexit_cb(id, on_exit_of_qemu, NULL);
	return 0;
}
