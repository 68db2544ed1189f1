/* SPDX-License-Identifier: MIT */
/* See the header. A table in order of appearance: some dozens of calls. */
#include "tests/unit/sites.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { SITES_MAX = 512 };

extern const char __ehdr_start[]; /* where the program was loaded to, by the linker */

static struct {
        const char *address;
        unsigned int taken;
        unsigned int ways;
} sites[SITES_MAX];
static unsigned int site_count;

void sites_note(const void *address, unsigned int way, unsigned int ways)
{
        unsigned int index = 0;

        while (index < site_count && sites[index].address != address)
                index++;
        if (index == SITES_MAX)
                abort();
        site_count += index == site_count;
        sites[index].address = address;
        sites[index].taken |= 1u << way;
        sites[index].ways = ways;
}

void sites_write(void)
{
        const char *path = getenv("SITES");
        FILE *file = path != NULL ? fopen(path, "w") : NULL;

        if (file == NULL)
                return;
        for (unsigned int i = 0; i < site_count; i++)
                fprintf(file, "%llx %x %u\n",
                        (unsigned long long)((uintptr_t)sites[i].address - (uintptr_t)__ehdr_start),
                        sites[i].taken, sites[i].ways);
        fclose(file);
}
