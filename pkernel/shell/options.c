/* SPDX-License-Identifier: MIT */
/*
 * The command line. What it says is kept as text where only the part that uses it can judge it.
 */
#include "pkernel/shell/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "pkernel/core/spelling.h"
#include "pkernel/shell/address.h"

static const char usage[] =
        "usage: pkernel [OPTION]...\n"
        "  --listen ADDRESS     tcp:HOST:PORT or unix:PATH; any number of them\n"
        "  --services DIR       where service manifests are; any number of them, the first wins\n"
        "  --state DIR          where services have their state directories\n"
        "  --allow-uid N        let this uid in, beside root and our own\n"
        "  --limit NAME=VALUE   change a limit\n"
        "  --limits             print the limits and end\n"
        "  --location NAME      what this location is called\n"
        "  --foreground         accepted for compatibility: it always stays in the foreground\n"
        "  --help, --version    print this, or which version it is, and end\n";

static void limits_print(const struct limits *limits)
{
        size_t count;
        const struct limit *table = limits_table(&count);

        for (size_t index = 0; index < count; index++)
                printf("%-18s %12llu  %s\n", table[index].name,
                       (unsigned long long)limits_get(limits, &table[index]), table[index].meaning);
}

static int refuse(const char *option, const char *value, const char *wanted)
{
        fprintf(stderr, "pkernel: %s: '%s' is not %s\n", option, value, wanted);
        return -EINVAL;
}

static int text_add(const char **list, size_t *count, const char *option, const char *value)
{
        if (*count == OPTIONS_MAX)
                return refuse(option, value, "taken: it is one too many");
        list[(*count)++] = value;
        return 0;
}

static int uid_add(struct options *self, const char *value)
{
        unsigned long long number;
        char *end;

        errno = 0;
        number = strtoull(value, &end, 10);
        if (*value < '0' || *value > '9' || *end != '\0' || errno != 0 || number >= (uid_t)-1 ||
            self->allowed_count == OPTIONS_MAX)
                return refuse("--allow-uid", value, "a user's number, or one too many");
        self->allowed[self->allowed_count++] = (uid_t)number;
        return 0;
}

static int location_set(struct options *self, const char *value)
{
        if (!spelling_is_location(value, strlen(value)))
                return refuse("--location", value, SPELLING_LOCATION);
        self->location = value;
        return 0;
}

static int limit_set(struct options *self, const char *value)
{
        const struct limit *limit = limits_find(value);
        char wanted[128];

        if (limits_set(&self->limits, value) == 0)
                return 0;
        if (limit == NULL)
                return refuse("--limit", value, "NAME=VALUE of a limit (see --limits)");
        snprintf(wanted, sizeof wanted, "%s=VALUE from %llu to %llu", limit->name,
                 (unsigned long long)limit->least, (unsigned long long)limit->most);
        return refuse("--limit", value, wanted);
}

static int option_take(struct options *self, int option, const char *value)
{
        struct address address;

        switch (option) {
        case 'l':
                if (address_parse(&address, value) == -EINVAL)
                        return refuse("--listen", value,
                                      "tcp:ADDRESS:PORT, tcp:localhost:PORT or unix:PATH");
                return text_add(self->listen, &self->listen_count, "--listen", value);
        case 's':
                return text_add(self->starter.directories, &self->starter.count, "--services",
                                value);
        case 'd':
                if (value[0] != '/')
                        return refuse("--state", value, "an absolute path");
                self->starter.state_root = value;
                return 0;
        case 'u':
                return uid_add(self, value);
        case 'n':
                return location_set(self, value);
        case 'm':
                return limit_set(self, value);
        case 'f':
                return 0;
        default:
                return -EINVAL;
        }
}

/* A user's own place, below what the variable names, or else below the home directory; false: neither is there. */
static bool place_find(char *place, const char *variable, const char *below_home, const char *tail)
{
        const char *base = getenv(variable);
        const char *home = getenv("HOME");
        int size;

        if (base != NULL && base[0] == '/')
                size = snprintf(place, OPTIONS_PATH_MAX, "%s/darq%s", base, tail);
        else if (home != NULL && home[0] == '/')
                size = snprintf(place, OPTIONS_PATH_MAX, "%s/%s/darq%s", home, below_home, tail);
        else
                return false;
        return size > 0 && size < OPTIONS_PATH_MAX;
}

/* What packages and local installations bring. */
static void installed_add(struct starter_options *starter)
{
        starter->directories[starter->count++] = "/usr/local/share/darq/services";
        starter->directories[starter->count++] = "/usr/share/darq/services";
}

/* Where root's or a user's services are, when nobody says. */
static void places_default(struct options *self)
{
        struct starter_options *starter = &self->starter;

        if (geteuid() == 0) {
                if (starter->count == 0) {
                        starter->directories[starter->count++] = "/etc/darq/services";
                        installed_add(starter);
                }
                if (starter->state_root == NULL)
                        starter->state_root = "/var/lib/darq";
                return;
        }
        if (starter->count == 0) {
                if (place_find(self->places[0], "XDG_CONFIG_HOME", ".config", "/services"))
                        starter->directories[starter->count++] = self->places[0];
                installed_add(starter);
        }
        if (starter->state_root == NULL)
                starter->state_root =
                        place_find(self->places[1], "XDG_STATE_HOME", ".local/state", "")
                                ? self->places[1]
                                : "/nonexistent";
}

int options_parse(struct options *self, int count, char **arguments, int *status)
{
        static const struct option table[] = {
                {"listen", required_argument, NULL, 'l'},
                {"services", required_argument, NULL, 's'},
                {"state", required_argument, NULL, 'd'},
                {"allow-uid", required_argument, NULL, 'u'},
                {"limit", required_argument, NULL, 'm'},
                {"limits", no_argument, NULL, 'p'},
                {"location", required_argument, NULL, 'n'},
                {"foreground", no_argument, NULL, 'f'},
                {"help", no_argument, NULL, 'h'},
                {"version", no_argument, NULL, 'v'},
                {NULL, 0, NULL, 0},
        };
        bool print = false;
        int option;

        *self = (struct options){.location = ""};
        limits_init(&self->limits);
        *status = EX_USAGE;
        while ((option = getopt_long(count, arguments, "", table, NULL)) != -1) {
                if (option == 'h' || option == 'v') {
                        fputs(option == 'h' ? usage : "pkernel 0.1\n", stdout);
                        *status = 0;
                        return -ECANCELED;
                }
                print = print || option == 'p';
                if (option != 'p' && option_take(self, option, optarg) < 0)
                        return -EINVAL;
        }
        if (optind < count)
                return refuse("argument", arguments[optind], "an option");
        places_default(self);
        if (!print)
                return 0;
        limits_print(&self->limits);
        *status = 0;
        return -ECANCELED;
}

bool options_allow(const struct options *self, uid_t uid)
{
        if (uid == 0 || uid == geteuid())
                return true;
        for (size_t index = 0; index < self->allowed_count; index++) {
                if (self->allowed[index] == uid)
                        return true;
        }
        return false;
}
