/* SPDX-License-Identifier: MIT */
/*
 * Times one codec on one record. run.py runs the programs of all codecs in turns and sets the figures in relation.
 *
 *   codec-NAME RECORD   size and, for pack, ready, unpack and read, nanoseconds of processor time a call: the third
 *                       fastest of eight batches of about three milliseconds, as what others do on the machine only adds
 *   with allocations.so preloaded: allocations a call of a warm process instead of times
 *
 * The bytes to unpack stand at another place for each batch, always aligned to 16: to walk over structs of 32 bytes takes a
 * hundredth longer from 8 or 16 behind a multiple of 32 than from 0 or 24, and where the stack is as many bytes into its
 * page as they are, reading them waits for what is written there. What is read of them must add up to what is known.
 */
#include "tests/bench/codec/codec.h"

#include <dlfcn.h>
#include <time.h>

enum { BATCHES = 8, STEP = 272, WARM = 50, COUNTED = 100 };

uint8_t codec_buffer[ROOM] __attribute__((aligned(64)));

static uint8_t input[ROOM + BATCHES * STEP] __attribute__((aligned(64)));

enum action { ACTION_PACK, ACTION_READY, ACTION_UNPACK, ACTION_READ, ACTIONS };

static const char *const action_names[ACTIONS] = {"pack", "ready", "unpack", "read"};

static const struct {
        const char *name;
        uint64_t (*sum)(void);
} known[RECORDS] = {
        [RECORD_MEDIA] = {"media", content_sum},      [RECORD_SAMPLES] = {"samples", samples_sum},
        [RECORD_REQUEST] = {"request", request_sum},  [RECORD_SETTINGS] = {"table", settings_sum},
        [RECORD_EVENTS] = {"union list", events_sum}, [RECORD_NAMES] = {"strings", names_sum},
};

static double seconds(void)
{
        struct timespec now;

        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void repeat(const struct work *work, enum action action, const uint8_t *data, size_t size,
                   long times)
{
        switch (action) {
        case ACTION_PACK:
                for (long i = 0; i < times; i++)
                        KEEP(work->pack().data);
                break;
        case ACTION_READY:
                for (long i = 0; i < times; i++)
                        KEEP(work->pack_ready().data);
                break;
        case ACTION_UNPACK:
                for (long i = 0; i < times; i++)
                        work->unpack(data, size);
                break;
        default:
                for (long i = 0; i < times; i++)
                        KEEP(work->read(data, size));
                break;
        }
}

static double timed(const struct work *work, enum action action, const uint8_t *data, size_t size,
                    long times)
{
        double begin = seconds();

        repeat(work, action, data, size, times);
        return seconds() - begin;
}

static int compare(const void *a, const void *b)
{
        double left = *(const double *)a;
        double right = *(const double *)b;

        return left < right ? -1 : left > right;
}

static void time_show(const struct work *work, enum action action, size_t size)
{
        const uint8_t *first = input;
        double results[BATCHES];
        uint8_t *data = input;
        long times = 1;
        double time;

        while ((time = timed(work, action, data, size, times)) < 0.001)
                times *= 2;
        times = (long)((double)times * 0.003 / time) + 1;
        for (int i = 0; i < BATCHES; i++, data += STEP) {
                memmove(data, first, size);
                first = data;
                results[i] = timed(work, action, data, size, times) / (double)times * 1e9;
        }
        memmove(input, first, size);
        qsort(results, BATCHES, sizeof results[0], compare);
        printf("%s %.2f\n", action_names[action], results[BATCHES / 4]);
}

static void allocations_show(const struct work *work, enum action action, size_t size,
                             unsigned long (*allocations)(void))
{
        unsigned long before;

        repeat(work, action, input, size, WARM);
        before = allocations();
        repeat(work, action, input, size, COUNTED);
        printf("%s %.2f\n", action_names[action], (double)(allocations() - before) / COUNTED);
}

static void record_show(enum record record)
{
        void *symbol = dlsym(RTLD_DEFAULT, "allocations");
        const struct work *work = &codec.works[record];
        unsigned long (*allocations)(void);
        struct packed packed = work->pack();

        memcpy(&allocations, &symbol, sizeof symbol);
        if (packed.size == 0 || packed.size > ROOM)
                fail("pack");
        memcpy(input, packed.data, packed.size);
        if (work->read(input, packed.size) != known[record].sum())
                fail("reading back");
        printf("size %zu\n", packed.size);
        for (enum action action = ACTION_PACK; action < ACTIONS; action++) {
                if (action == ACTION_READY && work->pack_ready == NULL)
                        continue;
                if (allocations != NULL)
                        allocations_show(work, action, packed.size, allocations);
                else
                        time_show(work, action, packed.size);
        }
}

int main(int argc, char **argv)
{
        records();
        if (codec.setup != NULL)
                codec.setup();
        for (int i = 0; i < RECORDS && argc == 2; i++) {
                if (strcmp(argv[1], known[i].name) != 0)
                        continue;
                if (codec.works[i].pack != NULL)
                        record_show((enum record)i);
                return 0;
        }
        fprintf(stderr, "usage: codec-%s RECORD\n", codec.name);
        return 2;
}
