/* SPDX-License-Identifier: MIT */
/*
 * Manifests: text that anybody may have written, into what a service is.
 *
 * Keys stand in a table, each with the function that judges its value; a value that isn't understood refuses the whole file,
 * and so does a key that is unknown or comes twice: a manifest that is half obeyed would be worse than none.
 */
#include "pkernel/starter/manifest.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libdarqwire/utf8.h"
#include "pkernel/starter/words.h"

enum {
        START_TIMEOUT_MS = 10000,
        RESTART_COUNT = 5,
        RESTART_WINDOW_MS = 10000,
        DURATION_MAX_MS = 3600000,
        PORT_MIN = 2,
        USER_MAX = 64
};

/* NULL, or what is wrong: static text. The value is not empty. */
typedef const char *value_function(struct manifest *self, const char *value);

/* Letters, digits, and the given ones; not empty, not longer than max. */
static bool is_word_of(const char *text, const char *others, size_t max)
{
        size_t size = strlen(text);

        return size != 0 && size <= max && spelling_consists_of(text, size, others);
}

static bool number_take(const char **text, uint64_t max, uint64_t *number)
{
        *number = 0;
        if (**text < '0' || **text > '9')
                return false;
        for (; **text >= '0' && **text <= '9'; (*text)++) {
                *number = *number * 10 + (uint64_t)(**text - '0');
                if (*number > max)
                        return false;
        }
        return true;
}

/* "10s", "500ms", "2m"; bare numbers are seconds, as in systemd.time(7). */
static bool duration_read(const char *text, uint32_t *duration_ms)
{
        uint64_t unit_ms = 1000;
        uint64_t number;

        if (!number_take(&text, DURATION_MAX_MS, &number))
                return false;
        if (strcmp(text, "ms") == 0)
                unit_ms = 1;
        else if (strcmp(text, "m") == 0 || strcmp(text, "min") == 0)
                unit_ms = 60000;
        else if (strcmp(text, "s") != 0 && text[0] != '\0')
                return false;
        if (number == 0 || number * unit_ms > DURATION_MAX_MS)
                return false;
        *duration_ms = (uint32_t)(number * unit_ms);
        return true;
}

/* Keys */

static const char *name_read(struct manifest *self, const char *value)
{
        if (!spelling_is_service(value, strlen(value)))
                return "expected " SPELLING_SERVICE;
        self->name = strdup(value);
        return self->name != NULL ? NULL : words_no_memory;
}

static const char *port_read(struct manifest *self, const char *value)
{
        if (!number_take(&value, UINT32_MAX, &self->port) || *value != '\0' ||
            self->port < PORT_MIN)
                return "expected a number from 2 to 4294967295";
        return NULL;
}

static const char *exec_read(struct manifest *self, const char *value)
{
        const char *fault = word_list_split(&self->exec, value, MANIFEST_WORDS_MAX);

        if (fault != NULL)
                return fault;
        if (self->exec.count == 0 || self->exec.words[0][0] != '/')
                return "expected the full path of a program";
        return word_list_expandable(&self->exec) ? NULL
                                                 : "expected S or % behind each percent sign";
}

static const char *user_read(struct manifest *self, const char *value)
{
        if (strlen(value) > USER_MAX || strpbrk(value, " \t:/") != NULL)
                return "expected a user's name or number";
        self->user = strdup(value);
        return self->user != NULL ? NULL : words_no_memory;
}

static const char *activate_read(struct manifest *self, const char *value)
{
        static const char *const names[] = {
                [DARQ_STARTER_ACTIVATION_ON_DEMAND] = "on-demand",
                [DARQ_STARTER_ACTIVATION_AT_START] = "at-start",
                [DARQ_STARTER_ACTIVATION_NEVER] = "never",
        };

        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
                if (strcmp(value, names[i]) == 0) {
                        self->activation = (enum darq_starter_activation)i;
                        return NULL;
                }
        return "expected on-demand, at-start or never";
}

static bool listed(const struct word_list *list, size_t before, const char *word)
{
        for (size_t i = 0; i < before; i++)
                if (strcmp(list->words[i], word) == 0)
                        return true;
        return false;
}

static const char *types_read(struct manifest *self, const char *value)
{
        const char *fault = word_list_split(&self->types, value, MANIFEST_LIST_MAX);

        for (size_t i = 0; i < self->types.count && fault == NULL; i++)
                if (!is_word_of(self->types.words[i], ".-", MANIFEST_TYPE_MAX))
                        fault = "expected types, of a-z, 0-9, '.' and '-', up to 128 long";
                else if (listed(&self->types, i, self->types.words[i]))
                        fault = "a type stands there twice";
        return fault;
}

