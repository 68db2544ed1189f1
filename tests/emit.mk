# What darqidl generates: its text, and its pack and unpack.
$(eval $(call script,generated))
generated-command = python3 tests/golden/generated.py $(darqidl) .

# Good schemas of one construct each: how they resolve, and whether their C compiles.
$(eval $(call script,good))
good-command = python3 tests/golden/good.py $(darqidl) .

# Random schemas, each with random values, against Cyclone DDS.
$(eval $(call script,interop-random))
interop-random-command = SANITIZE=$(SANITIZE) python3 tests/interop/random/run.py $(darqidl) $(archive) . \
        $(BUILD)/interop-random

test_generated-sources := tests/unit/test_generated.c
test_generated-didl := tests/golden/c/every.didl idl/darq/object.didl idl/darq/schema.didl
test_generated-archives := $(archive)
$(eval $(call test,test_generated))
