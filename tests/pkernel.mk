# The p-kernel's core in a virtual world.
world-sources := tests/simulation/world.c $(pkernel-core-sources)
world-didl := idl/kernel.didl pkernel/starter/starter.didl

simulation-sources := $(addprefix tests/simulation/, simulation.c event.c model.c activation.c host.c question.c) $(world-sources)
simulation-didl := $(world-didl)
simulation-archives := $(archive)
simulation-libs :=
simulation-arguments := 1 300
$(eval $(call test,simulation))

test_kernel-sources := tests/unit/test_kernel.c tests/unit/pair.c tests/simulation/question.c $(world-sources)
test_kernel-didl := $(world-didl)
test_kernel-archives := $(archive)
$(eval $(call test,test_kernel))

test_run-sources := tests/unit/test_run.c tests/unit/pair.c tests/simulation/question.c $(world-sources)
test_run-didl := $(world-didl)
test_run-archives := $(archive)
$(eval $(call test,test_run))

test_series-sources := tests/unit/test_series.c tests/simulation/question.c $(world-sources)
test_series-didl := $(world-didl)
test_series-archives := $(archive)
$(eval $(call test,test_series))

# The core's fuzz corpus as a regression test; clang with -fsanitize=fuzzer -DFUZZING makes the fuzzer of it.
fuzz_core-sources := tests/fuzz/fuzz_core.c tests/fuzz/replay.c $(world-sources)
fuzz_core-didl := $(world-didl)
fuzz_core-archives := $(archive)
fuzz_core-libs = $(fuzz-engine)
fuzz_core-arguments := $(sort $(wildcard tests/fuzz/corpus/core/*))
$(eval $(call test,fuzz_core))

# Frames: as functions see them, the core, and the library's connection.
fuzz_frames-sources := tests/fuzz/fuzz_frames.c tests/fuzz/replay.c $(world-sources)
fuzz_frames-didl := $(world-didl)
fuzz_frames-archives := $(archive)
fuzz_frames-libs = $(fuzz-engine)
fuzz_frames-arguments := $(sort $(wildcard tests/fuzz/corpus/frames/*))
$(eval $(call test,fuzz_frames))

# Declared services.
define declared-test
$(1)-sources := tests/unit/$(1).c tests/unit/declared.c tests/simulation/question.c $(world-sources)
$(1)-didl := $(world-didl)
$(1)-archives := $(archive)
$$(eval $$(call test,$(1)))
endef
$(foreach t,test_service test_starting test_declared,$(eval $(call declared-test,$(t))))

test_location-sources := tests/unit/test_location.c tests/simulation/question.c $(world-sources)
test_location-didl := $(world-didl)
test_location-archives := $(archive)
$(eval $(call test,test_location))

test_roles-sources := tests/unit/test_roles.c $(world-sources)
test_roles-didl := $(world-didl)
test_roles-archives := $(archive)
$(eval $(call test,test_roles))

test_rights-sources := tests/unit/test_rights.c tests/simulation/question.c $(world-sources)
test_rights-didl := $(world-didl)
test_rights-archives := $(archive)
$(eval $(call test,test_rights))

test_parts-sources := tests/unit/test_parts.c $(world-sources)
test_parts-didl := $(world-didl)
test_parts-archives := $(archive)
$(eval $(call test,test_parts))

# Allocations that fail, with tests/unit/shortage.c.
shortage := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc

test_memory-sources := tests/unit/test_memory.c tests/unit/shortage.c $(world-sources)
test_memory-didl := $(world-didl)
test_memory-archives := $(archive)
test_memory-libs := $(shortage) -lcmocka
$(eval $(call test,test_memory))

test_hostile-sources := tests/unit/test_hostile.c $(world-sources)
test_hostile-didl := $(world-didl)
test_hostile-archives := $(archive)
$(eval $(call test,test_hostile))

# The shell when system calls fail.
failing-calls := accept4 bind calloc chmod connect dup epoll_create1 epoll_ctl epoll_wait fstat getpeername getrandom getrlimit \
        getsockname getsockopt listen lstat malloc mkdir poll read recv recvmsg send sendmsg setrlimit setsockopt signalfd socket \
        unlink write
shell-sources := $(filter-out pkernel/shell/main.c,$(filter pkernel/shell/% pkernel/starter/%,$(pkernel-sources)))
test_shell-sources := tests/unit/test_shell.c tests/unit/faults.c tests/unit/sites.c $(world-sources) $(shell-sources)
test_shell-didl := $(world-didl)
test_shell-archives := $(darqwire-own) $(archive)
test_shell-libs := $(foreach c,$(failing-calls),-Wl,--wrap=$(c))
test_shell-arguments := 1000 $(call object-list,$(shell-sources) libdarqwire/identity.c libdarqwire/socket.c)
$(eval $(call test,test_shell))
test_shell-command = tests/unit/call_sites.py $(BUILD)/tests/test_shell $(test_shell-arguments)

test_peer-sources := tests/unit/test_peer.c tests/unit/shortage.c $(world-sources) $(shell-sources)
test_peer-didl := $(world-didl)
test_peer-archives := $(darqwire-own) $(archive)
test_peer-libs := $(shortage) -lcmocka
$(eval $(call test,test_peer))

test_options-sources := tests/unit/test_options.c pkernel/shell/options.c pkernel/shell/address.c pkernel/core/limits.c \
        pkernel/core/spelling.c
test_options-libs := -Wl,--wrap=geteuid -lcmocka
$(eval $(call test,test_options))

test_filter-sources := tests/unit/test_filter.c pkernel/shell/filter.c
$(eval $(call test,test_filter))

# Manifests.
manifest-sources := $(addprefix pkernel/starter/, manifest.c words.c) pkernel/core/spelling.c

test_launch-sources := tests/unit/test_launch.c $(addprefix pkernel/starter/, directory.c launch.c user.c) $(manifest-sources)
test_launch-didl := pkernel/starter/starter.didl
test_launch-archives := $(archive)
test_launch-libs := $(foreach c,chdir close_range dup2 fchmod fchown fcntl fork geteuid getgrouplist getpwuid mkdir open pipe2 read \
        setgroups setresgid setresuid socketpair,-Wl,--wrap=$(c)) -lcmocka
$(eval $(call test,test_launch))

test_registry-sources := tests/unit/test_registry.c $(addprefix pkernel/starter/, directory.c registry.c user.c) $(manifest-sources)
test_registry-didl := pkernel/starter/starter.didl
test_registry-archives := $(archive)
test_registry-libs := $(foreach c,calloc fstat fsync geteuid malloc read __read_chk renameat write,-Wl,--wrap=$(c)) -lcmocka
$(eval $(call test,test_registry))

test_leftovers-sources := tests/unit/test_leftovers.c pkernel/starter/leftovers.c
$(eval $(call test,test_leftovers))

test_plain_text-sources := tests/unit/test_plain_text.c pkernel/shell/plain.c
test_plain_text-archives := $(archive)
$(eval $(call test,test_plain_text))

test_manifest-sources := tests/unit/test_manifest.c $(manifest-sources)
test_manifest-didl := pkernel/starter/starter.didl
test_manifest-archives := $(archive)
$(eval $(call test,test_manifest))

fuzz_manifest-sources := tests/fuzz/fuzz_manifest.c tests/fuzz/replay.c $(manifest-sources)
fuzz_manifest-didl := pkernel/starter/starter.didl
fuzz_manifest-archives := $(archive)
fuzz_manifest-libs = $(fuzz-engine)
fuzz_manifest-arguments := $(sort $(wildcard tests/fuzz/corpus/manifest/*))
$(eval $(call test,fuzz_manifest))

# How time and memory grow with messages, ports, calls and connections. Tables of 128 to 512 members are too long to stand in
# a file.
growth-gen := $(BUILD)/gen/tests/bench/growth
growth-sources := $(addprefix tests/bench/growth/,growth.c codec.c kernel.c) $(growth-gen)/members.darq.c $(world-sources)
growth-didl := tests/bench/growth/growth.didl $(world-didl)
growth-generated := $(growth-gen)/members.darq.h
growth-archives := $(archive)
growth-libs := -lm
$(eval $(call bench,growth))

$(growth-gen)/members.didl: tests/pkernel.mk
	@mkdir -p $(@D)
	$(quiet)awk 'BEGIN { print "package members;"; for (n = 128; n <= 512; n *= 2) { print "table T" n " {"; \
	        for (i = 0; i < n; i++) print i + 1 ": u32 m" i ";"; print "}" } }' >$@

$(growth-gen)/members.darq.h $(growth-gen)/members.darq.c &: $(growth-gen)/members.didl $(darqidl)
	$(say) DIDL $<
	$(quiet)$(darqidl) -o $(growth-gen) $< && touch $(growth-gen)/members.darq.h $(growth-gen)/members.darq.c
