# SPDX-License-Identifier: MIT
#
# Darq IPC. 'make help' lists the targets. Everything that is made goes to $(BUILD); each folder's module.mk lists its
# sources and what is linked from them, with the macros program, test, script and bench below.

BUILD ?= build
PREFIX ?= /usr/local
DESTDIR ?=
SANITIZE ?=
WERROR ?=
EMULATOR ?=
VERSION := 0.1.0
SOVERSION := 0

ifeq ($(origin CC),default)
CC := gcc
endif
YACC := bison
LEX := flex
INSTALL ?= install

warnings := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef \
        -Wformat=2 -Wwrite-strings
# What the compiler has for this processor; control-flow protection is x86's, branch protection Arm's.
takes = $(if $(shell $(CC) -Werror $(1) -x c -c -o /dev/null /dev/null 2>&1),,$(1))
hardening := -fstack-protector-strong $(call takes,-fstack-clash-protection) $(call takes,-fcf-protection=full) \
        $(call takes,-mbranch-protection=standard) $(if $(SANITIZE),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
# What gcc zeroes inline it mostly leaves to x86's "rep stos", which takes its time to begin: 25 ns for 208 bytes, where stores take 6.
comma := ,
zeroing := $(call takes,-mmemset-strategy=vector_loop:512:noalign$(comma)libcall:-1:noalign)
sanitizers := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer)
OPTIMIZE ?= $(if $(SANITIZE),-O1,-O2)
CFLAGS ?= -g $(OPTIMIZE)
all_cppflags := -D_GNU_SOURCE -Ilibdarqwire/include -I$(BUILD)/gen -I. $(CPPFLAGS)
all_cflags := -std=c11 $(warnings) $(if $(WERROR),-Werror) -fPIC $(call takes,-fno-semantic-interposition) -ffunction-sections -fdata-sections $(CFLAGS) \
        $(hardening) $(zeroing) $(sanitizers)
all_ldflags := $(sanitizers) -Wl,--gc-sections -Wl,--as-needed -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack $(LDFLAGS)

# The library and the p-kernel are optimised as a whole where the compiler can make one ordinary object of many (gcc; not
# for sanitizers, nor for what counts lines). What others link is the same with or without.
whole := $(if $(SANITIZE)$(findstring coverage,$(CC) $(CFLAGS)),,$(if $(shell $(CC) --help=lto 2>/dev/null | grep flinker-output),\
        -flto -flto-partition=one -flinker-output=nolto-rel))

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
.SECONDARY:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

archive := $(BUILD)/lib/libdarqwire.a
shared := $(BUILD)/lib/libdarqwire.so
darqidl := $(BUILD)/bin/darqidl

# What the folders' fragments add to.
programs :=
test-programs :=
benches :=
test-runs :=
objects :=
didl :=
manuals :=

# $(call object-list,SOURCES): the objects of C files, wherever they stand (those below $(BUILD) included).
object-list = $(patsubst %.c,$(BUILD)/obj/%.o,$(patsubst $(BUILD)/%,%,$(1)))

# $(call stub,idl/darq/object.didl): what darqidl makes of a file, without .h or .c. The system's own keep their folder
# below idl/; those of examples and tests stand in the folder that they are in.
stub = $(BUILD)/gen/$(patsubst idl/%,%,$(1:.didl=.darq))
stub-headers = $(foreach d,$(1),$(call stub,$(d)).h)
stub-sources = $(foreach d,$(1),$(call stub,$(d)).c)

