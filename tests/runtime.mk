# Sessions, calls and services against a p-kernel that is a script.
define runtime-test
$(1)-sources := tests/unit/$(1).c tests/unit/fake_kernel.c $$($(1)-more)
$(1)-didl := tests/unit/echo.didl idl/kernel.didl
$(1)-archives := $(archive)
$$(eval $$(call test,$(1)))
endef

test_message-more := tests/unit/shortage.c
test_message-libs := $(shortage) -lcmocka
test_call-more := tests/unit/saying.c
test_async-more := tests/unit/saying.c
test_serve-more := tests/unit/saying.c
$(foreach t,test_session test_message test_call test_async test_serve test_stream test_unused test_death,$(eval $(call runtime-test,$(t))))

test_address-sources := tests/unit/test_address.c libdarqwire/address.c libdarqwire/descriptor.c
test_address-libs := -Wl,--wrap=geteuid -lcmocka
$(eval $(call test,test_address))

# Who is at the other end, by what a stand-in for the system says.
far-end-calls := $(foreach c,getpeername getsockname getsockopt recv send setsockopt socket,-Wl,--wrap=$(c))
test_identity-sources := tests/unit/test_identity.c tests/unit/far_end.c libdarqwire/identity.c
test_identity-libs := $(far-end-calls) -lcmocka
$(eval $(call test,test_identity))

test_authority-sources := tests/unit/test_authority.c tests/unit/far_end.c libdarqwire/authority.c libdarqwire/identity.c
test_authority-libs := $(far-end-calls) -Wl,--wrap=geteuid -lcmocka
$(eval $(call test,test_authority))

test_fault-sources := tests/unit/test_fault.c tests/unit/fake_kernel.c
test_fault-didl := tests/unit/places.didl
test_fault-archives := $(archive)
$(eval $(call test,test_fault))

test_connection-sources := tests/unit/test_connection.c
test_connection-archives := $(archive)
$(eval $(call test,test_connection))

test_deadline-sources := tests/unit/test_deadline.c
test_deadline-archives := $(archive)
$(eval $(call test,test_deadline))

test_schema-sources := tests/unit/test_schema.c
test_schema-didl := idl/darq/schema.didl
test_schema-archives := $(archive)
$(eval $(call test,test_schema))

# The library when system calls fail, between a real p-kernel and a real service.
test_client-sources := $(addprefix tests/unit/, test_client.c client_uses.c faults.c sites.c)
test_client-didl := tests/unit/echo.didl
test_client-archives := $(darqwire-own) $(darqwire-stubs)
test_client-libs := $(foreach c,calloc connect epoll_create1 epoll_ctl eventfd getpeername getsockname getsockopt malloc ppoll read \
        realloc recv send sendmsg setsockopt socket strdup strndup timerfd_create write,-Wl,--wrap=$(c))
test_client-arguments := 1000 $(darqwire-own)
$(eval $(call test,test_client))
test_client-command = tests/unit/call_sites.py $(BUILD)/tests/test_client $(test_client-arguments)

# The library against a p-kernel that says what a fuzzer makes up, whose waiting is no waiting.
fuzz_client-sources := $(addprefix tests/fuzz/, fuzz_client.c hostile.c replay.c)
fuzz_client-didl := tests/unit/echo.didl tests/golden/c/streams.didl idl/darq/object.didl
fuzz_client-cflags := -I$(BUILD)/gen/tests/unit -I$(BUILD)/gen/tests/golden/c
fuzz_client-archives := $(archive)
fuzz_client-libs = $(foreach f,clock_gettime ppoll recv send sendmsg,-Wl,--wrap=$(f)) $(fuzz-engine)
fuzz_client-arguments := $(sort $(wildcard tests/fuzz/corpus/client/*))
$(eval $(call test,fuzz_client))