static bool is_principal(const char *text)
{
        static const char *const kinds[] = {"uid:", "service:", "location:"};

        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
                const char *rest = text + strlen(kinds[i]);
                uint64_t number;

                if (strncmp(text, kinds[i], strlen(kinds[i])) != 0)
                        continue;
                if (i == 0)
                        return number_take(&rest, UINT32_MAX - 1, &number) && *rest == '\0';
                return is_word_of(rest, "._-*/", MANIFEST_PRINCIPAL_MAX - 16);
        }
        return false;
}

/* "any" is everybody of this location; others are named beside it. */
static bool any_and_locations(const struct word_list *list)
{
        for (size_t i = 1; i < list->count; i++)
                if (strncmp(list->words[i], "location:", strlen("location:")) != 0)
                        return false;
        return list->count > 1 && strcmp(list->words[0], "any") == 0;
}

static const char *allow_read(struct manifest *self, const char *value)
{
        const char *fault = word_list_split(&self->allow, value, MANIFEST_LIST_MAX);

        if (fault == NULL && self->allow.count == 1 && strcmp(self->allow.words[0], "any") == 0) {
                word_list_free(&self->allow);
                return NULL;
        }
        for (size_t i = 0; i < self->allow.count && fault == NULL; i++)
                if (!is_principal(self->allow.words[i]) &&
                    !(i == 0 && any_and_locations(&self->allow)))
                        fault = "expected any, or a list of uid:N, service:NAME and location:NAME";
        return fault;
}

static const char *locations_read(struct manifest *self, const char *value)
{
        const char *fault = word_list_split(&self->locations, value, MANIFEST_LIST_MAX);

        if (fault == NULL && self->locations.count == 1 &&
            strcmp(self->locations.words[0], "*") == 0)
                return NULL;
        for (size_t i = 0; i < self->locations.count && fault == NULL; i++)
                if (!spelling_is_location(self->locations.words[i],
                                          strlen(self->locations.words[i])))
                        fault = "expected locations, of a-z, 0-9 and '-', up to 63 long, or *";
        return fault;
}

static const char *start_timeout_read(struct manifest *self, const char *value)
{
        return duration_read(value, &self->start_timeout_ms)
                       ? NULL
                       : "expected a time from 1ms to 1 hour: 10s, 500ms, 2m";
}

static const char *restart_read(struct manifest *self, const char *value)
{
        uint64_t count;

        if (!number_take(&value, 1000, &count) || count == 0 || *value != '/' ||
            !duration_read(value + 1, &self->restart_window_ms))
                return "expected starts per time: 5/10s";
        self->restart_count = (uint32_t)count;
        return NULL;
}

static const struct {
        const char *key;
        value_function *read;
} keys[] = {
        {"Name", name_read},         {"Port", port_read},
        {"Exec", exec_read},         {"User", user_read},
        {"Activate", activate_read}, {"Types", types_read},
        {"Allow", allow_read},       {"StartTimeout", start_timeout_read},
        {"Restart", restart_read},   {"Locations", locations_read},
};

enum { KEY_COUNT = sizeof keys / sizeof *keys };

/* Lines */

struct parse {
        struct manifest *manifest;
        struct manifest_fault *fault;
        unsigned int line;
        bool in_section;
        bool failed;
        bool seen[KEY_COUNT];
};

__attribute__((format(printf, 2, 3))) static void refuse(struct parse *self, const char *format,
                                                         ...)
{
        va_list words;

        if (self->failed)
                return;
        self->failed = true;
        *self->fault = (struct manifest_fault){.line = self->line};
        va_start(words, format);
        vsnprintf(self->fault->text, sizeof self->fault->text, format, words);
        va_end(words);
}

static void refuse_no_memory(struct parse *self)
{
        refuse(self, "%s", words_no_memory);
        self->fault->no_memory = true;
}

/* Cuts blanks and a comment off the end, and blanks off the beginning. */
static char *trim(char *text)
{
        char *comment = text;
        size_t size;

        while ((comment = strchr(comment, '#')) != NULL) {
                if (comment == text || comment[-1] == ' ' || comment[-1] == '\t') {
                        *comment = '\0';
                        break;
                }
                comment++;
        }
        text += strspn(text, " \t");
        size = strlen(text);
        while (size != 0 && (text[size - 1] == ' ' || text[size - 1] == '\t'))
                text[--size] = '\0';
        return text;
}

