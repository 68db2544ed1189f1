/* SPDX-License-Identifier: MIT */
/*
 * What conforms to what: names and edges, no messages.
 *
 * A type's parents are those that were declared, in their order, and then what stands before the last dot of its name.
 * Its ancestry is found breadth first, each type once. Declarations that would lead back to the type itself are
 * refused, so the graph has no cycles; a dotted name always leads to a shorter one.
 */
#include <stdlib.h>
#include <string.h>

#include "graph.h"

bool graph_name_valid(struct darq_string name)
{
        const struct darq_object object = {.type = name, .id = DARQ_STR("any")};

        return darq_object_valid(&object);
}

static bool same(struct darq_string a, struct darq_string b)
{
        return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

/* Where the name stands, or would. */
static size_t place_of(const struct graph *self, struct darq_string name)
{
        size_t low = 0;
        size_t high = self->count;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (strcmp(self->kinds[middle]->name, name.data) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static struct kind *find(const struct graph *self, struct darq_string name)
{
        char text[GRAPH_NAME_MAX + 1];
        size_t place;

        if (name.size > GRAPH_NAME_MAX)
                return NULL;
        memcpy(text, name.data, name.size);
        text[name.size] = '\0';
        place = place_of(self, (struct darq_string){text, name.size});
        if (place == self->count || strcmp(self->kinds[place]->name, text) != 0)
                return NULL;
        return self->kinds[place];
}

const struct kind *graph_find(const struct graph *self, struct darq_string name)
{
        return find(self, name);
}

/* Ancestry */

bool ancestry_has(const struct ancestry *self, struct darq_string name)
{
        for (size_t i = 0; i < self->count; i++)
                if (same(self->names[i], name))
                        return true;
        return false;
}

static bool ancestry_add(struct ancestry *self, struct darq_string name)
{
        if (ancestry_has(self, name))
                return true;
        if (self->count == sizeof self->names / sizeof self->names[0])
                return false;
        self->names[self->count++] = name;
        return true;
}

/* "text.plain" of "text.plain.utf8"; empty when there is no dot. */
static struct darq_string before_dot(struct darq_string name)
{
        while (name.size > 0 && name.data[--name.size] != '.')
                ;
        return name;
}

static bool parents_add(const struct graph *graph, struct ancestry *self, struct darq_string name)
{
        const struct kind *kind = graph_find(graph, name);
        struct darq_string shorter = before_dot(name);

        for (size_t i = 0; kind != NULL && i < kind->parent_count; i++)
                if (!ancestry_add(self, kind->parents[i]))
                        return false;
        return shorter.size == 0 || ancestry_add(self, shorter);
}

int graph_ancestry(const struct graph *self, struct darq_string name, struct ancestry *ancestry)
{
        ancestry->names[0] = name;
        ancestry->count = 1;
        for (size_t i = 0; i < ancestry->count; i++)
                if (!parents_add(self, ancestry, ancestry->names[i]))
                        return TYPE_ERROR_TOO_MANY;
        return 0;
}

/* Declaring */

int graph_check(const struct graph *self, struct darq_string name,
                const struct type_declaration *declaration)
{
        struct ancestry ancestry;

        if (!graph_name_valid(name))
                return TYPE_ERROR_BAD_NAME;
        for (size_t i = 0; i < declaration->conforms_to.count; i++) {
                struct darq_string parent = declaration->conforms_to.data[i];

                if (!graph_name_valid(parent))
                        return TYPE_ERROR_BAD_NAME;
                if (graph_ancestry(self, parent, &ancestry) != 0)
                        return TYPE_ERROR_TOO_MANY;
                if (ancestry_has(&ancestry, name))
                        return TYPE_ERROR_CYCLE;
        }
        return find(self, name) == NULL && self->count == TYPE_MAX_TYPES ? TYPE_ERROR_TOO_MANY : 0;
}

static void text_keep(char *room, size_t size, struct darq_string text)
{
        if (text.size >= size)
                text.size = size - 1;
        if (text.size != 0)
                memcpy(room, text.data, text.size);
        room[text.size] = '\0';
}

static void kind_fill(struct kind *self, struct darq_string name,
                      const struct type_declaration *declaration)
{
        text_keep(self->name, sizeof self->name, name);
        text_keep(self->description, sizeof self->description, declaration->description);
        self->parent_count = declaration->conforms_to.count;
        for (size_t i = 0; i < self->parent_count; i++) {
                text_keep(self->texts[i], sizeof self->texts[i], declaration->conforms_to.data[i]);
                self->parents[i] = darq_string_of(self->texts[i]);
        }
}

static bool room_make(struct graph *self)
{
        size_t room = self->room != 0 ? 2 * self->room : 16;
        struct kind **kinds;

        if (self->count < self->room)
                return true;
        kinds = realloc(self->kinds, room * sizeof(struct kind *));
        if (kinds == NULL)
                return false;
        self->kinds = kinds;
        self->room = room;
        return true;
}

int graph_put(struct graph *self, struct darq_string name,
              const struct type_declaration *declaration)
{
        struct kind *kind = find(self, name);
        size_t place;

        if (kind != NULL) {
                kind_fill(kind, name, declaration);
                return 0;
        }
        kind = room_make(self) ? calloc(1, sizeof *kind) : NULL;
        if (kind == NULL)
                return DARQ_E_NO_MEMORY;
        kind_fill(kind, name, declaration);
        place = place_of(self, darq_string_of(kind->name));
        memmove(self->kinds + place + 1, self->kinds + place,
                (self->count - place) * sizeof(struct kind *));
        self->kinds[place] = kind;
        self->count++;
        return 0;
}

void graph_remove(struct graph *self, struct darq_string name)
{
        struct kind *kind = find(self, name);
        size_t place;

        if (kind == NULL)
                return;
        place = place_of(self, darq_string_of(kind->name));
        self->count--;
        memmove(self->kinds + place, self->kinds + place + 1,
                (self->count - place) * sizeof(struct kind *));
        free(kind);
}

void graph_clear(struct graph *self)
{
        for (size_t i = 0; i < self->count; i++)
                free(self->kinds[i]);
        free(self->kinds);
        *self = (struct graph){0};
}
