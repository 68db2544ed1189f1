# Each area registers its tests, with the macros test, script and bench, in a fragment of its own.
include $(filter-out tests/module.mk,$(sort $(wildcard tests/*.mk)))
