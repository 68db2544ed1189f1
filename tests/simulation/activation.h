/* SPDX-License-Identifier: MIT */
#ifndef SIMULATION_ACTIVATION_H
#define SIMULATION_ACTIVATION_H

#include "tests/simulation/model.h"

/* What must be true of declared services. */

/** Declares all of them to the core. */
void activation_begin(struct model *self);

/** Whether the core has it started; else whoever is its declared user serves it. */
static inline bool activation_starts(const struct model_service *service)
{
        return service->declaration->activation != DARQ_STARTER_ACTIVATION_NEVER;
}

/** Whether the manifest lets the endpoint send to it. */
bool activation_allows(const struct model *self, const struct model_service *service,
                       const struct endpoint *endpoint);

/** Whether the endpoint may serve it now: anybody else is an imposter. */
bool activation_may_serve(const struct model *self, const struct model_service *service,
                          const struct endpoint *endpoint);

/** Whether a message to it may be refused at once, since it failed too often. */
bool activation_may_refuse(const struct model *self, const struct model_service *service);

/** It has the port from now on, or no more. */
void activation_lent(struct model *self, struct model_service *service, struct endpoint *endpoint);
void activation_lease_ended(struct model *self, struct model_service *service);

/** Whether the caller is checking out, which cancels the calls that it made from that port. */
bool activation_cancels(const struct model *self, const struct model_letter *letter);

/** What waits for it may not be handed over any more. */
void activation_doom(struct model *self, const struct model_service *service, bool excused);

/** The core has been told that its process has ended. */
void activation_process_ended(struct model *self, struct model_service *service);

/** An endpoint has gone. */
void activation_disconnected(struct model *self, const struct endpoint *endpoint);

/** Looks at what the core has wanted of processes since the last time. */
void activation_look(struct model *self);

/* What has come to an endpoint. */
void activation_letter_came(struct model *self, const struct endpoint *endpoint,
                            struct model_letter *letter, size_t index);
void activation_refusal_came(struct model *self, const struct model_letter *letter, size_t index);
void activation_answer_came(struct model *self, struct endpoint *endpoint,
                            const struct arrival *arrival);

#endif
