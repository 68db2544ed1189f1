# Programs that aren't ours: an existing DarqOS process, and the payloads of Cyclone DDS.
$(eval $(call script,interop-legacy))
interop-legacy-command = tests/unittests.py tests/interop

# Payloads against a decoder in plain Python; .ci/run asks for more.
$(eval $(call script,differential))
differential-command = SANITIZE=$(SANITIZE) python3 tests/interop/differential/run.py $(darqidl) $(archive) . \
        $(BUILD)/differential 25000 4

cyclone-every := $(BUILD)/gen/tests/interop/cyclone/every
test_cyclone-sources := tests/interop/test_cyclone.c $(cyclone-every).c
test_cyclone-didl := tests/interop/every.didl
test_cyclone-generated := $(cyclone-every).h
test_cyclone-cflags := -std=gnu11 # Cyclone's headers hold asm
test_cyclone-archives := $(archive)
test_cyclone-libs := -lcmocka -lddsc
$(eval $(call test,test_cyclone))

# What idlc makes isn't held to our warnings.
$(BUILD)/obj/gen/tests/interop/cyclone/every.o: private extra_cflags += -w

$(cyclone-every).h $(cyclone-every).c &: tests/interop/every.idl | $(packages)
	$(say) IDLC $<
	@mkdir -p $(@D)
	$(quiet)idlc -x final -o $(@D) $<
