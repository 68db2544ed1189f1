/* SPDX-License-Identifier: MIT */
/*
 * Payloads as JSON and back, of a schema with every construct.
 *
 * Input: one byte says which type, and whether the rest is JSON or a payload. JSON that can be encoded decodes, and what
 * that gives encodes to the same bytes. A payload that can be decoded encodes again, to one that decodes to the same JSON,
 * but for a union's member that the schema doesn't know, which can't be written.
 */
#include <stdlib.h>
#include <string.h>

#include "pkernel/darqctl/json.h"
#include "tests/golden/c/every.darq.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PORTS = 8 };

/* A type of the catalog. */
struct subject {
        const struct darq_catalog *catalog;
        uint32_t type;
};

static int encode(const struct subject *self, const json_t *value, struct darq_writer *writer)
{
        struct json_fault fault = {"", ""};
        int r;

        darq_writer_init(writer, NULL, 0);
        r = json_to_payload(value, self->catalog, self->type, writer, PORTS, &fault);
        if ((r != 0) != (fault.reason[0] != '\0'))
                abort();
        return r;
}

static json_t *decode(const struct subject *self, const void *data, size_t size)
{
        struct json_fault fault = {"", ""};
        json_t *value = NULL;
        int r = json_from_payload(&value, self->catalog, self->type, darq_bytes_of(data, size),
                                  PORTS, false, &fault);

        if ((r == 0) != (value != NULL) || (r != 0) != (fault.reason[0] != '\0'))
                abort();
        return value;
}

/* A payload that encode() has written says the same in JSON, and that encodes to it. */
static void payload_check(const struct subject *self, const struct darq_writer *payload)
{
        json_t *value = decode(self, payload->data, payload->size);
        struct darq_writer again;

        if (value == NULL || encode(self, value, &again) != 0 || again.size != payload->size ||
            (again.size != 0 && memcmp(again.data, payload->data, again.size) != 0))
                abort();
        darq_writer_deinit(&again);
        json_decref(value);
}

static void text_try(const struct subject *self, const uint8_t *data, size_t size)
{
        json_error_t error;
        json_t *value = json_parse((const char *)data, size, &error);
        struct darq_writer payload;

        if (value == NULL)
                return;
        if (encode(self, value, &payload) == 0)
                payload_check(self, &payload);
        darq_writer_deinit(&payload);
        json_decref(value);
}

/* Whether some key stands for a union's unknown member. */
static bool is_unknown(const json_t *value)
{
        char *text = json_dumps(value, JSON_ENCODE_ANY);
        bool found = strstr(text, "{\"#") != NULL;

        free(text);
        return found;
}

static void payload_try(const struct subject *self, const uint8_t *data, size_t size)
{
        json_t *value = decode(self, data, size);
        struct darq_writer payload;

        if (value == NULL)
                return;
        if (encode(self, value, &payload) == 0) {
                json_t *again = decode(self, payload.data, payload.size);

                if (again == NULL || !json_equal(value, again))
                        abort();
                json_decref(again);
        } else if (!is_unknown(value)) {
                abort();
        }
        darq_writer_deinit(&payload);
        json_decref(value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct darq_catalog *catalog;
        struct subject subject;

        if (catalog == NULL && darq_catalog_open(&catalog, every_thing_interface.schema,
                                                 every_thing_interface.schema_size, NULL) != 0)
                abort();
        if (size == 0)
                return 0;
        subject = (struct subject){catalog, data[0] & 0x7f};
        if (darq_catalog_type(catalog, subject.type) == NULL)
                return 0;
        if (data[0] < 0x80)
                text_try(&subject, data + 1, size - 1);
        else
                payload_try(&subject, data + 1, size - 1);
        return 0;
}
