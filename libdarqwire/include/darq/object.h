/* SPDX-License-Identifier: MIT */
#ifndef DARQ_OBJECT_H
#define DARQ_OBJECT_H

#include <darq/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * What an object is called: "type:location:id", as in "text.plain::readme".
 *
 * type: 1 to 128 of a-z, 0-9, '.' and '-'. location: up to 63 of the same; empty: here. id: the rest, 1 to 255 bytes of
 * UTF-8 without control characters; it may hold colons.
 */
enum {
        DARQ_OBJECT_TYPE_MAX = 128,
        DARQ_OBJECT_LOCATION_MAX = 63,
        DARQ_OBJECT_ID_MAX = 255,
        DARQ_OBJECT_MAX =
                DARQ_OBJECT_TYPE_MAX + 1 + DARQ_OBJECT_LOCATION_MAX + 1 + DARQ_OBJECT_ID_MAX
};

struct darq_object {
        struct darq_string type;
        struct darq_string location;
        struct darq_string id;
};

/** The parts, which point into text. 0, or DARQ_E_INVALID, and *self is as it was. */
int darq_object_parse(struct darq_object *self, struct darq_string text);

/** Whether each part is what it may be. */
bool darq_object_valid(const struct darq_object *self);

/**
 * Writes the name and a NUL into text, which has room for size bytes; DARQ_OBJECT_MAX + 1 are always enough. How long
 * it is without the NUL, or DARQ_E_INVALID for parts that aren't valid, DARQ_E_TOO_BIG when there is no room.
 */
int darq_object_format(const struct darq_object *self, char *text, size_t size);

/*
 * The walk from a name to an object: the p-kernel knows the service that implements the type, and starts it if need be;
 * the service (darq.Type of <darq/object.darq.h>) gives a port for the object, for as long as somebody holds it.
 */

/**
 * A right on the service that implements the object's type, for a struct darq_type. 0; DARQ_E_INVALID (not an object's
 * name), DARQ_E_NO_PORT (nothing implements the type), DARQ_E_NO_LOCATION, DARQ_E_NOT_ALLOWED, and as calls do.
 */
int darq_object_resolve(struct darq_session *session, const char *name, struct darq_proxy *service);

/**
 * A port for an object that exists, to be closed when done:
 *
 *      struct text_document readme;
 *
 *      r = darq_object_open(session, "text.plain::readme", &readme.proxy);
 *
 * 0, as darq_object_resolve(), or an enum darq_object_error, which is positive: DARQ_OBJECT_ERROR_NOT_FOUND and so on.
 */
int darq_object_open(struct darq_session *session, const char *name, struct darq_proxy *proxy);

/** The same for one that is made: DARQ_OBJECT_ERROR_EXISTS if there is one. */
int darq_object_create(struct darq_session *session, const char *name, struct darq_proxy *proxy);

/** Ends an object, whoever holds it. */
int darq_object_delete(struct darq_session *session, const char *name);

#ifdef __cplusplus
}
#endif
#endif
