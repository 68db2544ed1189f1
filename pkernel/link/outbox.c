/* SPDX-License-Identifier: MIT */
/*
 * The outbox: which record goes next.
 *
 * While nothing waits, records go straight into the stream. What has to wait stands in a lane as it will be sent, with
 * a number; the numbers of all that waits tell what came first. A record is free to go when it is the first of its
 * lane, no older one waits of the orders that it keeps to, and the record that it was put behind has gone. Records that
 * are no longer than a piece, other than chunks, go as soon as they are free; chunks and parts of longer records go in
 * turns. A long chunk goes whole while nothing quick goes: that spares the other side putting it together.
 */
#include "pkernel/link/outbox.h"

#include "pkernel/link/parts.h"
#include "pkernel/link/record.h"

#include <stdlib.h>

enum { OUTBOX_BEFORE = 64 };

enum { REQUESTS = 1, REPLIES = 2, MESSAGES = 4, ALL = REQUESTS | REPLIES | MESSAGES };

struct rule {
        enum outbox_lanes kind;
        unsigned int order; /* what it counts as; 0: nothing waits for it */
        unsigned int after;
};

struct item {
        struct list in_lane;
        struct list in_order;
        struct outbox_mark after;
        uint64_t number;
        uint64_t since_ns;
        const struct rule *rule;
        bool turns;
        size_t sent;
        size_t size;
        uint8_t record[];
};

struct lane {
        struct darq_map_node by_key;
        struct list in_turns;
        enum outbox_lanes kind;
        struct list items;
};

static const struct rule rules[] = {
        [RECORD_REQUEST] = {LANES_REQUESTS, REQUESTS, REPLIES | MESSAGES},
        [RECORD_REPLY] = {LANES_REPLIES, REPLIES, REQUESTS | MESSAGES},
        [RECORD_FAIL] = {LANES_REPLIES, REPLIES, REQUESTS | MESSAGES},
        [RECORD_CANCEL] = {LANES_CONTROL, 0, 0},
        [RECORD_CHUNK] = {LANES_UP, 0, 0},
        [RECORD_CREDIT] = {LANES_CONTROL, 0, 0},
        [RECORD_MESSAGE] = {LANES_MESSAGES, MESSAGES, ALL},
        [RECORD_ENDED] = {LANES_MESSAGES, MESSAGES, ALL},
        [RECORD_RELEASE] = {LANES_RELEASES, 0, ALL},
        [RECORD_ASK] = {LANES_CONTROL, 0, 0},
        [RECORD_GRANTED] = {LANES_GRANTS, MESSAGES, MESSAGES},
        [RECORD_REFUSED] = {LANES_CONTROL, 0, 0},
};

void outbox_init(struct outbox *self)
{
        *self = (struct outbox){0};
        list_init(&self->turns);
        for (int i = 0; i < OUTBOX_ORDERS; i++)
                list_init(&self->orders[i]);
}

/* Lanes */

static struct lane *lane_find(const struct outbox *self, enum outbox_lanes kind, uint64_t key)
{
        struct darq_map_node *node = darq_map_find(&self->lanes[kind], key);

        return node == NULL ? NULL : CONTAINER_OF(node, struct lane, by_key);
}

static struct lane *lane_get(struct outbox *self, enum outbox_lanes kind, uint64_t key)
{
        struct lane *lane = lane_find(self, kind, key);

        if (lane != NULL)
                return lane;
        lane = calloc(1, sizeof *lane);
        if (lane == NULL || darq_map_add(&self->lanes[kind], &lane->by_key, key) != 0) {
                free(lane);
                return NULL;
        }
        lane->kind = kind;
        list_init(&lane->items);
        list_append(&self->turns, &lane->in_turns);
        return lane;
}

static struct item *lane_first(const struct lane *lane)
{
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): it doesn't see that an item leaves its lane before it is freed */
        return LIST_OF(lane->items.next, struct item, in_lane);
}

static void item_free(struct outbox *self, struct item *item)
{
        self->held -= item->size - item->sent;
        self->begun -= item->sent != 0 ? item->size : 0;
        self->small -= !item->turns;
        list_remove(&item->in_lane);
        list_remove(&item->in_order);
        free(item);
}

static void lane_free(struct outbox *self, struct lane *lane)
{
        while (!list_empty(&lane->items))
                item_free(self, lane_first(lane));
        list_remove(&lane->in_turns);
        darq_map_remove(&self->lanes[lane->kind], &lane->by_key);
        free(lane);
}

