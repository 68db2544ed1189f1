# Sessions, calls and services against a p-kernel that is a script.
define runtime-test
$(1)-sources := tests/unit/$(1).c tests/unit/fake_kernel.c
$(1)-didl := tests/unit/echo.didl idl/kernel.didl
$(1)-archives := $(archive)
$$(eval $$(call test,$(1)))
endef

$(foreach t,test_session test_call test_serve test_stream test_unused test_death,$(eval $(call runtime-test,$(t))))

test_fault-sources := tests/unit/test_fault.c tests/unit/fake_kernel.c
test_fault-didl := tests/unit/places.didl
test_fault-archives := $(archive)
$(eval $(call test,test_fault))

test_schema-sources := tests/unit/test_schema.c
test_schema-didl := idl/darq/schema.didl
test_schema-archives := $(archive)
$(eval $(call test,test_schema))

# The library when system calls fail, between a real p-kernel and a real service.
test_client-sources := tests/unit/test_client.c
test_client-didl := tests/unit/echo.didl
test_client-archives := $(archive)
test_client-libs := $(foreach c,calloc connect eventfd getpeername getsockname getsockopt malloc ppoll realloc recv \
        send sendmsg socket,-Wl,--wrap=$(c))
test_client-arguments := 1000
$(eval $(call test,test_client))
