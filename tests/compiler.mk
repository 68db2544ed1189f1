# darqidl as a program: its layouts, what it does with input of any kind.
$(eval $(call script,compiler))
compiler-command = SANITIZE=$(SANITIZE) tests/unittests.py tests/compiler

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
evolution-command = SANITIZE=$(SANITIZE) python3 tests/evolution/run.py $(darqidl) $(BUILD)/tests/evolution-read $(archive) . \
        $(BUILD)/evolution