# $(call link,NAME,BINARY): what stands behind all the macros that follow. NAME-sources are its C files; NAME-didl
# interface files, whose stubs are linked and whose headers are there before anything is compiled; NAME-archives our own
# libraries; NAME-libs flags for the linker; NAME-cflags flags for its sources; NAME-whole: not empty, and its sources are
# optimised as a whole; NAME-generated other headers that must be there first. A source includes what is generated from its own folder as "hello.darq.h", the system's stubs as
# "storage.darq.h" or "darq/object.darq.h".
define link
$(1)-objects := $$(call object-list,$$($(1)-sources) $$(call stub-sources,$$($(1)-didl)))
objects += $$($(1)-objects)
didl += $$($(1)-didl)
$$($(1)-objects): private extra_cflags += $$($(1)-cflags)
$$(if $$($(1)-whole),$$(call object-list,$$($(1)-sources))): private extra_cflags += $$(if $$(whole),-flto=auto -ffat-lto-objects)
$$($(1)-objects): | $$(call stub-headers,$$($(1)-didl)) $$($(1)-generated)
$(2): $$($(1)-objects) $$($(1)-archives)
	$$(say) LINK $$@
	@mkdir -p $$(@D)
	$$(quiet)$$(CC) -pie $$(if $$(whole),$$(if $$($(1)-whole),-flto=auto $$(all_cflags),-fno-lto)) $$(all_ldflags) -o $$@ \
	        $$($(1)-objects) $$($(1)-archives) $$($(1)-libs)
endef

# $(eval $(call program,NAME)): part of 'make all', in $(BUILD)/bin or where NAME-path says.
define program
programs += $(BUILD)/$$(or $$($(1)-path),bin/$(1))
$(call link,$(1),$(BUILD)/$$(or $$($(1)-path),bin/$(1)))
endef

# $(eval $(call test,NAME)): a test program of 'make check', $(BUILD)/tests/NAME. Linked with cmocka unless NAME-libs says
# otherwise. NAME-arguments, if any, are given to it.
define test
$(1)-libs ?= -lcmocka
test-programs += $(BUILD)/tests/$(1)
test-runs += $(1)
$(1)-command = $(EMULATOR) $(BUILD)/tests/$(1) $$($(1)-arguments)
$(call link,$(1),$(BUILD)/tests/$(1))
endef

# $(eval $(call script,NAME)): a test of 'make check' that is no program of ours: NAME-command, run in this folder when all
# is built; it ends in 'N passed, N failed'. Of both, NAME-when := first says that it takes long, longest that it takes
# longer than the others, alone that it measures, and nothing else is to run meanwhile.
define script
test-runs += $(1)
endef

# $(eval $(call bench,NAME)): a program of 'make bench', $(BUILD)/bench/NAME.
define bench
benches += $(BUILD)/bench/$(1)
$(call link,$(1),$(BUILD)/bench/$(1))
endef

# What must be installed is looked for before anything is compiled: 'make' names what is missing, 'make demo' and 'make
# check' install it.
ifneq ($(filter check tests soak,$(MAKECMDGOALS)),)
packages := install-test-packages
else ifneq ($(filter demo,$(MAKECMDGOALS)),)
packages := install-demo-packages
else
packages := $(BUILD)/packages
endif

include idl/module.mk
include darqidl/module.mk
include libdarqwire/module.mk
include pkernel/module.mk
include pkernel/darqctl/module.mk
include pkernel/link/module.mk
include examples/module.mk
include tests/module.mk

all: $(programs) $(archive) $(shared) $(wireshark-tables)

$(BUILD)/packages: .ci/packages
	@.ci/packages check build
	@mkdir -p $(@D)
	@touch $@

install-demo-packages install-test-packages install-bench-packages install-link-packages install-arch-packages: install-%-packages:
	@.ci/packages install $*

deps: install-test-packages

bench-deps: install-bench-packages

deps-link: install-link-packages

# All is compiled anew when the compiler or its flags change: a build directory holds one variant.
flags := $(strip $(CC) $(all_cppflags) $(all_cflags) $(all_ldflags) $(whole))
ifneq ($(flags),$(strip $(file <$(BUILD)/flags)))
.PHONY: $(BUILD)/flags
endif
$(BUILD)/flags: | $(packages)
	@mkdir -p $(@D)
	@printf '%s\n' '$(flags)' >$@

compile = $(CC) $(all_cppflags) -I$(BUILD)/gen/$(*D) $(all_cflags) $(extra_cflags) -MMD -MP -c -o $@ $<

$(BUILD)/obj/gen/%.o: $(BUILD)/gen/%.c $(BUILD)/flags
	$(say) CC $<
	@mkdir -p $(@D)
	$(quiet)$(compile)

$(BUILD)/obj/%.o: %.c $(BUILD)/flags
	$(say) CC $<
	@mkdir -p $(@D)
	$(quiet)$(compile)

