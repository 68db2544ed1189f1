/* SPDX-License-Identifier: MIT */
#ifndef PKERNEL_CONTROL_OPS_H
#define PKERNEL_CONTROL_OPS_H

#include "pkernel/core/control.h"

/*
 * What serves the methods of idl/kernel.didl, in a file for each noun; control_ops.c has the table of them. Each
 * function's self is the kernel.
 */

/** A member of a table, with the mark that it is there. */
#define PRESENT(name, value) .has_##name = true, .name = (value)

/** The connection that asks. */
struct connection *control_asker(struct darq_call *call);

/** Whether it is root's or the p-kernel's own uid's. */
bool control_privileged(struct darq_call *call);
/** What others are told. */
extern const char control_for_the_privileged[];

/** Whether a port is there and the connection's own. */
bool control_owns(const struct connection *connection, uint64_t number);

/* names and ports: control_port.c */

void serve_connect(void *self, struct darq_call *call,
                   const struct darq_kernel_connect_request *request);
void serve_check_in(void *self, struct darq_call *call,
                    const struct darq_kernel_check_in_request *request);
void serve_check_out(void *self, struct darq_call *call,
                     const struct darq_kernel_check_out_request *request);
void serve_watch(void *self, struct darq_call *call,
                 const struct darq_kernel_watch_request *request);
void serve_watch_senders(void *self, struct darq_call *call,
                         const struct darq_kernel_watch_senders_request *request);
void serve_release(void *self, struct darq_call *call,
                   const struct darq_kernel_release_request *request);

/* lists: control_list.c */

void serve_list_ports(void *self, struct darq_call *call,
                      const struct darq_kernel_list_ports_request *request);
void serve_list_connections(void *self, struct darq_call *call,
                            const struct darq_kernel_list_connections_request *request);
void serve_list_services(void *self, struct darq_call *call,
                         const struct darq_kernel_list_services_request *request);
void serve_list_usable(void *self, struct darq_call *call,
                       const struct darq_kernel_list_usable_request *request);

/* declared services: control_service.c */

void serve_register(void *self, struct darq_call *call,
                    const struct darq_kernel_register_request *request);
void serve_reload(void *self, struct darq_call *call,
                  const struct darq_kernel_reload_request *request);
void serve_resolve(void *self, struct darq_call *call,
                   const struct darq_kernel_resolve_request *request);
void serve_start(void *self, struct darq_call *call,
                 const struct darq_kernel_start_request *request);
void serve_stop(void *self, struct darq_call *call, const struct darq_kernel_stop_request *request);

/* other locations: control_location.c */

void serve_stand_for(void *self, struct darq_call *call,
                     const struct darq_kernel_stand_for_request *request);
void serve_wanted(void *self, struct darq_call *call,
                  const struct darq_kernel_wanted_request *request);
void serve_provide(void *self, struct darq_call *call,
                   const struct darq_kernel_provide_request *request);
void serve_decline(void *self, struct darq_call *call,
                   const struct darq_kernel_decline_request *request);

#endif