static void value_take(struct parse *self, const char *key, const char *value)
{
        for (size_t i = 0; i < KEY_COUNT; i++) {
                const char *fault;

                if (strcmp(key, keys[i].key) != 0)
                        continue;
                if (self->seen[i]) {
                        refuse(self, "%s stands there twice", key);
                        return;
                }
                self->seen[i] = true;
                fault = value[0] != '\0' ? keys[i].read(self->manifest, value) : "it has no value";
                if (fault == words_no_memory)
                        refuse_no_memory(self);
                else if (fault != NULL)
                        refuse(self, "%s: %s", key, fault);
                return;
        }
        refuse(self, "'%.40s' is not a key of a manifest", key);
}

static void line_take(struct parse *self, char *line)
{
        char *text = trim(line);
        char *equals = strchr(text, '=');

        if (text[0] == '\0' || text[0] == ';')
                return;
        if (text[0] == '[') {
                if (self->in_section || strcmp(text, "[Service]") != 0)
                        refuse(self, "expected one section, [Service]");
                self->in_section = true;
        } else if (!self->in_section) {
                refuse(self, "expected [Service] first");
        } else if (equals == NULL) {
                refuse(self, "expected Key=Value");
        } else {
                *equals = '\0';
                value_take(self, trim(text), trim(equals + 1));
        }
}

/* What only the whole can tell. */
static void whole_check(struct parse *self)
{
        const struct manifest *manifest = self->manifest;
        bool started = manifest->activation != DARQ_STARTER_ACTIVATION_NEVER;

        self->line = 0;
        if (manifest->name == NULL)
                refuse(self, "expected a Name");
        else if (started && manifest->exec.count == 0)
                refuse(self, "expected an Exec, or Activate=never");
        else if (!started && manifest->exec.count != 0)
                refuse(self, "Exec is for what is started, and Activate=never says that it isn't");
        else if (started && manifest->locations.count != 0)
                refuse(self, "Locations is for what comes by itself: Activate=never");
}

/* A line ends in LF, or, where it was written on Windows, in CR and LF. */
static bool is_text(const char *text, size_t size)
{
        for (size_t i = 0; i < size; i++)
                if ((unsigned char)text[i] < ' ' && text[i] != '\n' && text[i] != '\t' &&
                    !(text[i] == '\r' && i + 1 < size && text[i + 1] == '\n'))
                        return false;
        return true;
}

static void lines_take(struct parse *self, const char *text, size_t size)
{
        char *copy = strndup(text, size);
        char *rest = copy;

        if (copy == NULL)
                refuse_no_memory(self);
        while (rest != NULL && !self->failed) {
                char *line = strsep(&rest, "\n");

                self->line++;
                line[strcspn(line, "\r")] = '\0';
                line_take(self, line);
        }
        free(copy);
}

struct manifest *manifest_parse(const char *text, size_t size, struct manifest_fault *fault)
{
        struct manifest *manifest = malloc(sizeof *manifest);
        struct parse parse = {.manifest = manifest, .fault = fault};

        if (manifest == NULL) {
                refuse_no_memory(&parse);
                return NULL;
        }
        *manifest = (struct manifest){.start_timeout_ms = START_TIMEOUT_MS,
                                      .restart_count = RESTART_COUNT,
                                      .restart_window_ms = RESTART_WINDOW_MS};
        if (size > MANIFEST_SIZE_MAX)
                refuse(&parse, "longer than %d bytes", MANIFEST_SIZE_MAX);
        else if (!darq_utf8_valid((const uint8_t *)text, size))
                refuse(&parse, "not a text: it isn't UTF-8");
        else if (!is_text(text, size))
                refuse(&parse, "not a text: it holds control characters");
        else
                lines_take(&parse, text, size);
        if (!parse.failed)
                whole_check(&parse);
        if (!parse.failed)
                return manifest;
        manifest_free(manifest);
        return NULL;
}

void manifest_fault_tell(const struct manifest_fault *fault, char reason[MANIFEST_REASON_MAX])
{
        if (fault->line != 0)
                snprintf(reason, MANIFEST_REASON_MAX, "line %u: %s", fault->line, fault->text);
        else
                snprintf(reason, MANIFEST_REASON_MAX, "%s", fault->text);
}

void manifest_free(struct manifest *self)
{
        if (self == NULL)
                return;
        word_list_free(&self->exec);
        word_list_free(&self->types);
        word_list_free(&self->allow);
        word_list_free(&self->locations);
        free(self->name);
        free(self->user);
        free(self);
}
