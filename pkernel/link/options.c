/* SPDX-License-Identifier: MIT */
/*
 * The command line. Secrets are not on it: they stand in files that only their user may read.
 */
#include "pkernel/link/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "pkernel/core/spelling.h"

static const char usage[] =
        "usage: darq-link --location NAME --server URL [OPTION]... LOCATION...\n"
        "  --location NAME       what this location is called, as for the p-kernel\n"
        "  --pkernel ADDRESS     tcp:HOST:PORT or unix:PATH; the default is the library's\n"
        "  --server URL          nats://HOST:PORT or tls://HOST:PORT; any number of them\n"
        "  --user NAME           for the NATS server, with --password-file\n"
        "  --password-file FILE  one line; nobody else may read it\n"
        "  --ca FILE             the authority that the servers' certificates must be of\n"
        "  --cert FILE           our own certificate, with --key\n"
        "  --key FILE\n"
        "  --help                print this and end\n"
        "LOCATION: the other locations, each linked with this one too.\n";

enum { SECRET_MAX = 256 };

static int refuse(const char *option, const char *value, const char *why)
{
        fprintf(stderr, "darq-link: %s: '%s' %s\n", option, value, why);
        return -EINVAL;
}

static int location_check(const char *option, const char *name)
{
        return spelling_is_location(name, strlen(name))
                       ? 0
                       : refuse(option, name, "is not " SPELLING_LOCATION);
}

/* The first line of a file that belongs to its user alone. */
static int secret_read(const char *option, const char *path, char **secret)
{
        char line[SECRET_MAX] = "";
        struct stat status;
        FILE *file = fopen(path, "re");

        if (file == NULL)
                return refuse(option, path, strerror(errno));
        if (fstat(fileno(file), &status) < 0 || (status.st_mode & 077) != 0) {
                fclose(file);
                return refuse(option, path, "can be read by others: its mode is to be 0600");
        }
        if (fgets(line, sizeof line, file) != NULL)
                line[strcspn(line, "\r\n")] = '\0';
        fclose(file);
        free(*secret);
        *secret = strdup(line);
        return *secret != NULL && line[0] != '\0' ? 0 : refuse(option, path, "has no first line");
}

static int option_take(struct options *self, int option, const char *value)
{
        switch (option) {
        case 'l':
                self->location = value;
                return location_check("--location", value);
        case 'p':
                self->pkernel = value;
                return 0;
        case 's':
                if (self->server_count == OPTIONS_SERVERS)
                        return refuse("--server", value, "is one too many");
                self->servers[self->server_count++] = value;
                return 0;
        case 'u':
                self->user = value;
                return 0;
        case 'w':
                return secret_read("--password-file", value, &self->password);
        case 'a':
                self->authority = value;
                return 0;
        case 'c':
                self->certificate = value;
                return 0;
        case 'k':
                self->key = value;
                return 0;
        default:
                return -EINVAL;
        }
}

static int location_add(struct options *self, const char *name)
{
        if (location_check("LOCATION", name) != 0)
                return -EINVAL;
        if (self->location != NULL && strcmp(name, self->location) == 0)
                return refuse("LOCATION", name, "is this one");
        for (size_t i = 0; i < self->location_count; i++)
                if (strcmp(self->locations[i], name) == 0)
                        return refuse("LOCATION", name, "stands there twice");
        if (self->location_count == OPTIONS_LOCATIONS)
                return refuse("LOCATION", name, "is one too many");
        self->locations[self->location_count++] = name;
        return 0;
}

static int whole_check(const struct options *self)
{
        const char *missing = self->location == NULL      ? "--location"
                              : self->server_count == 0   ? "--server"
                              : self->location_count == 0 ? "a location to link with"
                                                          : NULL;

        if (missing == NULL && (self->user == NULL) != (self->password == NULL))
                missing = "--user and --password-file together";
        if (missing == NULL && (self->certificate == NULL) != (self->key == NULL))
                missing = "--cert and --key together";
        if (missing == NULL)
                return 0;
        fprintf(stderr, "darq-link: expected %s\n", missing);
        return -EINVAL;
}

int options_read(struct options *self, int argc, char **argv, int *status)
{
        static const struct option table[] = {
                {"location", required_argument, NULL, 'l'},
                {"pkernel", required_argument, NULL, 'p'},
                {"server", required_argument, NULL, 's'},
                {"user", required_argument, NULL, 'u'},
                {"password-file", required_argument, NULL, 'w'},
                {"ca", required_argument, NULL, 'a'},
                {"cert", required_argument, NULL, 'c'},
                {"key", required_argument, NULL, 'k'},
                {"help", no_argument, NULL, 'h'},
                {0},
        };
        int option, result = 0;

        *self = (struct options){0};
        *status = EX_USAGE;
        while (result == 0 && (option = getopt_long(argc, argv, "", table, NULL)) != -1) {
                if (option == 'h') {
                        fputs(usage, stdout);
                        *status = EXIT_SUCCESS;
                        return -ECANCELED;
                }
                result = option_take(self, option, optarg);
        }
        for (; result == 0 && optind < argc; optind++)
                result = location_add(self, argv[optind]);
        return result == 0 ? whole_check(self) : result;
}

void options_deinit(struct options *self)
{
        free(self->password);
}
