/* SPDX-License-Identifier: MIT */
/*
 * A room: everybody's lines go to everybody's callback port.
 *
 * Who is there is what the p-kernel says: a member goes when its port ends, however that came about, or when nobody holds
 * its seat any more. A seat is a port of its own, which only its member was given, so that nobody speaks for another.
 */
#include <stdlib.h>
#include <string.h>

#include <darq/darq.h>

#include "chat.darq.h"

struct room {
        struct member *members;
        size_t count;
};

struct member {
        struct member *next;
        struct room *room;
        struct chat_member port; /* theirs */
        struct chat_seat seat;   /* ours */
        char name[CHAT_MAX_NAME + 1];
};

static struct member *member_find(const struct room *self, const char *name)
{
        struct member *member = self->members;

        while (member != NULL && strcmp(member->name, name) != 0)
                member = member->next;
        return member;
}

static void on_port_gone(void *context, uint64_t port);

/* Frees a member that isn't in the room's list. */
static void member_free(struct member *self)
{
        darq_proxy_off_death(&self->port.proxy, on_port_gone, self);
        darq_proxy_close(&self->port.proxy);
        darq_proxy_close(&self->seat.proxy);
        free(self);
}

static void member_leave(struct member *self)
{
        const struct chat_member_left_request left = {.name = darq_string_of(self->name)};
        struct room *room = self->room;
        struct member **link = &room->members;

        while (*link != self)
                link = &(*link)->next;
        *link = self->next;
        room->count--;
        for (struct member *other = room->members; other != NULL; other = other->next)
                chat_member_left(&other->port, &left);
        member_free(self);
}

static void on_port_gone(void *context, uint64_t port)
{
        (void)port;
        member_leave(context);
}

static void on_say(void *context, struct darq_call *call,
                   const struct chat_seat_say_request *request)
{
        const struct member *self = context;
        const struct chat_member_said_request said = {.name = darq_string_of(self->name),
                                                      .line = request->line};

        chat_seat_reply_say(call, NULL);
        for (struct member *other = self->room->members; other != NULL; other = other->next)
                chat_member_said(&other->port, &said);
}

static int member_new(struct member **member, struct room *room, struct darq_session *session,
                      const struct chat_join_request *request)
{
        static const struct chat_seat_ops ops = {.say = on_say};
        struct member *self = calloc(1, sizeof *self);
        int r;

        if (self == NULL)
                return DARQ_E_NO_MEMORY;
        self->room = room;
        memcpy(self->name, request->name.data, request->name.size);
        self->port = request->member;
        darq_proxy_keep(&self->port.proxy);
        r = chat_seat_ops_serve(&ops, self, session, &self->seat);
        if (r == 0)
                r = darq_proxy_on_unused(&self->seat.proxy, on_port_gone, self);
        if (r == 0)
                r = darq_proxy_on_death(&self->port.proxy, on_port_gone, self);
        if (r != 0)
                member_free(self);
        else
                *member = self;
        return r;
}

/* Those who were there are told of the new one, who is told of them. */
static void member_enter(struct member *self, struct darq_call *call)
{
        const struct chat_member_came_request came = {.name = darq_string_of(self->name)};
        struct room *room = self->room;
        struct darq_string names[CHAT_MAX_MEMBERS];
        size_t count = 0;

        for (struct member *other = room->members; other != NULL; other = other->next)
                names[count++] = darq_string_of(other->name);
        chat_reply_join(call,
                        &(struct chat_join_reply){.seat = self->seat, .present = {names, count}});
        for (struct member *other = room->members; other != NULL; other = other->next)
                chat_member_came(&other->port, &came);
        self->next = room->members;
        room->members = self;
        room->count++;
}

static bool name_is_good(struct darq_string name)
{
        for (size_t i = 0; i < name.size; i++) {
                unsigned char c = (unsigned char)name.data[i];

                if (c <= ' ' || c == 0x7f)
                        return false;
        }
        return name.size > 0;
}

static void on_join(void *context, struct darq_call *call, const struct chat_join_request *request)
{
        struct room *self = context;
        struct member *member;

        if (!name_is_good(request->name))
                chat_fail_join(call, CHAT_ERROR_BAD_NAME, NULL);
        else if (member_find(self, request->name.data) != NULL)
                chat_fail_join(call, CHAT_ERROR_TAKEN, NULL);
        else if (self->count == CHAT_MAX_MEMBERS)
                chat_fail_join(call, CHAT_ERROR_FULL, NULL);
        else if (member_new(&member, self, darq_call_session(call), request) != 0)
                darq_call_fail(call, DARQ_E_BUSY, "the member's port can't be used");
        else
                member_enter(member, call);
}

int main(void)
{
        static const struct chat_ops ops = {.join = on_join};
        struct room room = {.members = NULL};
        int r = chat_ops_main(&ops, &room, "chat");

        while (room.members != NULL) { /* their ports went with the session */
                struct member *member = room.members;

                room.members = member->next;
                free(member);
        }
        return r;
}
