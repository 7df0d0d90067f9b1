// SPDX-License-Identifier: GPL-2.0
/*
 * A TCG plugin for qemu-system-aarch64 10.0: the instructions of a function of the kernel and of all that
 * it calls, by call chain.
 *
 *   map=FILE        System.map of the kernel, which runs where it is linked (no KASLR)
 *   function=NAME   count from its first instruction to its return,
 *   until=ADDRESS   or until that instruction is reached, if this is given
 *   out=FILE        a line "NAME;NAME;NAME N" for each chain, as flamegraph.pl reads them. It is
 *                   written anew each time that the function ends, and FILE.bytes with how many
 *                   bytes were loaded and stored.
 *
 * The plugin counts one CPU. Instructions are counted by blocks of them: if an exception cuts a block off, those
 * after it are counted twice. Other tasks, while the function waits, do not count.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../kexec-cache-check/qemu-plugin.h"
#include "../../kexec-cache-check/symbols.h"

#define EXPORT	__attribute__((visibility("default")))

EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

static const char *function, *out;
static uint64_t until;
static bool done;			/* @until has been reached: another kernel may run */

/* A function, called by the parent's. @symbol is its address. */
struct node {
	uint64_t symbol, insns;
	struct node *parent, *child, *next;
};

/* A call that has not returned: to where it will return, and who has called */
struct frame {
	uint64_t ret;
	struct node *caller;
};

/* Instead of a return address: an exception, which returns by ERET */
#define EXCEPTION	1

#define MAX_DEPTH	512

static struct frame frames[MAX_DEPTH];
static unsigned int depth;
static struct node root, *here;		/* NULL while the function does not run */
static uint64_t away;			/* its task, while another one runs */
static uint64_t loaded, stored;

enum end { OTHER, CALL, RET, ERET };

struct block {
	uint64_t va, end, symbol;
	unsigned int nr_insns;
	enum end ends_with;
	bool vector, begins_function;
};

static const struct block *previous;
static struct qemu_plugin_register *x0, *x1;
static GByteArray *buf;

static void *zeroed(size_t size)
{
	void *p = calloc(1, size);

	if (!p)
		abort();
	return p;
}

static struct node *child_of(struct node *node, uint64_t symbol)
{
	struct node *child;

	for (child = node->child; child; child = child->next)
		if (child->symbol == symbol)
			return child;
	child = zeroed(sizeof(*child));
	*child = (struct node) { .symbol = symbol, .parent = node, .next = node->child };
	node->child = child;
	return child;
}

static void push(uint64_t ret, uint64_t symbol)
{
	if (depth < MAX_DEPTH)
		frames[depth++] = (struct frame) { ret, here };
	here = child_of(here, symbol);
}

/* Go back to the call that returns there, if there is one */
static void pop(uint64_t ret)
{
	unsigned int i;

	for (i = depth; i--;) {
		if (frames[i].ret == ret) {
			here = frames[i].caller;
			depth = i;
			return;
		}
	}
}

/* A jump within a function, back to one of the chain, or to another one, which returns for this one */
static void jump(uint64_t symbol)
{
	struct node *node;

	for (node = here; node != &root; node = node->parent) {
		if (node->symbol == symbol) {
			here = node;
			return;
		}
	}
	here = child_of(here, symbol);
}

static void write_node(FILE *file, const struct node *node, char *chain, size_t len)
{
	char name[NAME_SIZE];

	for (; node; node = node->next) {
		int n;

		if (len + NAME_SIZE > MAX_DEPTH * NAME_SIZE)
			return;
		n = snprintf(chain + len, NAME_SIZE, "%s%s", len ? ";" : "",
			     symbol_of(node->symbol, name));

		if (node->insns)
			fprintf(file, "%s %" PRIu64 "\n", chain, node->insns);
		write_node(file, node->child, chain, len + n);
	}
}

static void free_nodes(struct node *node)
{
	while (node) {
		struct node *next = node->next;

		free_nodes(node->child);
		free(node);
		node = next;
	}
}

static void write_profile(void)
{
	static char chain[MAX_DEPTH * NAME_SIZE], name[4096];
	FILE *file = fopen(out, "w"), *bytes;

	snprintf(name, sizeof(name), "%s.bytes", out);
	bytes = fopen(name, "w");
	if (!file || !bytes) {
		perror(out);
		exit(1);
	}
	write_node(file, root.child, chain, 0);
	fprintf(bytes, "%" PRIu64 " %" PRIu64 "\n", loaded, stored);
	fclose(file);
	fclose(bytes);
	free_nodes(root.child);
	root.child = NULL;
	loaded = stored = 0;
}

