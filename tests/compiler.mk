# darqidl as a program: its layouts, what it does with input of any kind.
$(eval $(call script,compiler))
compiler-command = SANITIZE=$(SANITIZE) tests/unittests.py tests/compiler

# How its time grows with a schema.
compile_time-sources := tests/bench/compile_time.c
$(eval $(call bench,compile_time))
