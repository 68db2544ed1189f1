/* SPDX-License-Identifier: MIT */
/*
 * Text of others on a terminal of ours.
 *
 * What a service says of itself, its words for an error and its names, is printed for people; escape sequences in it
 * could rewrite the screen, or make the terminal type.
 */
#include "pkernel/darqctl/plain.h"

/* Bytes of a control character that stands there; 0: none does. C1 is two bytes in UTF-8: C2 80 to C2 9F. */
static size_t control_size(const unsigned char *at, size_t left)
{
        if (at[0] < 0x20 || at[0] == 0x7f)
                return 1;
        return at[0] == 0xc2 && left > 1 && at[1] < 0xa0 ? 2 : 0;
}

void plain_write(FILE *file, struct darq_string text)
{
        const unsigned char *at = (const unsigned char *)text.data;
        size_t left = text.size;

        while (left > 0) {
                size_t control = control_size(at, left);
                size_t taken = control != 0 ? control : 1;

                if (control == 0)
                        putc(at[0], file);
                else
                        fprintf(file, "\\x%02x", at[control - 1]);
                at += taken;
                left -= taken;
        }
}
