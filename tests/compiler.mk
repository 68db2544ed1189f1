# darqidl as a program: its layouts, what it does with input of any kind.
$(eval $(call script,compiler))
compiler-when := first
compiler-command = SANITIZE=$(SANITIZE) tests/unittests.py tests/compiler -Random -Large

# A mebibyte of any kind.
$(eval $(call script,compiler-large))
compiler-large-when := first
compiler-large-command = SANITIZE=$(SANITIZE) tests/unittests.py tests/compiler Large

# Generated and mutated schemas.
$(eval $(call script,compiler-random))
compiler-random-when := first
compiler-random-command = SANITIZE=$(SANITIZE) tests/unittests.py tests/compiler Random

# How its time grows with a schema.
compile_time-sources := tests/bench/compile_time.c
$(eval $(call bench,compile_time))

# The table of `darqidl check` against what happens: programs of two versions read each other's messages.
evolution-read-sources := tests/evolution/read.c
evolution-read-didl := idl/darq/schema.didl
evolution-read-archives := $(archive)
evolution-read-path := tests/evolution-read
$(eval $(call program,evolution-read))

$(eval $(call script,evolution))
evolution-when := first
evolution-command = FIRST=$(if $(COMPILERS),,yes) SANITIZE=$(SANITIZE) python3 tests/evolution/run.py $(darqidl) $(BUILD)/tests/evolution-read $(archive) . \
        $(BUILD)/evolution

# The compiler, its layout and its comparison, as functions: their files are in memory.
define compiler-fuzz
fuzz_$(1)-sources := tests/fuzz/fuzz_$(1).c tests/fuzz/sources.c tests/fuzz/replay.c $(filter-out darqidl/main.c,$(darqidl-sources))
fuzz_$(1)-generated := $(darqidl-generated)
fuzz_$(1)-archives := $(archive)
fuzz_$(1)-libs = $(foreach f,access source_read source_real_path,-Wl,--wrap=$(f)) -ljansson $$(fuzz-engine)
fuzz_$(1)-arguments := $(sort $(wildcard tests/fuzz/corpus/$(1)/*))
$$(eval $$(call test,fuzz_$(1)))
endef

$(foreach t,compiler fmt check,$(eval $(call compiler-fuzz,$(t))))
$(BUILD)/obj/tests/fuzz/fuzz_compiler.o: | $(call stub-headers,idl/darq/schema.didl idl/darq/object.didl)
