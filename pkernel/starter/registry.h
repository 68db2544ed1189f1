/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_REGISTRY_H
#define PKERNEL_REGISTRY_H

#include "pkernel/starter/manifest.h"

/*
 * All manifests of some directories. A directory that comes earlier wins over a later one with a file of the same name; of two
 * services that declare one port or type the later is left out. Files, and directories, that group or others can
 * write, or that belong to somebody else than root and us, are not read.
 */

enum { REGISTRY_SERVICES_MAX = 4096 };

struct registry {
        struct manifest **services; /* by name */
        size_t count;
};

/** Told of each file that was left out. */
typedef void registry_refused(void *context, const char *path, const char *reason);

/**
 * Reads them all; what can't be read is told and left out. False, and nothing is kept, when the system was short of memory or
 * descriptors meanwhile: what it then lacks says nothing of the files. A directory needn't exist.
 *
 * before: what was read the last time. A file that can't be declared as it is now changes nothing: if there is a manifest of its
 * service it is kept, and shared until one of both registries is freed.
 */
bool registry_load(struct registry *self, const struct registry *before,
                   const char *const *directories, size_t count, registry_refused *refused,
                   void *context);
void registry_free(struct registry *self);

/** NULL if there is none. */
const struct manifest *registry_find(const struct registry *self, const char *name);

/**
 * Takes a manifest in the place of the one with its name, if any, when it doesn't clash with the others: NULL, or why not
 * (static text), and the manifest stays the caller's.
 */
const char *registry_take(struct registry *self, struct manifest *manifest);

/** Whether registry_take() would; NULL, or why not. */
const char *registry_clash(const struct registry *self, const struct manifest *manifest);

/** Writes a manifest's text to NAME.service in a directory, whole or not at all. 0, or -errno. */
int registry_store(const char *directory, const char *name, const char *text, size_t size);

#endif
