/* SPDX-License-Identifier: MIT */
/*
 * Names: their casing, their words, and the nearest of several.
 *
 * Distance is that of Damerau and Levenshtein in its restricted form (optimal string alignment): a letter too many, too
 * few, other, or two swapped count one each. Case counts nothing, as it is what people get wrong.
 */
#include "darqidl/name.h"

#include <ctype.h>
#include <string.h>

#include "darqidl/region.h"

enum { NEAREST_MAX = 64 }; /* longer words have no near ones */

static bool is_upper(char c)
{
        return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
        return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

/* One word of a package, or a member: small letters, digits, single underscores inside. */
static bool snake_fits(const char *name, size_t size, bool (*letter)(char))
{
        if (size == 0 || !letter(name[0]))
                return false;
        for (size_t i = 1; i < size; i++) {
                if (name[i] == '_' && (i + 1 == size || name[i - 1] == '_'))
                        return false;
                if (name[i] != '_' && !letter(name[i]) && !is_digit(name[i]))
                        return false;
        }
        return true;
}

static bool package_fits(const char *name)
{
        for (;;) {
                size_t size = strcspn(name, ".");

                if (!snake_fits(name, size, is_lower))
                        return false;
                if (name[size] == 0)
                        return true;
                name += size + 1;
        }
}

static bool camel_fits(const char *name)
{
        return is_upper(name[0]) && strchr(name, '_') == NULL;
}

bool casing_fits(enum casing casing, const char *name)
{
        switch (casing) {
        case CASING_PACKAGE:
                return package_fits(name);
        case CASING_TYPE:
                return camel_fits(name);
        case CASING_CONSTANT:
                return snake_fits(name, strlen(name), is_upper);
        case CASING_MEMBER:
                break;
        }
        return snake_fits(name, strlen(name), is_lower);
}

const char *casing_name(enum casing casing)
{
        static const char *const names[] = {
                [CASING_PACKAGE] = "lower.case",
                [CASING_TYPE] = "UpperCamel",
                [CASING_CONSTANT] = "UPPER_SNAKE",
                [CASING_MEMBER] = "lower_snake",
        };

        return names[casing];
}

/* Whether a word begins at name[i], by capitals. */
static bool word_begins(const char *name, size_t i)
{
        if (i == 0 || !is_upper(name[i]) || name[i - 1] == '_')
                return false;
        return is_lower(name[i - 1]) || is_digit(name[i - 1]) || is_lower(name[i + 1]);
}

static char *words_make(struct region *region, const char *name)
{
        char *words = region_alloc(region, 2 * strlen(name) + 1);
        size_t used = 0;

        for (size_t i = 0; name[i] != 0; i++) {
                if (word_begins(name, i))
                        words[used++] = '_';
                words[used++] = (char)tolower((unsigned char)name[i]);
        }
        return words;
}

const char *name_words(struct region *region, const char *name)
{
        return words_make(region, name);
}

/* Underscores: none at the ends, none twice. */
static void underscores_tidy(char *words)
{
        size_t used = 0;

        for (size_t i = 0; words[i] != 0; i++)
                if (words[i] != '_' || (used != 0 && words[used - 1] != '_'))
                        words[used++] = words[i];
        while (used != 0 && words[used - 1] == '_')
                used--;
        words[used] = 0;
}

static void camel_make(char *words)
{
        bool begins = true;
        size_t used = 0;

        for (size_t i = 0; words[i] != 0; i++) {
                if (words[i] == '_') {
                        begins = true;
                        continue;
                }
                words[used++] = begins ? (char)toupper((unsigned char)words[i]) : words[i];
                begins = false;
        }
        words[used] = 0;
}

const char *casing_mend(struct region *region, enum casing casing, const char *name)
{
        char *words = words_make(region, name);

        underscores_tidy(words);
        if (casing == CASING_TYPE)
                camel_make(words);
        if (casing == CASING_CONSTANT)
                for (char *c = words; *c != 0; c++)
                        *c = (char)toupper((unsigned char)*c);
        return words;
}

static unsigned int smaller(unsigned int a, unsigned int b)
{
        return a < b ? a : b;
}

static unsigned int distance(const char *a, size_t a_size, const char *b, size_t b_size)
{
        unsigned int rows[3][NEAREST_MAX + 1];
        unsigned int *before = rows[0];
        unsigned int *last = rows[1];
        unsigned int *now = rows[2];

        for (size_t j = 0; j <= b_size; j++)
                last[j] = (unsigned int)j;
        for (size_t i = 1; i <= a_size; i++) {
                unsigned int *spare = before;

                now[0] = (unsigned int)i;
                for (size_t j = 1; j <= b_size; j++) {
                        unsigned int differs = tolower((unsigned char)a[i - 1]) !=
                                               tolower((unsigned char)b[j - 1]);

                        now[j] = smaller(smaller(last[j] + 1, now[j - 1] + 1),
                                         last[j - 1] + differs);
                        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                                now[j] = smaller(now[j], before[j - 2] + 1);
                }
                before = last;
                last = now;
                now = spare;
        }
        return last[b_size];
}

struct nearest nearest_to(const char *word, size_t *budget)
{
        return (struct nearest){
                .word = word,
                .size = strlen(word),
                .distance = (unsigned int)strlen(word) / 3 + 1,
                .budget = budget,
        };
}

void nearest_try(struct nearest *self, const char *candidate)
{
        size_t size;
        size_t apart;
        unsigned int found;

        if (*self->budget == 0 || candidate == NULL)
                return;
        size = strlen(candidate);
        apart = size > self->size ? size - self->size : self->size - size;
        if (size > NEAREST_MAX || self->size > NEAREST_MAX || apart > self->distance)
                return;
        --*self->budget;
        found = distance(self->word, self->size, candidate, size);
        if (found > self->distance || (self->best != NULL && found == self->distance) ||
            found >= size)
                return;
        self->best = candidate;
        self->distance = found;
}
