# Several locations. The core of the link in a virtual site needs nothing; real p-kernels, links and a NATS server only
# where these are installed. (What the p-kernel's core is made of is said anew: its own fragment is read later.)
site-world-sources := tests/simulation/world.c $(pkernel-core-sources)
site-didl := idl/kernel.didl pkernel/starter/starter.didl
site-sources := tests/simulation/site.c $(link-core-sources) $(site-world-sources)

define crossing-test
$(1)-sources := tests/unit/$(1).c tests/unit/crossing.c $(site-sources)
$(1)-didl := $(site-didl)
$(1)-archives := $(archive)
$$(eval $$(call test,$(1)))
endef
$(foreach t,test_link test_flow,$(eval $(call crossing-test,$(t))))

test_envelope-sources := tests/unit/test_envelope.c $(addprefix pkernel/link/,bytes.c envelope.c record.c)
test_envelope-archives := $(archive)
$(eval $(call test,test_envelope))

test_outbox-sources := tests/unit/test_outbox.c $(addprefix pkernel/link/,bytes.c outbox.c parts.c record.c)
test_outbox-archives := $(archive)
$(eval $(call test,test_outbox))

test_waits-sources := tests/unit/test_waits.c pkernel/link/waits.c
$(eval $(call test,test_waits))

fuzz_link-sources := tests/fuzz/fuzz_link.c tests/fuzz/replay.c $(site-sources)
fuzz_link-didl := $(site-didl)
fuzz_link-archives := $(archive)
fuzz_link-libs = $(fuzz-engine)
fuzz_link-arguments := $(sort $(wildcard tests/fuzz/corpus/link/*))
$(eval $(call test,fuzz_link))

ifneq ($(and $(nats-present),$(shell PATH=$$PATH:/usr/sbin command -v nats-server)),)
$(eval $(call script,links))
links-when := longest
links-command = tests/unittests.py tests/links -failures -delays

# Mostly waits until silence is noticed.
$(eval $(call script,links-failures))
links-failures-when := longest
links-failures-command = tests/unittests.py tests/links failures

# What small calls wait beside a copy: measured, with nothing else beside.
$(eval $(call script,links-delay))
links-delay-when := alone
links-delay-command = tests/unittests.py tests/links delays
endif

# make bench-link: what a link costs beside NATS alone.
ifneq ($(nats-present),)
link-bench-sources := $(addprefix tests/bench/link/,bench.c darq.c nats.c)
link-bench-didl := examples/copy/copy.didl examples/hello/hello.didl tests/bench/broker/echo.didl
link-bench-archives := $(archive)
link-bench-libs := -lnats
link-bench-path := bench/link-bench
$(eval $(call link,link-bench,$(BUILD)/bench/link-bench))

bench-link: $(BUILD)/bench/link-bench all
	@tests/bench/link/run.py $(BUILD) $(ROUNDS)
.PHONY: bench-link
endif