# Parsers: $(BUILD)/gen/darqidl/parser.c and .h from darqidl/parser.y.
$(BUILD)/gen/%.c $(BUILD)/gen/%.h &: %.y | $(packages)
	$(say) BISON $<
	@mkdir -p $(@D)
	$(quiet)$(YACC) --header=$(BUILD)/gen/$*.h -o $(BUILD)/gen/$*.c $<

$(BUILD)/gen/%.c $(BUILD)/gen/%.h &: %.l | $(packages)
	$(say) FLEX $<
	@mkdir -p $(@D)
	$(quiet)$(LEX) --header-file=$(BUILD)/gen/$*.h -o $(BUILD)/gen/$*.c $<

# Interface files. darqidl leaves alone what wouldn't change, so a stamp tells when it ran, and what includes an unchanged
# header isn't compiled again. The stamp's own dependencies are the files that were imported.
define didl-rule
$(call stub,$(1)).h $(call stub,$(1)).c &: $(call stub,$(1)).stamp ;
$(call stub,$(1)).stamp: $(1) $(darqidl)
	$$(say) DIDL $$<
	@mkdir -p $$(@D)
	$$(quiet)$$(darqidl) -MD -I idl -o $$(@D) $$<
	@sed '1s|^[^:]*:|$$@:|' $$(@:.darq.stamp=.d) >$$@.d && touch $$@
endef
$(foreach d,$(sort $(didl)),$(eval $(call didl-rule,$(d))))

-include $(sort $(objects:.o=.d)) $(foreach d,$(sort $(didl)),$(call stub,$(d)).stamp.d)

# make check TESTS="frame storage" runs those whose name holds one of these words.
tests: all $(test-programs)

# Compilers are asked about generated C once: other builds of darqidl write the same.
COMPILERS ?= $(if $(SANITIZE)$(findstring coverage,$(CC) $(CFLAGS)),,gcc clang)
check: export COMPILERS := $(COMPILERS)
check: export DARQ_MAKE = $(MAKEOVERRIDES)
check: install-test-packages tests
	$(file >$(BUILD)/runs)$(foreach t,$(test-runs),$(file >>$(BUILD)/runs,$(t) $(or $($(t)-when),any) $($(t)-command)))
	@tests/run.py $(BUILD) $(TESTS)

bench: all $(benches)
	@status=0; for bench in $(benches); do echo "$${bench##*/}:"; $$bench || status=1; done; exit $$status

# What analyzers think of the sources; a stamp for each source and analyzer, which is as old as its object.
#
# gcc's leaks are left out: 12 forgets what a list's links hold. clang's analyzer looks for leaks too, and follows these.
analyzed := $(filter-out $(if $(nats-present),,pkernel/link/%),$(wildcard darqidl/*.c libdarqwire/*.c pkernel/*/*.c))
analyses := $(foreach kind,gcc tidy,$(analyzed:%.c=$(BUILD)/analyze/%.$(kind)))

$(BUILD)/analyze/%.gcc: $(BUILD)/obj/%.o
	$(say) FANALYZE $*.c
	@mkdir -p $(@D)
	$(quiet)gcc -std=c11 -O2 -fanalyzer -Wno-analyzer-malloc-leak -Werror $(all_cppflags) -I$(BUILD)/gen/$(*D) -c -o /dev/null $*.c
	@touch $@

$(BUILD)/analyze/%.tidy: $(BUILD)/obj/%.o .clang-tidy
	$(say) TIDY $*.c
	@mkdir -p $(@D)
	$(quiet)clang-tidy --quiet $*.c -- -std=c11 $(all_cppflags) -I$(BUILD)/gen/$(*D) >$@.said 2>/dev/null || { cat $@.said; false; }
	@touch $@

