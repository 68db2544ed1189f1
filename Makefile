# Darq IPC. make help lists the targets. Everything that is made goes to $(BUILD).

BUILD ?= build
PREFIX ?= /usr/local
DESTDIR ?=
VERSION := 0.1.0
SANITIZE ?=
WERROR ?=

ifeq ($(origin CC),default)
CC := gcc
endif

warnings := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes \
        -Wmissing-prototypes -Wvla -Wundef -Wformat=2 -Wwrite-strings
sanitizers := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer)
OPTIMIZE ?= $(if $(SANITIZE),-O1,-O2)
CFLAGS ?= -g $(OPTIMIZE)
all_cflags := -std=c11 -D_GNU_SOURCE $(warnings) $(if $(WERROR),-Werror) -ffunction-sections -fdata-sections \
        $(sanitizers) $(CFLAGS)
all_cppflags := -Ilibdarqwire/include -I$(BUILD)/gen -I. $(CPPFLAGS)
all_ldflags := $(sanitizers) -Wl,--gc-sections -Wl,--as-needed $(LDFLAGS)

# V=1 shows the commands.
ifeq ($(V),1)
say := @:
quiet :=
else
say := @printf '  %-8s %s\n'
quiet := @
endif

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
.SUFFIXES:

programs :=
tests :=
objects :=

# $(call object-list,SOURCES): the objects of C files, wherever they stand (build/gen included).
object-list = $(patsubst %.c,$(BUILD)/obj/%.o,$(patsubst $(BUILD)/%,%,$(1)))

# A program: $(eval $(call program,NAME)) with NAME-sources, and, where needed, NAME-didl (interface files whose
# stubs it uses), NAME-archives (libraries of ours), NAME-libs (linker flags), NAME-cflags, NAME-path (default bin/NAME).
define program
$(1)-objects := $$(call object-list,$$($(1)-sources) $$(foreach d,$$($(1)-didl),$$(call stub,$$(d)).c))
$(1)-binary := $(BUILD)/$$(or $$($(1)-path),bin/$(1))
objects += $$($(1)-objects)
programs += $$($(1)-binary)
$$($(1)-objects): private extra_cflags := $$($(1)-cflags)
$$($(1)-objects): | $$(foreach d,$$($(1)-didl),$$(call stub,$$(d)).h)
$$($(1)-binary): $$($(1)-objects) $$($(1)-archives)
	$$(say) LINK $$@
	@mkdir -p $$(@D)
	$$(quiet)$$(CC) $$(all_ldflags) -o $$@ $$($(1)-objects) $$($(1)-archives) $$($(1)-libs)
endef

# $(call stub,idl/darq/object.didl): what darqidl makes of a file, without .h or .c. Interface files of the system keep
# their folder below idl/, those of examples and tests stand in the folder that they are in.
stub = $(BUILD)/gen/$(patsubst idl/%,%,$(1:.didl=.darq))

archive := $(BUILD)/lib/libdarqwire.a
shared := $(BUILD)/lib/libdarqwire.so
darqidl := $(BUILD)/bin/darqidl

include idl/module.mk
include darqidl/module.mk
include libdarqwire/module.mk
include pkernel/module.mk
include examples/module.mk
include tests/module.mk

all: $(programs) $(archive) $(shared)

$(BUILD)/obj/gen/%.o: $(BUILD)/gen/%.c
	$(say) CC $<
	@mkdir -p $(@D)
	$(quiet)$(CC) $(all_cppflags) $(all_cflags) -fPIC $(extra_cflags) -MMD -MP -c -o $@ $<

$(BUILD)/obj/%.o: %.c
	$(say) CC $<
	@mkdir -p $(@D)
	$(quiet)$(CC) $(all_cppflags) $(all_cflags) -fPIC $(extra_cflags) -MMD -MP -c -o $@ $<

# Interface files: one rule for those of the system, one for all others.
$(BUILD)/gen/%.darq.h $(BUILD)/gen/%.darq.c &: idl/%.didl $(darqidl)
	$(say) DIDL $<
	@mkdir -p $(@D)
	$(quiet)$(darqidl) -MD -I idl -o $(@D) $<
	@touch $(BUILD)/gen/$*.darq.h $(BUILD)/gen/$*.darq.c

$(BUILD)/gen/%.darq.h $(BUILD)/gen/%.darq.c &: %.didl $(darqidl)
	$(say) DIDL $<
	@mkdir -p $(@D)
	$(quiet)$(darqidl) -MD -I idl -o $(@D) $<
	@touch $(BUILD)/gen/$*.darq.h $(BUILD)/gen/$*.darq.c

clean:
	rm -rf $(BUILD)

.PHONY: all clean

-include $(sort $(objects:.o=.d))
