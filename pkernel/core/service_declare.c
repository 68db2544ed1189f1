/* SPDX-License-Identifier: MIT */
/*
 * What a manifest says of a service, copied; and said anew of one that is there already, whatever state it is in.
 */
#include "pkernel/core/service.h"

#include "pkernel/core/connection.h"
#include "pkernel/core/port.h"

#include <stdlib.h>

bool service_declare(struct service *self, const struct darq_starter_declaration *declaration)
{
        struct darq_writer writer;
        struct darq_reader reader;

        darq_writer_init(&writer, NULL, 0);
        darq_starter_declaration_pack(&writer, declaration);
        self->arena = writer.error == 0 ? darq_arena_new(darq_arena_limit(writer.size)) : NULL;
        if (self->arena == NULL) {
                darq_writer_deinit(&writer);
                return false;
        }
        self->bytes = writer.data; /* taken over */
        darq_reader_init(&reader, self->bytes, writer.size, self->arena);
        darq_starter_declaration_unpack(&reader, &self->declaration);
        return darq_reader_finish(&reader) == 0;
}

static void port_replace(struct service *self, struct port *port)
{
        self->port->service = NULL;
        port_close(self->port);
        self->port = port;
        port->service = self;
}

static void declaration_replace(struct service *self, struct service *fresh)
{
        darq_arena_free(self->arena);
        free(self->bytes);
        self->arena = fresh->arena;
        self->bytes = fresh->bytes;
        self->declaration = fresh->declaration;
        if (service_is_activated(self) || self->state != DARQ_KERNEL_SERVICE_STATE_BACKING_OFF)
                return;
        timer_clear(&self->kernel->timers, &self->timer);
        self->state = DARQ_KERNEL_SERVICE_STATE_STOPPED;
}

/* The same service, said anew: what runs goes on, by the new rules. */
const char *service_redeclare(struct service *self,
                              const struct darq_starter_declaration *declaration)
{
        bool moves = declaration->port != self->declaration.port;
        bool turns = (declaration->activation == DARQ_STARTER_ACTIVATION_NEVER) ==
                     service_is_activated(self);
        struct service fresh = {.kernel = self->kernel};
        enum darq_frame_result opened = DARQ_FRAME_OPENED;
        struct port *port;

        self->declared = self->listed = true;
        if ((moves || turns) && (self->process || self->instance != NULL))
                return "while it runs its port, and how it is activated, stay as they are: stop "
                       "it, and reload";
        if (!service_declare(&fresh, declaration))
                opened = DARQ_FRAME_NO_QUOTA;
        else if (moves)
                opened = port_open(self->keeper, declaration->port, &port);
        if (opened != DARQ_FRAME_OPENED) {
                darq_arena_free(fresh.arena);
                free(fresh.bytes);
                return opened == DARQ_FRAME_IN_USE
                               ? "its new port is somebody's already: it keeps the one that it has"
                               : "memory is short";
        }
        if (moves)
                port_replace(self, port);
        declaration_replace(self, &fresh);
        return NULL;
}
