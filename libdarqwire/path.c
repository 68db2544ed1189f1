/* SPDX-License-Identifier: MIT */
/*
 * Where in a payload a walk or a build is.
 *
 * Only pointers and numbers are kept while all goes well; text is made of them once something is wrong.
 */
#include "libdarqwire/path.h"

#include <assert.h>
#include <stdio.h>

void darq_path_enter(struct darq_path *self, const struct darq_schema_member *member, size_t index)
{
        assert(self->depth < DARQ_PATH_MAX);
        self->steps[self->depth++] = (struct darq_step){member, index};
}

void darq_path_leave(struct darq_path *self)
{
        assert(self->depth > 0);
        self->depth--;
}

struct darq_event darq_path_event(const struct darq_path *self, enum darq_event_kind kind,
                                  const struct darq_schema_type *type)
{
        const struct darq_step *step = self->depth != 0 ? &self->steps[self->depth - 1] : NULL;

        return (struct darq_event){
                .kind = kind,
                .depth = self->depth,
                .type = type,
                .member = step != NULL ? step->member : NULL,
                .index = step != NULL ? step->index : 0,
        };
}

void darq_path_print(const struct darq_path *self, char *text, size_t room)
{
        size_t size = 0;

        text[0] = '\0';
        for (unsigned int i = 0; i < self->depth && size < room; i++) {
                const struct darq_step *step = &self->steps[i];
                int more;

                if (step->member != NULL)
                        more = snprintf(text + size, room - size, "%s%.*s", size != 0 ? "." : "",
                                        (int)step->member->name.size, step->member->name.data);
                else
                        more = snprintf(text + size, room - size, "[%zu]", step->index);
                size += more > 0 ? (size_t)more : 0;
        }
}
