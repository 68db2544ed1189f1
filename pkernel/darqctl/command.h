/* SPDX-License-Identifier: MIT */
#ifndef DARQCTL_COMMAND_H
#define DARQCTL_COMMAND_H

#include <darq/darq.h>

/* How the tool ends. */
enum { DONE = 0, NOT_DONE = 1, MISUSE = 2 };

/* Where the p-kernel itself is served. */
enum { KERNEL_PORT = 1 };

/**
 * What a command does with the words after its own name; words[count] is NULL. The session is NULL until the command, having looked
 * at its words, asks for it by session_reach(). Returns DONE, NOT_DONE after a sentence on the standard error, or MISUSE without one.
 */
typedef int command_function(struct darq_session **session, int count, char **words);

command_function ping_command;
command_function status_command;
command_function list_command;
command_function send_command;
command_function call_command;
command_function describe_command;
command_function request_command;
command_function register_command;
command_function reload_command;
command_function resolve_command;
command_function start_command;
command_function stop_command;
command_function receive_command;
command_function encode_command;
command_function decode_command;
command_function completion_command;
command_function locations_command;
command_function location_command;
command_function monitor_command;
command_function top_command;

/* main.c */

/** The names of the commands, a line each. */
void commands_print(void);

/* words.c */

/** Connects, if that isn't done yet: DONE, or NOT_DONE after a sentence. The session is closed when the command ends. */
int session_reach(struct darq_session **session);

/** A port's number, or a service's name, as a proxy. 0, or a negative status after a sentence. */
int target_open(struct darq_proxy *proxy, struct darq_session *session, const char *target);

/** A decimal number up to max; false, after a sentence, for anything else. */
bool number_read(uint64_t *number, const char *text, uint64_t max);

/**
 * Takes the options -c COUNT and -t MS from among the other words; NULL for one that the command doesn't know. False for
 * any other, and, after a sentence, for a bad number.
 */
bool options_read(int *count, char ***words, uint64_t *times, uint64_t *timeout_ms);

/** Takes a word such as --json out of the others; whether it was there. */
bool flag_take(int *count, char **words, const char *flag);

/** Takes an option and the word behind it, if it is there; false: there is none behind it. */
bool value_take(int *count, char **words, const char *option, const char **value);

/** Says what went wrong with what, and returns NOT_DONE. */
int complain(const struct darq_session *session, const char *what, int status);

/* locations.c */

/** The names of the other locations, a line each, if a link tells them. */
void locations_print(struct darq_session **session);

/* message.c */

/** Sends a one-way message, and finds out whether it could be delivered: DONE, or NOT_DONE after a sentence. */
int send_and_ask(struct darq_session *session, const struct darq_outgoing *message);

/* ping.c */

/**
 * Asks whoever serves the port to describe itself, which costs it nothing: 0 or as darq_message_call(). The answer may be
 * NULL; else it is to be freed with darq_message_free().
 */
int describe(struct darq_session *session, uint64_t port, struct darq_message **answer);

#endif