void outbox_deinit(struct outbox *self)
{
        while (self->turns.next != NULL && !list_empty(&self->turns))
                lane_free(self, LIST_OF(self->turns.next, struct lane, in_turns));
        for (int i = 0; i < LANES_KINDS; i++)
                darq_map_deinit(&self->lanes[i]);
        bytes_deinit(&self->next);
}

/* Who may go */

static bool mark_passed(const struct outbox *self, const struct outbox_mark *mark)
{
        const struct lane *lane;

        if (mark->number == 0)
                return true;
        lane = lane_find(self, mark->kind, mark->key);
        return lane == NULL || lane_first(lane)->number > mark->number;
}

/* Nothing older waits of what the rule keeps to. */
static bool order_allows(const struct outbox *self, const struct rule *rule, uint64_t number)
{
        for (int i = 0; i < OUTBOX_ORDERS; i++) {
                const struct list *order = &self->orders[i];

                if ((rule->after & 1U << i) != 0 && !list_empty(order) &&
                    LIST_OF(order->next, struct item, in_order)->number < number)
                        return false;
        }
        return true;
}

/* The other side takes only so much that isn't whole. */
static bool begun_allows(const struct outbox *self, const struct item *item)
{
        return item->size <= OUTBOX_PIECE || item->sent != 0 ||
               self->begun + item->size <= PARTS_MAX;
}

static bool item_free_to_go(const struct outbox *self, const struct item *item)
{
        return begun_allows(self, item) && order_allows(self, item->rule, item->number) &&
               mark_passed(self, &item->after);
}

/* Putting */

/* What goes next. The first has room before it, for the head of an envelope. */
static void next_begin(struct outbox *self)
{
        if (bytes_size(&self->next) == 0 && bytes_grow(&self->next, OUTBOX_BEFORE) != NULL)
                self->next.begin += OUTBOX_BEFORE;
}

static void next_put(struct outbox *self, const struct record *record)
{
        next_begin(self);
        record_put(&self->next, record);
}

static void next_add(struct outbox *self, const uint8_t *data, size_t size)
{
        next_begin(self);
        bytes_add(&self->next, data, size);
}

size_t outbox_cut(struct outbox *self, size_t max)
{
        size_t size = bytes_size(&self->next);
        size_t end = self->rest; /* of a record */
        size_t whole = 0, length = 0;

        while (end <= max && end < size) {
                whole = end;
                length = record_length(bytes_front(&self->next) + end);
                end += length;
        }
        self->rest = 0;
        if (end <= max)
                return end;
        if (whole != 0 && length <= max)
                return whole;
        self->rest = end - max;
        return max;
}

uint8_t *outbox_next(const struct outbox *self, size_t before)
{
        return self->next.begin < before ? NULL : self->next.data + self->next.begin - before;
}

static bool takes_turns(const struct record *record)
{
        return record->type == RECORD_CHUNK || record_size(record) > OUTBOX_PIECE;
}

static enum outbox_lanes kind_of(const struct record *record)
{
        if (record->type == RECORD_CHUNK && (record->flags & RECORD_DOWN) != 0)
                return LANES_DOWN;
        return rules[record->type].kind;
}

static uint64_t key_of(const struct record *record)
{
        switch (kind_of(record)) {
        case LANES_REQUESTS:
        case LANES_REPLIES:
                return record->offset; /* the caller */
        case LANES_UP:
        case LANES_DOWN:
        case LANES_CONTROL:
                return record->id;
        default:
                return 0;
        }
}

/* An outcome comes behind its call's chunks. */
static struct outbox_mark chunks_mark(const struct outbox *self, const struct record *record)
{
        const struct lane *lane = NULL;

        if (record->type == RECORD_REPLY || record->type == RECORD_FAIL)
                lane = lane_find(self, LANES_DOWN, record->id);
        if (lane == NULL)
                return (struct outbox_mark){0};
        return (struct outbox_mark){LANES_DOWN, record->id,
                                    LIST_OF(lane->items.previous, struct item, in_lane)->number};
}

static void item_put(struct outbox *self, struct lane *lane, const struct record *record,
                     const struct outbox_mark *after)
{
        size_t size = record_size(record);
        struct item *item = malloc(sizeof *item + size);

        if (item == NULL) {
                self->failed = true;
                if (list_empty(&lane->items))
                        lane_free(self, lane);
                return;
        }
        *item = (struct item){.rule = &rules[record->type],
                              .turns = takes_turns(record),
                              .after = *after,
                              .number = self->number,
                              .since_ns = self->now_ns,
                              .size = size};
        record_write(item->record, record);
        list_append(&lane->items, &item->in_lane);
        for (int i = 0; i < OUTBOX_ORDERS; i++)
                if (item->rule->order == 1U << i)
                        list_append(&self->orders[i], &item->in_order);
        self->held += size;
        self->small += !item->turns;
}