# A NULL that ends a list of arguments is a pointer wherever there is POSIX (XBD, <stddef.h>); cppcheck's own preprocessor (2.10)
# trips over DARQ_STR() in two files of the examples.
$(BUILD)/analyze/cppcheck: $(analyzed:%.c=$(BUILD)/obj/%.o) $(programs)
	$(say) CPPCHECK
	@mkdir -p $(@D)
	$(quiet)cppcheck --quiet --error-exitcode=1 -j $(shell nproc) --std=c11 --enable=warning,performance,portability \
	        --inline-suppr --suppress=missingIncludeSystem --suppress=varFuncNullUB \
	        --suppress=preprocessorErrorDirective:libdarqwire/include/darq/types.h '--suppress=*:$(BUILD)/gen/darqidl/*' \
	        -D_GNU_SOURCE -D__x86_64__ '-Djson_array_foreach(a,i,v)=for(;;)' '-Djson_object_foreach(a,i,v)=for(;;)' \
	        -Ilibdarqwire/include -I$(BUILD)/gen -I. pkernel libdarqwire darqidl examples
	@touch $@

analyze: all
	@+$(MAKE) -s --no-print-directory $(analyses) $(BUILD)/analyze/cppcheck

# How much of the sources the tests run, in a build of its own. A process writes its counters when it ends, however it ends
# (tests/coverage.h), for which the p-kernel must be able to open files; optimised code has fewer branches than its source, and no
# FORTIFY_SOURCE without optimising. Left out is what does once more, in large numbers, what others have done.
coverage-without ?= compiler-large compiler-random differential evolution interop-random links-delay
coverage-make = $(MAKE) --no-print-directory BUILD=$(BUILD)-coverage CC='gcc --coverage -fprofile-update=atomic' CFLAGS='-g -O0' \
        CPPFLAGS='-DFILTER_OFF -include $(CURDIR)/tests/coverage.h' hardening= ALLOCATIONS=20 check
coverage: install-test-packages
	@mkdir -p $(BUILD)-coverage
	@find $(BUILD)-coverage -name '*.gcda' -delete
	@+$(coverage-make) TESTS='$(coverage-without:%=-%)'; status=$$?; tests/coverage.py $(BUILD)-coverage --files && exit $$status

# A minute, or SECONDS=n, or HOURS=n.
soak: export DARQ_MAKE = $(MAKEOVERRIDES)
soak: install-test-packages all
	DARQ_BUILD=$(BUILD) SOAK_SECONDS=$(or $(SECONDS),$(if $(HOURS),$$((3600 * $(HOURS)))),60) tests/unittests.py tests/soak

demo: install-demo-packages all
	@examples/storage/demo.sh $(BUILD)

# Installation. Whatever 'make install' writes, 'make uninstall' removes.
include_dir = $(DESTDIR)$(PREFIX)/include/darq
lib_dir = $(DESTDIR)$(PREFIX)/lib
share_dir = $(DESTDIR)$(PREFIX)/share
unit_dir = $(DESTDIR)$(PREFIX)/lib/systemd/system
completions = $(addprefix $(share_dir)/,bash-completion/completions/darqctl zsh/site-functions/_darqctl \
        fish/vendor_completions.d/darqctl.fish)
units = pkernel.service pkernel.socket $(link-units)
installed-idl = $(patsubst idl/%,%,$(idl-sources))
installed-headers = $(wildcard libdarqwire/include/darq/*.h) $(call stub-headers,$(darqwire-didl))
installed-programs = $(addprefix $(BUILD)/bin/,darqidl pkernel darqctl) $(link-program)
shared-links = libdarqwire.so.$(SOVERSION) libdarqwire.so

install: all
	$(say) INSTALL '$(DESTDIR)$(PREFIX)'
	@$(INSTALL) -d $(include_dir) $(lib_dir)/pkgconfig $(DESTDIR)$(PREFIX)/bin $(share_dir)/darq
	@$(INSTALL) -m 755 $(installed-programs) $(DESTDIR)$(PREFIX)/bin
	@$(INSTALL) -m 644 $(installed-headers) $(include_dir)
	@$(INSTALL) -m 644 $(archive) $(lib_dir)
	@$(INSTALL) -m 755 $(shared) $(lib_dir)/libdarqwire.so.$(VERSION)
	@for link in $(shared-links); do ln -sfn libdarqwire.so.$(VERSION) $(lib_dir)/$$link; done
	@for file in $(installed-idl); do $(INSTALL) -D -m 644 idl/$$file $(share_dir)/darq/idl/$$file; done
	@for page in $(manuals); do \
	        $(INSTALL) -D -m 644 $$page $(share_dir)/man/man$${page##*.}/$${page##*/}; done
	@$(INSTALL) -m 644 libdarqwire/darq.mk $(share_dir)/darq
	@$(INSTALL) -d $(share_dir)/darq/wireshark/darq
	@$(INSTALL) -m 644 libdarqwire/wireshark/darq/*.lua $(share_dir)/darq/wireshark/darq
	@$(INSTALL) -m 644 libdarqwire/wireshark/darq.lua $(wireshark-tables) $(share_dir)/darq/wireshark
	@$(INSTALL) -d $(dir $(completions))
	@for file in $(completions); do \
	        $(BUILD)/bin/darqctl completion "$$(basename $${file%/*/*} -completion)" >$$file; done
	@$(INSTALL) -d $(unit_dir)
	@for unit in $(units); do \
	        sed 's|/usr/local/bin|$(PREFIX)/bin|' pkernel/systemd/$$unit >$(unit_dir)/$$unit; done
	@sed 's|@VERSION@|$(VERSION)|' libdarqwire/darqwire.pc.in >$(lib_dir)/pkgconfig/darqwire.pc
	@if [ -z '$(DESTDIR)' ] && [ "$$(id -u)" -eq 0 ]; then ldconfig; fi

