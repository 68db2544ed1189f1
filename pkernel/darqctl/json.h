/* SPDX-License-Identifier: MIT */
#ifndef DARQCTL_JSON_H
#define DARQCTL_JSON_H

#include <darq/schema.h>
#include <jansson.h>

/*
 * Payloads as JSON, and JSON as payloads, by a schema.
 *
 * struct, table, parameter list: an object, without what is absent; null is read as absent. vec, array: an array. string: a
 * string; bytes: base64. bool: true, false. Integers: numbers, and beyond 2^53 strings of digits; both are read. Floats:
 * numbers, or "NaN", "Infinity", "-Infinity". enum: a member's name, or a number. bits: names with "|" between them; a
 * number where there is no name for some; 0 for none. union: an object with one key, the member's name; one that the schema
 * doesn't know is {"#7": base64}, and can't be read back. newtype: as what is beneath. port: its index in the message.
 */

/** The value that the text is, to be released with json_decref(). NULL with *error. */
json_t *json_parse(const char *text, size_t size, json_error_t *error);

/** The digits of a whole number in it that jansson has no room for; NULL: it is something else. */
const char *json_large_integer(const json_t *value);

/** What is wrong, and where. */
struct json_fault {
        char path[256]; /* "value.meta.tags[3]"; "": the whole */
        char reason[256];
};

/** Writes the value as a payload of the type; ports are indices below port_count. 0, or negative with *fault. */
int json_to_payload(const json_t *value, const struct darq_catalog *catalog, uint32_t type,
                    struct darq_writer *writer, uint32_t port_count, struct json_fault *fault);

/**
 * Makes JSON of a payload of the type. With hide, "(sensitive)" stands for what is. 0 and *value, to be released with
 * json_decref(); or negative with *fault.
 */
int json_from_payload(json_t **value, const struct darq_catalog *catalog, uint32_t type,
                      struct darq_bytes payload, uint32_t port_count, bool hide,
                      struct json_fault *fault);

/** Prints it, indented, to the standard output, and releases it. DONE, or NOT_DONE after a sentence. */
int json_print(json_t *value);

#endif
