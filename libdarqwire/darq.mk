# SPDX-License-Identifier: MIT
#
# For a Makefile that uses Darq IPC. One line turns every .didl file of the folder into objects:
#
#     include $(shell pkg-config --variable=makefile darqwire)
#
#     all: service client
#     service: service.o hello.darq.o
#     client: client.o hello.darq.o
#
# Name the files yourself, before that line, where they stand elsewhere: DARQ_DIDL := idl/hello.didl. Each makes
# NAME.darq.h and NAME.darq.c beside it, and is found by every C file and every other of them, wherever that stands. The line
# adds to CPPFLAGS and LDLIBS what is needed, and compiles C files only after the headers are there. DARQ_HEADERS,
# DARQ_OBJECTS and DARQ_SOURCES name what is made.

darq_prefix := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))/../..)
DARQIDL ?= $(darq_prefix)/bin/darqidl
DARQ_IDL ?= $(darq_prefix)/share/darq/idl
DARQ_DIDL ?= $(wildcard *.didl)
DARQ_HEADERS := $(DARQ_DIDL:.didl=.darq.h)
DARQ_SOURCES := $(DARQ_DIDL:.didl=.darq.c)
DARQ_OBJECTS := $(DARQ_DIDL:.didl=.darq.o)

darq_places := $(addprefix -I,$(sort $(dir $(DARQ_DIDL))))

CPPFLAGS += $(darq_places) -I$(darq_prefix)/include
LDLIBS += -L$(darq_prefix)/lib -Wl,-rpath,$(darq_prefix)/lib -ldarqwire

ifeq ($(.DEFAULT_GOAL),)
darq_no_goal := 1
endif

define darq_rule
$(1).darq.h $(1).darq.c &: $(1).didl
	$$(DARQIDL) -MD $$(darq_places) -I $$(DARQ_IDL) -o $$(@D) $$<
	@touch $(1).darq.h $(1).darq.c
endef
$(foreach name,$(DARQ_DIDL:.didl=),$(eval $(call darq_rule,$(name))))

%.o: %.c | $(DARQ_HEADERS)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -MF $@.d -c -o $@ $<

-include $(DARQ_DIDL:.didl=.d) $(wildcard *.o.d)

# Dependencies that were just read set no goal: the user's first target stays the first.
ifdef darq_no_goal
.DEFAULT_GOAL :=
endif