uninstall:
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/bin/,$(notdir $(installed-programs)))
	rm -f $(addprefix $(lib_dir)/,libdarqwire.a libdarqwire.so.$(VERSION) $(shared-links) pkgconfig/darqwire.pc)
	rm -f $(foreach page,$(manuals),$(share_dir)/man/man$(subst .,,$(suffix $(page)))/$(notdir $(page)))
	rm -f $(addprefix $(unit_dir)/,$(units)) $(completions)
	rm -rf $(include_dir) $(share_dir)/darq

# Formatting: of what stands in the repository, and never of what is generated or copied. Schemas that are odd on
# purpose stay as they are.
in-repository = $(shell git ls-files --cached --others --exclude-standard $(1))
formatted = $(call in-repository,'*.c' '*.h')
formatted-didl = $(filter-out tests/golden/bad/%,$(call in-repository,'*.didl'))

format: $(darqidl)
	@clang-format -i $(formatted)
	@$(darqidl) fmt $(formatted-didl)

format-check: $(darqidl)
	@clang-format --dry-run -Werror $(formatted)
	@$(darqidl) fmt --check $(formatted-didl)

clean:
	rm -rf $(BUILD)

help:
	@sed -n 's/^## //p' Makefile

.PHONY: all tests check analyze coverage soak bench demo deps deps-link install uninstall format format-check clean help
.PHONY: install-demo-packages install-test-packages install-bench-packages install-link-packages install-arch-packages bench-deps

## make                  the compiler, the library, the p-kernel, darqctl and the examples, below build/
## make demo             builds what is needed and shows services at work; installs missing Debian packages
## make check            builds and runs the tests; the same. TESTS="frame hello" runs those only
## make bench            measures; make bench-codec our codec, make bench-broker the p-kernel, beside others, which make bench-deps installs
##                       (SYSTEMS="darq relay redis" LOADS="call idle" ROUNDS=n MILLISECONDS=n: a part of bench-broker, shorter or longer)
## make install          to PREFIX (/usr/local), below DESTDIR; make uninstall removes it again
## make deps             installs the Debian packages that building and testing need
## make deps-link        and those that darq-link needs: without them it is left out
## make analyze          what cppcheck, gcc -fanalyzer and clang-tidy find
## make check-arch       what needs a libc only, for s390x, armhf and i386, under qemu where it must be; installs the compilers
## make coverage         how much of the sources the tests run, by folder and file
## make soak             a whole system under faults for a minute; HOURS=n, SECONDS=n
## make demo-locations   three locations over a cluster of NATS servers; make bench-link measures beside NATS alone
## make format           lays out all C and .didl files; make format-check only looks
## make clean            removes $(BUILD)
##
## Variables: BUILD=directory  CC=clang  CFLAGS=...  WERROR=1  SANITIZE=address,undefined  V=1 (shows the commands)
## A build directory holds one variant: give each its own.
