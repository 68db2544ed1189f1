/* SPDX-License-Identifier: MIT */
/*
 * A fuzz target without a fuzzer: runs the files that are its arguments, the corpus' regression test.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#ifndef FUZZING
static int file_run(const char *path)
{
        static uint8_t room[1 << 18];
        FILE *file = fopen(path, "rb");
        uint8_t *data;
        size_t size;

        if (file == NULL) {
                perror(path);
                return -1;
        }
        size = fread(room, 1, sizeof room, file);
        fclose(file);
        data = malloc(size != 0 ? size : 1); /* of its size, for sanitizers */
        if (data != NULL) {
                memcpy(data, room, size);
                LLVMFuzzerTestOneInput(data, size);
        }
        free(data);
        return 0;
}

int main(int count, char **paths)
{
        int failed = 0;

        for (int index = 1; index < count; index++)
                failed += file_run(paths[index]) < 0 ? 1 : 0;
        printf("%d passed, %d failed\n", count - 1 - failed, failed);
        return failed != 0 || count == 1;
}
#endif
