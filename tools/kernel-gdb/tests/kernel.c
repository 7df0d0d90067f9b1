// SPDX-License-Identifier: GPL-2.0
/*
 * A kernel with one module, as modules.py sees it in memory. MODULE is the name of the module, NAME
 * the name of a section.
 */

struct list_head {
	struct list_head *next, *prev;
};

struct attribute {
	const char *name;
};

struct section_attribute {
	struct attribute attr;
	void *private;
};

struct attribute_group {
	struct section_attribute **bin_attrs;
};

struct module_sect_attrs {
	struct attribute_group grp;
};

struct module {
	int state;
	struct list_head list;
	char name[56];
	struct module_sect_attrs *sect_attrs;
};

static struct {
	unsigned int name_size, size, type;
	char name[4];
	unsigned char id[20];
} note = { 4, 20, 3, "GNU", { 0xaa, 1, 2, 3 } };

static struct section_attribute attrs[] = {
	{ { ".note.gnu.build-id" }, &note },
	{ { ".text" }, &note },
	{ { NAME }, &note },
};

static struct section_attribute *list[] = { &attrs[0], &attrs[1], &attrs[2], 0 };
static struct module_sect_attrs sections = { { list } };

static struct module evil;
struct list_head modules = { &evil.list, &evil.list };
static struct module evil = { 0, { &modules, &modules }, MODULE, &sections };

int main(void)
{
	return 0;
}
