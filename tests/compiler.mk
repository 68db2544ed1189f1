# darqidl as a program: its layouts, what it does with input of any kind.
$(eval $(call script,compiler))
compiler-command = SANITIZE=$(SANITIZE) tests/unittests.py tests/compiler