static void on_block(unsigned int cpu, void *data)
{
	const struct block *block = data;

	(void)cpu;
	if (away || done)
		return;
	if (!here && block->begins_function && previous) {
		here = &root;
		push(previous->end, block->symbol);
	} else if (here) {
		if (block->vector)
			push(EXCEPTION, block->symbol);
		else if (previous->ends_with == CALL)
			push(previous->end, block->symbol);
		else if (previous->ends_with == RET)
			pop(block->va);
		else if (previous->ends_with == ERET)
			pop(EXCEPTION);
		if (here == &root || block->va == until) {
			here = NULL;
			depth = 0;
			done = block->va == until;
			write_profile();
		} else {
			jump(block->symbol);
		}
	}
	if (here)
		here->insns += block->nr_insns;
	previous = block;
}

static void on_access(unsigned int cpu, qemu_plugin_meminfo_t info, uint64_t va, void *data)
{
	(void)cpu;
	(void)va;
	(void)data;
	if (!here || away)
		return;
	if (qemu_plugin_mem_is_store(info))
		stored += 1 << qemu_plugin_mem_size_shift(info);
	else
		loaded += 1 << qemu_plugin_mem_size_shift(info);
}

/* DC ZVA, which QEMU does not report as an access: 64 bytes of zeros */
static void on_zero(unsigned int cpu, void *data)
{
	(void)cpu;
	(void)data;
	if (here && !away)
		stored += 64;
}

static uint64_t read_register(struct qemu_plugin_register *handle)
{
	uint64_t value = 0;

	g_byte_array_set_size(buf, 0);
	qemu_plugin_read_register(handle, buf);
	memcpy(&value, buf->data, buf->len < 8 ? buf->len : 8);
	return value;
}

/* cpu_switch_to(previous task, next task) */
static void on_switch(unsigned int cpu, void *data)
{
	(void)cpu;
	(void)data;
	if (!here)
		return;
	if (!away)
		away = read_register(x0);
	else if (read_register(x1) == away)
		away = 0;
}

static enum end end_of(uint32_t code)
{
	if ((code & 0xfc000000) == 0x94000000 || (code & 0xfffffc1f) == 0xd63f0000)
		return CALL;
	if ((code & 0xfffffc1f) == 0xd65f0000)
		return RET;
	return code == 0xd69f03e0 ? ERET : OTHER;
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	struct block *block = zeroed(sizeof(*block));
	char name[NAME_SIZE], *plus;
	uint64_t offset = 0;
	uint32_t code = 0;

	(void)id;
	block->va = qemu_plugin_tb_vaddr(tb);
	block->nr_insns = qemu_plugin_tb_n_insns(tb);
	block->end = block->va + 4 * block->nr_insns;
	for (unsigned int i = 0; i < block->nr_insns; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		qemu_plugin_insn_data(insn, &code, 4);
		qemu_plugin_register_vcpu_mem_cb(insn, on_access, QEMU_PLUGIN_CB_NO_REGS,
						 QEMU_PLUGIN_MEM_RW, NULL);
		if ((code & ~31u) == 0xd50b7420)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_zero, QEMU_PLUGIN_CB_NO_REGS, NULL);
	}
	block->ends_with = end_of(code);
	name_of(block->va, name);
	plus = strchr(name, '+');
	if (plus) {
		*plus = 0;
		offset = strtoull(plus + 1, NULL, 0);
	}
	/* All that is outside of the kernel is one */
	block->symbol = plus ? block->va - offset : 0;
	/* An entry of the vectors is more than one block: there is a branch in it */
	block->vector = !strcmp(name, "vectors") && !(offset & 0x7f);
	block->begins_function = !offset && !strcmp(name, function);
	qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, QEMU_PLUGIN_CB_NO_REGS, block);
	if (!offset && !strcmp(name, "cpu_switch_to"))
		qemu_plugin_register_vcpu_tb_exec_cb(tb, on_switch, QEMU_PLUGIN_CB_R_REGS, NULL);
}

static void on_vcpu(qemu_plugin_id_t id, unsigned int cpu)
{
	GArray *array = qemu_plugin_get_registers();
	qemu_plugin_reg_descriptor *regs = (void *)array->data;

	(void)id;
	(void)cpu;
	buf = g_byte_array_new();
	for (unsigned int i = 0; i < array->len; i++) {
		if (!strcmp(regs[i].name, "x0"))
			x0 = regs[i].handle;
		else if (!strcmp(regs[i].name, "x1"))
			x1 = regs[i].handle;
	}
	g_array_free(array, 1);
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
	const char *map = NULL;

	(void)info;
	for (int i = 0; i < argc; i++) {
		char *value = strchr(argv[i], '=');

		value = value ? strdup(value + 1) : NULL;
		if (!strncmp(argv[i], "map=", 4))
			map = value;
		else if (!strncmp(argv[i], "function=", 9))
			function = value;
		else if (!strncmp(argv[i], "out=", 4))
			out = value;
		else if (!strncmp(argv[i], "until=", 6))
			until = strtoull(value, NULL, 16);
	}
	if (!map || !function || !out || !symbols_read(map)) {
		fprintf(stderr, "profile: map=FILE, function=NAME and out=FILE are needed\n");
		return 1;
	}
	qemu_plugin_register_vcpu_init_cb(id, on_vcpu);
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
	return 0;
}
