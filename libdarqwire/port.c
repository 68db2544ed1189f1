/* SPDX-License-Identifier: MIT */
/*
 * Ports of this session: opened, served, closed.
 *
 *      port_make() --OpenPort--> darq_port_opened() enters it --darq_port_free()--> ClosePort, forgotten
 *      darq_port_adopt(): one that the p-kernel lends a service; it is given back the same way
 *
 * A port is served (an interface and a table of functions) or raw (messages wait to be received). It is entered when
 * the answer is read, not when whoever waits for it goes on: messages may follow it at once. Opening waits for the
 * answer; closing doesn't: what still comes to a port that isn't known any more is answered where it can be, and
 * dropped.
 */
#include <stdlib.h>

#include "libdarqwire/session.h"

static struct darq_port *port_new(const struct darq_served *served)
{
        struct darq_port *self = calloc(1, sizeof *self);

        if (self == NULL)
                return NULL;
        list_init(&self->messages);
        self->raw = served == NULL;
        if (served != NULL)
                self->served = *served;
        return self;
}

/* A port that is served has its first holder: the proxy on it, or, of a lent one, the service. */
static int port_enter(struct darq_session *session, struct darq_port *self, uint64_t number)
{
        struct darq_target *target = darq_target_get(session, number);

        if (target == NULL)
                return DARQ_E_NO_MEMORY;
        if (darq_map_add(&session->ports, &self->node, number) != 0) {
                darq_target_settle(session, target);
                return DARQ_E_NO_MEMORY;
        }
        target->rights = 0; /* one that is lent came in an answer, but an owner is given none */
        if (!self->raw) {
                target->holders++;
                session->served_ports++;
        }
        darq_target_settle(session, target);
        return 0;
}

int darq_port_adopt(struct darq_session *session, uint64_t number, const struct darq_served *served)
{
        struct darq_port *self;

        if (!session->up) /* lost since it was lent, and with it all ports */
                return DARQ_E_LINK_LOST;
        self = port_new(served);
        if (self != NULL && port_enter(session, self, number) == 0)
                return 0;
        free(self);
        return darq_session_fail(session, DARQ_E_NO_MEMORY, "no memory for a port");
}

void darq_port_opened(struct darq_session *session)
{
        struct darq_port_answer *answer = &session->answer;

        if (answer->opening == NULL || answer->result != DARQ_FRAME_OPENED)
                return;
        if (port_enter(session, answer->opening, answer->port) == 0)
                answer->opening = NULL;
        else
                answer->result = DARQ_FRAME_NO_QUOTA;
}

static bool answered(const void *context)
{
        const struct darq_session *session = context;

        return session->answer.come;
}

static int open_failed(struct darq_session *session, uint64_t number, uint8_t result)
{
        unsigned long long n = number;

        switch (result) {
        case DARQ_FRAME_IN_USE:
                return darq_session_fail(session, DARQ_E_IN_USE, "port %llu is in use", n);
        case DARQ_FRAME_REFUSED:
                return darq_session_fail(session, DARQ_E_NOT_ALLOWED,
                                         "port %llu belongs to a service that we are not", n);
        case DARQ_FRAME_NO_QUOTA:
                return darq_session_fail(session, DARQ_E_QUOTA,
                                         "no port could be opened: our quota is used up");
        default:
                return darq_session_fail(session, DARQ_E_INVALID,
                                         "%llu is not a port number that can be asked for", n);
        }
}

/* Opens a port, any for number 0, that serves, or, served NULL, is raw. */
static int port_make(struct darq_session *session, uint64_t number,
                     const struct darq_served *served, uint64_t *port)
{
        struct darq_port_answer *answer = &session->answer;
        int r;

        if (!session->up)
                return darq_session_fail(session, DARQ_E_LINK_LOST,
                                         "there is no link to the p-kernel");
        *answer = (struct darq_port_answer){.request = answer->request + 1,
                                            .opening = port_new(served)};
        r = answer->opening != NULL ? darq_port_put_request(session, DARQ_FRAME_OPEN_PORT, number)
                                    : DARQ_E_NO_MEMORY;
        if (r == 0)
                r = darq_session_wait(session, answered, session, 0);
        else
                r = darq_session_fail(session, r, "no memory for a port");
        free(answer->opening);
        answer->opening = NULL;
        if (r != 0)
                return r;
        if (answer->result != DARQ_FRAME_OPENED)
                return open_failed(session, number, answer->result);
        *port = answer->port;
        return 0;
}

static void port_forget(struct darq_session *session, struct darq_port *self)
{
        darq_map_remove(&session->ports, &self->node);
        list_remove(&self->unasked);
        darq_pending_free(self->question);
        session->served_ports -= !self->raw;
        darq_received_clear(session, self);
        free(self);
}

void darq_port_free(struct darq_session *session, struct darq_port *self)
{
        uint64_t number = self->node.key;

        port_forget(session, self);
        session->answer.request++;
        if (session->up && darq_port_put_request(session, DARQ_FRAME_CLOSE_PORT, number) == 0)
                darq_session_flush(session, false);
}

void darq_ports_deinit(struct darq_session *session)
{
        struct darq_map_node *node;

        while ((node = darq_map_any(&session->ports)) != NULL)
                port_forget(session, CONTAINER_OF(node, struct darq_port, node));
}

int darq_port_open(struct darq_session *session, uint64_t *port)
{
        return port_make(session, *port, NULL, port);
}

int darq_port_close(struct darq_session *session, uint64_t port)
{
        struct darq_port *self = darq_port_find(session, port);

        if (!session->up)
                return darq_session_fail(session, DARQ_E_LINK_LOST,
                                         "there is no link to the p-kernel");
        if (self == NULL)
                return darq_session_fail(session, DARQ_E_INVALID, "port %llu isn't open here",
                                         (unsigned long long)port);
        darq_port_free(session, self);
        return 0;
}

int darq_proxy_serve(struct darq_proxy *self, struct darq_session *session,
                     const struct darq_interface *interface, const void *ops, void *context)
{
        struct darq_served served = {interface, ops, context};
        uint64_t port = 0;
        int r = port_make(session, 0, &served, &port);

        if (r == 0)
                *self = (struct darq_proxy){
                        .session = session, .port = port, .link = session->link};
        return r;
}
