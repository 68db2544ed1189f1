/* SPDX-License-Identifier: MIT */
/*
 * Values of more than one word: a command line, a list of types, a list of principals. There is no shell behind it: no
 * variables, no globs, no redirection.
 */
#include "pkernel/starter/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char words_no_memory[] = "memory is short";

static bool is_blank(char c)
{
        return c == ' ' || c == '\t';
}

/* One word, from *at on, unquoted into a copy; *at is behind it then. */
static char *word_take(const char **at, const char **fault)
{
        char *word = malloc(strlen(*at) + 1);
        const char *from = *at;
        bool quoted = false;
        size_t size = 0;

        *fault = word == NULL ? words_no_memory : NULL;
        while (word != NULL && *from != '\0' && (quoted || !is_blank(*from))) {
                if (*from == '"') {
                        quoted = !quoted;
                        from++;
                        continue;
                }
                if (quoted && *from == '\\' && (from[1] == '"' || from[1] == '\\'))
                        from++;
                word[size++] = *from++;
        }
        if (word != NULL && quoted)
                *fault = "a quote is not closed";
        if (*fault != NULL) {
                free(word);
                return NULL;
        }
        word[size] = '\0';
        *at = from;
        return word;
}

static bool word_list_add(struct word_list *self, char *word)
{
        char **words = realloc(self->words, (self->count + 2) * sizeof *words);

        if (words == NULL) {
                free(word);
                return false;
        }
        self->words = words;
        self->words[self->count++] = word;
        self->words[self->count] = NULL;
        return true;
}

const char *word_list_split(struct word_list *self, const char *value, size_t max)
{
        const char *fault = NULL;

        *self = (struct word_list){0, NULL};
        while (is_blank(*value))
                value++;
        while (*value != '\0' && fault == NULL) {
                char *word = self->count < max ? word_take(&value, &fault) : NULL;

                if (fault == NULL && word == NULL)
                        fault = "too many words";
                else if (fault == NULL && !word_list_add(self, word))
                        fault = words_no_memory;
                while (is_blank(*value))
                        value++;
        }
        if (fault != NULL)
                word_list_free(self);
        return fault;
}

void word_list_free(struct word_list *self)
{
        for (size_t i = 0; i < self->count; i++)
                free(self->words[i]);
        free(self->words);
        *self = (struct word_list){0, NULL};
}

bool word_list_expandable(const struct word_list *self)
{
        for (size_t i = 0; i < self->count; i++)
                for (const char *at = strchr(self->words[i], '%'); at != NULL;
                     at = strchr(at + 2, '%'))
                        if (at[1] != 'S' && at[1] != '%')
                                return false;
        return true;
}

static char *word_expand(const char *word, const char *state)
{
        char *text = NULL;
        size_t size;
        FILE *file = open_memstream(&text, &size);

        if (file == NULL)
                return NULL;
        for (; *word != '\0'; word++) {
                if (*word != '%') {
                        fputc(*word, file);
                        continue;
                }
                word++;
                fputs(*word == 'S' ? state : "%", file);
        }
        if (fclose(file) == 0)
                return text;
        free(text);
        return NULL;
}

bool word_list_expand(struct word_list *self, const struct word_list *from, const char *state)
{
        *self = (struct word_list){0, NULL};
        for (size_t i = 0; i < from->count; i++) {
                char *word = word_expand(from->words[i], state);

                if (word == NULL || !word_list_add(self, word)) {
                        word_list_free(self);
                        return false;
                }
        }
        return true;
}
