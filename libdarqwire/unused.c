/* SPDX-License-Identifier: MIT */
/*
 * Ports of ours that nobody holds any more.
 *
 * The p-kernel tells when the last right on a port has gone, but its notice may cross a message of ours that gives the
 * next one; and of a message that it refuses it tells nothing, since that never gave any. So a notice is a hint only,
 * as is having sent the port: after either the p-kernel is asked how many rights there are. It answers in the order of
 * what we send, so an answer of none holds unless the port was sent once more since the question; then the next
 * question finds out. A reply that isn't sent, because its call was cancelled while it was made, counts as sent.
 *
 *      offered, or a notice --> asked --none, and not offered since--> the owner's callback
 *                               ^  \---some--> nothing: a notice will come
 *                               \------offered since
 */
#include "kernel.darq.h"

#include "libdarqwire/session.h"

static void question_due(struct darq_session *session, struct darq_port *port)
{
        if (port->unused != NULL && port->question == NULL && !list_linked(&port->unasked))
                list_append(&session->unasked, &port->unasked);
}

void darq_port_offered(struct darq_session *session, uint64_t number)
{
        struct darq_port *port = darq_port_find(session, number);

        if (port == NULL)
                return;
        port->offers++;
        question_due(session, port);
}

void darq_ports_offered(struct darq_session *session, const struct darq_writer *writer)
{
        for (uint32_t i = 0; i < writer->port_count; i++)
                darq_port_offered(session, writer->ports[i]);
}

void darq_port_noticed(struct darq_session *session, uint64_t number, uint64_t grants)
{
        struct darq_port *port = darq_port_find(session, number);

        if (port == NULL || port->grants == grants)
                return;
        port->grants = grants;
        question_due(session, port);
}

void darq_port_watch_unused(struct darq_session *session, struct darq_port *port,
                            darq_port_callback *callback, void *context)
{
        port->unused = callback;
        port->unused_context = context;
        if (port->offers != 0)
                question_due(session, port);
}

/* A question that failed changes nothing: the next message or notice asks again. */
static void on_answer(void *context, int result,
                      const struct darq_kernel_watch_senders_reply *reply)
{
        struct darq_port *port = context;
        struct darq_session *session = port->question->session;
        bool outdated = port->offers != port->offers_asked || port->grants != port->grants_asked;

        darq_pending_free(port->question);
        port->question = NULL;
        if (result != 0 || !reply->has_rights)
                return;
        if (outdated)
                question_due(session, port);
        else if (reply->rights == 0) {
                port->grants = reply->grants;
                port->unused(port->unused_context, port->node.key);
        }
}

void darq_ports_ask(struct darq_session *session)
{
        struct list *link;

        while (session->up && (link = list_pop(&session->unasked)) != NULL) {
                struct darq_port *port = LIST_OF(link, struct darq_port, unasked);

                port->offers_asked = port->offers;
                port->grants_asked = port->grants;
                darq_control_watch_senders(session, port->node.key, on_answer, port,
                                           &port->question);
        }
}
