/* SPDX-License-Identifier: MIT */
/*
 * Who implements what, from the p-kernel's registry. Nothing of it is kept from one call to the next: manifests come
 * and go.
 */
#include <stdlib.h>
#include <string.h>

#include "kernel.darq.h"

#include "roll.h"

enum { PORT_KERNEL = 1 };

static int copy(struct darq_string *to, struct darq_string from)
{
        char *text = malloc(from.size + 1);

        if (text == NULL)
                return DARQ_E_NO_MEMORY;
        memcpy(text, from.data, from.size);
        text[from.size] = '\0';
        *to = (struct darq_string){text, from.size};
        /* cppcheck-suppress memleak ; it is to's now */
        return 0;
}

static int entry_add(struct roll *self, struct darq_string type, struct darq_string service)
{
        struct type_implementation *entries =
                realloc(self->entries, (self->count + 1) * sizeof *entries);
        struct type_implementation entry = {0};
        int r = entries != NULL ? 0 : DARQ_E_NO_MEMORY;

        if (entries != NULL)
                self->entries = entries;
        if (r == 0)
                r = copy(&entry.type, type);
        if (r == 0)
                r = copy(&entry.service, service);
        if (r != 0) {
                free((char *)entry.type.data);
                return r;
        }
        self->entries[self->count++] = entry;
        return 0;
}

static int by_type(const void *a, const void *b)
{
        const struct type_implementation *left = a;
        const struct type_implementation *right = b;

        return strcmp(left->type.data, right->type.data);
}

int roll_call(struct roll *self, struct darq_session *session)
{
        struct darq_kernel_list_services_request request = {0};
        struct darq_kernel kernel;
        size_t count = 1;
        int r = darq_proxy_at(&kernel.proxy, session, PORT_KERNEL);

        *self = (struct roll){0};
        while (r == 0 && count > 0) {
                const struct darq_kernel_list_services_reply *page;

                r = darq_kernel_list_services(&kernel, &request, &page);
                if (r != 0)
                        break;
                count = page->services.count;
                request.skip += (uint32_t)count;
                for (size_t i = 0; i < count; i++)
                        for (size_t k = 0; r == 0 && k < page->services.data[i].types.count; k++)
                                r = entry_add(self, page->services.data[i].types.data[k],
                                              page->services.data[i].name);
                darq_reply_free(page);
        }
        darq_proxy_close(&kernel.proxy);
        if (self->count > 0)
                qsort(self->entries, self->count, sizeof *self->entries, by_type);
        return r;
}

void roll_clear(struct roll *self)
{
        for (size_t i = 0; i < self->count; i++) {
                free((char *)self->entries[i].type.data);
                free((char *)self->entries[i].service.data);
        }
        free(self->entries);
        *self = (struct roll){0};
}

const struct type_implementation *roll_find(const struct roll *self, struct darq_string type)
{
        for (size_t i = 0; i < self->count; i++)
                if (strcmp(self->entries[i].type.data, type.data) == 0)
                        return &self->entries[i];
        return NULL;
}
