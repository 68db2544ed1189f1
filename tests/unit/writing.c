/* SPDX-License-Identifier: MIT */
/* See the header. */
#include "tests/unit/writing.h"

struct darq_writer writer;

int writing_begin(void **state)
{
        (void)state;
        darq_writer_init(&writer, NULL, 0);
        return 0;
}

int writing_end(void **state)
{
        (void)state;
        darq_writer_deinit(&writer);
        return 0;
}
