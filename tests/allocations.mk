# Libraries that make allocations, and system calls, of a program as it is fail.
define failing-library
test-programs += $(BUILD)/tests/$(1).so
$(1)-library-objects := $$(call object-list,tests/allocations/$(1).c tests/allocations/control.c)
objects += $$($(1)-library-objects)
$$($(1)-library-objects): private extra_cflags += -fno-sanitize=all -U_FORTIFY_SOURCE # they run before a sanitizer is ready, and are what it would check
$(BUILD)/tests/$(1).so: $$($(1)-library-objects)
	$$(say) LINK $$@
	@mkdir -p $$(@D)
	$$(quiet)$$(CC) -shared $$(LDFLAGS) -o $$@ $$^
endef

$(foreach l,failing calls,$(eval $(call failing-library,$(l))))

# Whole systems in which the n-th allocation of a client, a service or the p-kernel fails. make coverage asks for more.
$(eval $(call script,allocations))
allocations-when := first
allocations-command = $(if $(ALLOCATIONS),VOLUME=$(ALLOCATIONS)) tests/unittests.py tests/allocations Allocations

# The compiler, of which a call fails.
$(eval $(call script,compiler-faults))
compiler-faults-command = VOLUME=$(or $(VOLUME),$(if $(SANITIZE),1,3)) tests/unittests.py tests/allocations Compiler
