// SPDX-License-Identifier: GPL-2.0
/* The plan for programs. Addresses and sizes are numbers, in bytes. */

#include "plan.h"

static void string(const char *s, FILE *out)
{
	fputc('"', out);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			fprintf(out, "\\%c", *s);
		else if ((unsigned char)*s < ' ')
			fprintf(out, "\\u%04x", *s);
		else
			fputc(*s, out);
	}
	fputc('"', out);
}

static void named(const char *name, const char *value, FILE *out)
{
	fprintf(out, ", \"%s\": ", name);
	if (value && *value)
		string(value, out);
	else
		fprintf(out, "null");
}

static void regions(const char *name, const struct plan_region *r, unsigned int n, FILE *out)
{
	fprintf(out, ",\n  \"%s\": [", name);
	for (unsigned int i = 0; i < n; i++) {
		fprintf(out, "%s\n    { \"start\": %lu, \"size\": %lu", i ? "," : "",
			r[i].start, r[i].size);
		named("kind", plan_kind_name(r[i].kind), out);
		named("name", r[i].name, out);
		fprintf(out, " }");
	}
	fprintf(out, "\n  ]");
}

void plan_json(const struct plan *p, FILE *out)
{
	const struct plan_kernel *k = &p->kernel;

	fprintf(out, "{\n  \"kernel\": { \"format\": %s", !k->known ? "null" :
		k->elf ? "\"vmlinux\"" : "\"Image\"");
	named("file", k->name, out);
	named("release", k->release, out);
	named("build_id", k->build_id, out);
	fprintf(out, ", \"big_endian\": %s, \"page_size\": %u, \"text_offset\": %lu, \"image_size\": %lu",
		k->big_endian ? "true" : "false", k->page_kib << 10, k->text_offset,
		k->image_size);
	fprintf(out, ",\n    \"loads\": [");
	for (unsigned int i = 0; i < k->nr_loads; i++)
		fprintf(out, "%s\n      { \"offset\": %lu, \"filesz\": %lu, \"memsz\": %lu, \"flags\": \"%s\" }",
			i ? "," : "", k->loads[i].offset, k->loads[i].filesz,
			k->loads[i].memsz, k->loads[i].flags);
	fprintf(out, "] },\n  \"accepted\": %s, \"errno\": %d", p->error ? "false" : "true", p->error);
	named("said", p->said, out);
	named("cure", p->cure, out);
	if (!p->error) {
		fprintf(out, ",\n  \"base\": %lu, \"span\": %lu, \"entry\": %lu, \"crash\": %s, \"in_place\": %s",
			p->base, p->span, p->entry, p->crash ? "true" : "false",
			p->in_place ? "true" : "false");
		fprintf(out, ",\n  \"bytes_read\": %lu, \"pages\": %lu, \"page_size\": %u, \"bytes_copied\": %lu",
			p->bytes_read, p->pages, p->page_size, p->bytes_copied);
		regions("regions", p->regions, p->nr_regions, out);
	}
	regions("ram", p->ram, p->nr_ram, out);
	fprintf(out, "\n}\n");
}
