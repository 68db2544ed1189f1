/* SPDX-License-Identifier: MIT */
#ifndef SIMULATION_EVENT_H
#define SIMULATION_EVENT_H

#include "tests/simulation/model.h"

/** One event, drawn. What comes of it hasn't been read yet. */
void event_draw(struct model *self);

#endif