struct outbox_mark outbox_put(struct outbox *self, const struct record *record,
                              const struct outbox_mark *after)
{
        const struct rule *rule = &rules[record->type];
        struct outbox_mark own = {kind_of(record), key_of(record), 0};
        struct outbox_mark mark = after != NULL ? *after : chunks_mark(self, record);
        size_t size = record_size(record);
        bool turns = takes_turns(record);
        struct lane *lane;

        if (record->type == RECORD_CHUNK && self->held == 0 && self->alone && self->room > 0) {
                self->room -= size < self->room ? size : self->room;
                turns = false;
        }
        if (!turns && (self->held == 0 ||
                       (lane_find(self, own.kind, own.key) == NULL && mark_passed(self, &mark) &&
                        order_allows(self, rule, UINT64_MAX)))) {
                self->passed += size;
                self->quick += rule->order != 0;
                next_put(self, record);
                return own;
        }
        own.number = ++self->number;
        lane = lane_get(self, own.kind, own.key);
        if (lane == NULL)
                self->failed = true;
        else
                item_put(self, lane, record, &mark);
        return own;
}

void outbox_forget(struct outbox *self, enum outbox_lanes kind, uint64_t call)
{
        struct lane *lane = lane_find(self, kind, call);
        struct list *link;

        if (lane == NULL)
                return;
        link = lane->items.previous;
        while (link != lane->items.next) {
                struct item *item = LIST_OF(link, struct item, in_lane);

                link = link->previous;
                item_free(self, item);
        }
        if (lane_first(lane)->sent == 0)
                lane_free(self, lane);
}

bool outbox_waits(const struct outbox *self)
{
        return self->held != 0;
}

/* Turns */

static bool goes_whole(const struct outbox *self, const struct item *item)
{
        return item->size <= OUTBOX_PIECE || (self->alone && item->rule == &rules[RECORD_CHUNK]);
}

/* The first item of a lane, or the next part of it, goes. True: the item is gone. */
static bool piece_put(struct outbox *self, struct item *item)
{
        size_t left = item->size - item->sent;
        size_t size = left < OUTBOX_PART ? left : OUTBOX_PART;

        if (item->sent == 0)
                record_wait(item->record, self->now_ns - item->since_ns);
        if (item->sent == 0 && goes_whole(self, item)) {
                self->quick += !item->turns && item->rule->order != 0;
                next_add(self, item->record, item->size);
                item_free(self, item);
                return true;
        }
        next_put(self, &(struct record){.type = RECORD_PART,
                                        .id = item->number,
                                        .target = item->size,
                                        .offset = item->sent,
                                        .payload = item->record + item->sent,
                                        .payload_size = size});
        if (item->sent == 0)
                self->begun += item->size;
        item->sent += size;
        self->held -= size;
        if (size < left)
                return false;
        item_free(self, item);
        return true;
}

/* What is small goes as soon as it may. */
static void small_settle(struct outbox *self)
{
        bool moved = true;

        while (moved && self->small > 0) {
                struct list *link = self->turns.next;

                moved = false;
                while (link != &self->turns) {
                        struct lane *lane = LIST_OF(link, struct lane, in_turns);

                        link = link->next;
                        while (!list_empty(&lane->items) && !lane_first(lane)->turns &&
                               item_free_to_go(self, lane_first(lane)))
                                moved = piece_put(self, lane_first(lane)) || moved;
                        if (list_empty(&lane->items))
                                lane_free(self, lane);
                }
        }
}

void outbox_turn(struct outbox *self)
{
        struct list *link = self->turns.next;
        struct lane *lane;
        bool gone;

        for (; link != &self->turns; link = link->next) {
                if (item_free_to_go(self, lane_first(LIST_OF(link, struct lane, in_turns))))
                        break;
        }
        if (link == &self->turns)
                return;
        lane = LIST_OF(link, struct lane, in_turns);
        self->passed = 0;
        gone = piece_put(self, lane_first(lane));
        list_remove(&lane->in_turns);
        list_append(&self->turns, &lane->in_turns);
        if (list_empty(&lane->items))
                lane_free(self, lane);
        if (gone)
                small_settle(self);
}
