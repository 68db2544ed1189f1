/* SPDX-License-Identifier: MIT */
/*
 * encode and decode: JSON on one side, the bytes of a payload's body on the other.
 */
#include <stdio.h>

#include "pkernel/darqctl/catalog.h"
#include "pkernel/darqctl/command.h"
#include "pkernel/darqctl/file.h"
#include "pkernel/darqctl/json.h"

static int fault_print(const char *name, const struct json_fault *fault)
{
        fprintf(stderr, "darqctl: %s%s%s: %s\n", name, fault->path[0] != '\0' ? ": " : "",
                fault->path, fault->reason);
        return NOT_DONE;
}

static int encode(const struct darq_catalog *catalog, uint32_t type, const char *name,
                  struct darq_bytes text)
{
        json_error_t error;
        json_t *value = json_parse((const char *)text.data, text.size, &error);
        struct darq_writer writer;
        struct json_fault fault;
        int r = NOT_DONE;

        if (value == NULL) {
                fprintf(stderr, "darqctl: not JSON: line %d, column %d: %s\n", error.line,
                        error.column, error.text);
                return NOT_DONE;
        }
        darq_writer_init(&writer, NULL, 0);
        if (json_to_payload(value, catalog, type, &writer, DARQ_PORTS_MAX, &fault) != 0)
                r = fault_print(name, &fault);
        else if (output_write(darq_bytes_of(writer.data, writer.size)))
                r = DONE;
        darq_writer_deinit(&writer);
        json_decref(value);
        return r;
}

static int decode(const struct darq_catalog *catalog, uint32_t type, const char *name,
                  struct darq_bytes payload)
{
        struct json_fault fault;
        json_t *value;

        if (json_from_payload(&value, catalog, type, payload, DARQ_PORTS_MAX, false, &fault) != 0)
                return fault_print(name, &fault);
        return json_print(value);
}

typedef int convert_function(const struct darq_catalog *catalog, uint32_t type, const char *name,
                             struct darq_bytes input);

static int convert(struct darq_session **session, int count, char **words,
                   convert_function *function)
{
        struct darq_catalog *catalog;
        struct darq_bytes input;
        uint32_t type;
        int r = NOT_DONE;

        if (count < 2 || count > 3)
                return MISUSE;
        if (catalog_open(&catalog, session, words[0]) != 0)
                goto close;
        if (!darq_catalog_find(catalog, words[1], &type)) {
                fprintf(stderr, "darqctl: %s: no type, or more than one, is called so in %s\n",
                        words[1], words[0]);
        } else if (file_read(&input, words[2])) {
                r = function(catalog, type, words[1], input);
                file_free(input);
        }
close:
        darq_catalog_close(catalog);
        return r;
}

int encode_command(struct darq_session **session, int count, char **words)
{
        return convert(session, count, words, encode);
}

int decode_command(struct darq_session **session, int count, char **words)
{
        return convert(session, count, words, decode);
}
