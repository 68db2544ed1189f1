# Whole systems in which the n-th allocation of a client, a service or the p-kernel fails. .ci/run asks for more.
failing-allocations := $(BUILD)/tests/failing.so
test-programs += $(failing-allocations)
failing-object := $(call object-list,tests/allocations/failing.c)
objects += $(failing-object)
$(failing-object): private extra_cflags += -fno-sanitize=all # it runs before a sanitizer is ready
$(failing-allocations): $(failing-object)
	$(say) LINK $@
	@mkdir -p $(@D)
	$(quiet)$(CC) -shared $(LDFLAGS) -o $@ $^

$(eval $(call script,allocations))
allocations-command = tests/unittests.py tests/allocations
