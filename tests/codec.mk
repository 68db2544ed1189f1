# The payload codec, frames and statuses.
define codec-test
$(1)-sources := tests/unit/$(1).c $$($(1)-more)
$(1)-archives := $(archive)
$$(eval $$(call test,$(1)))
endef

test_reader-more := tests/unit/reading.c
test_plain-more := tests/unit/reading.c
test_table-more := tests/unit/reading.c
test_arena-libs := -Wl,--wrap=malloc,--wrap=calloc -lcmocka
test_writer-more := tests/unit/writing.c
test_room-more := tests/unit/writing.c
test_room-libs := -Wl,--wrap=realloc -lcmocka
$(foreach t,test_arena test_map test_utf8 test_writer test_room test_cursor test_reader test_plain test_table test_strings test_frame test_status,$(eval $(call codec-test,$(t))))

# Payloads whose bytes never change, through every reader and writer that there is.
$(eval $(call script,vectors))
vectors-command = SANITIZE=$(SANITIZE) python3 tests/golden/vectors.py $(darqidl) $(BUILD)/bin/darqctl $(archive) . \
        $(BUILD)/vectors

# Every truncation and every byte of small frames, against frames in Python.
frames-verdict-sources := tests/interop/differential/frames.c
frames-verdict-archives := $(archive)
frames-verdict-path := tests/frames-verdict
$(eval $(call program,frames-verdict))

$(eval $(call script,frames))
frames-command = python3 tests/interop/differential/frames.py $(BUILD)/tests/frames-verdict

# Payloads of a schema with everything, and schemas themselves, as a fuzzer makes them.
fuzz_payload-didl := tests/golden/c/every.didl tests/golden/c/plain.didl idl/darq/object.didl
fuzz_schema-didl := idl/darq/schema.didl
define codec-fuzz
fuzz_$(1)-sources := tests/fuzz/fuzz_$(1).c tests/fuzz/replay.c
fuzz_$(1)-archives := $(archive)
fuzz_$(1)-libs = $$(fuzz-engine)
fuzz_$(1)-arguments := $(sort $(wildcard tests/fuzz/corpus/$(1)/*))
$$(eval $$(call test,fuzz_$(1)))
endef

$(foreach t,payload schema,$(eval $(call codec-fuzz,$(t))))

# What darqctl makes of payloads, and of JSON.
fuzz_json-sources := tests/fuzz/fuzz_json.c tests/fuzz/replay.c $(addprefix pkernel/darqctl/, base64.c file.c json_read.c json_text.c json_write.c)
fuzz_json-didl := $(fuzz_payload-didl)
fuzz_json-archives := $(archive)
fuzz_json-libs = $(darqctl-libs) $(fuzz-engine)
fuzz_json-arguments := $(sort $(wildcard tests/fuzz/corpus/json/*))
$(eval $(call test,fuzz_json))
