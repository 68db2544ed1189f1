# Other processors: big-endian (s390x) and 32 bits with strict alignment (armhf) under qemu, and i386, which runs by itself.
# The library, the p-kernel's core, darqidl and what tests them need a libc only; the same bytes come out, in Python's opinion
# and in that of the golden files. A build of its own for each, with this one's darqidl to generate code.
arches := s390x armhf i386
arch-cc-s390x := s390x-linux-gnu-gcc
arch-cc-armhf := arm-linux-gnueabihf-gcc
arch-cc-i386 := i686-linux-gnu-gcc
arch-emulator-s390x := qemu-s390x -L /usr/s390x-linux-gnu
arch-emulator-armhf := qemu-arm -L /usr/arm-linux-gnueabihf
arch-emulator-i386 := /usr/i686-linux-gnu/lib/ld-linux.so.2 --library-path /usr/i686-linux-gnu/lib
# 16 bytes are passed in memory where there is no SSE, among functions that are all inline.
arch-cppflags-i386 := -Wno-psabi
# qemu knows no NETLINK_SOCK_DIAG, by which the p-kernel learns who calls, and can't read a directory for 32 bits where the
# file system counts in 64 (EOVERFLOW).
arch-left-out-s390x := test_shell
arch-left-out-armhf := test_registry test_shell

# One after the other is told of, however many run at once.
check-arch:
	@+$(MAKE) --no-print-directory --output-sync=recurse $(arches:%=check-arch-%)

$(arches:%=check-arch-%): check-arch-%: install-arch-packages $(darqidl)
	@echo $*:
	@+$(MAKE) --no-print-directory BUILD=$(BUILD)/arch/$* CC=$(arch-cc-$*) EMULATOR='$(arch-emulator-$*)' \
	        darqidl=$(abspath $(darqidl)) CPPFLAGS='-Itests/arch $(arch-cppflags-$*) $(CPPFLAGS)' \
	        LDFLAGS='-L$(BUILD)/arch/$*/lib $(LDFLAGS)' FOREIGN_LEFT_OUT='$(arch-left-out-$*)' check-foreign

# What follows is made by the make that the rule above has started. Left out: what needs another library, seccomp, or runs
# real processes that wait for each other.
foreign-left-out := calls.so failing.so test_cyclone test_filter test_launch test_client fuzz_json fuzz_compiler fuzz_fmt fuzz_check fuzz_client $(FOREIGN_LEFT_OUT)
foreign-programs = $(filter-out $(foreign-left-out),$(notdir $(test-programs)))
foreign-arguments-simulation := 1 30
foreign-arguments-test_shell := 100

$(BUILD)/lib/libcmocka.a: $(BUILD)/obj/tests/arch/cmocka.o
	$(say) AR $@
	@mkdir -p $(@D)
	$(quiet)$(AR) rcs $@ $^

# darqidl of that processor, as one command.
$(BUILD)/foreign-darqidl: $(BUILD)/bin/darqidl
	@printf '#!/bin/sh\nexec %s %s "$$@"\n' '$(EMULATOR)' '$(abspath $<)' >$@ && chmod +x $@

define foreign-scripts
diagnostics any python3 tests/golden/diagnostics.py $(BUILD)/foreign-darqidl
schemas any python3 tests/arch/same.py $(darqidl) $(BUILD)/foreign-darqidl .
vectors any python3 tests/golden/vectors.py $(darqidl) - $(archive) . $(BUILD)/vectors
frames any python3 tests/interop/differential/frames.py $(BUILD)/tests/frames-verdict 10
differential first python3 tests/interop/differential/run.py $(darqidl) $(archive) . $(BUILD)/differential 10000 8
endef

check-foreign: export CC := $(CC)
check-foreign: export EMULATOR := $(EMULATOR)
check-foreign: $(BUILD)/lib/libcmocka.a $(BUILD)/foreign-darqidl $(BUILD)/tests/frames-verdict
check-foreign:
	@+$(MAKE) -s --no-print-directory $(foreign-programs:%=$(BUILD)/tests/%)
	$(file >$(BUILD)/runs)$(foreach t,$(foreign-programs),$(file >>$(BUILD)/runs,$(t) any $(EMULATOR) $(BUILD)/tests/$(t) \
	        $(or $(foreign-arguments-$(t)),$($(t)-arguments))))
	$(file >>$(BUILD)/runs,$(foreign-scripts))
	@tests/run.py $(BUILD) $(TESTS)

.PHONY: check-arch $(arches:%=check-arch-%) check-foreign
