# SPDX-License-Identifier: MIT
#
# make bench-broker: the p-kernel beside others, which 'make bench-deps' installs, and beside a relay that checks nothing.
broker-peers := relay redis nats
broker-more-relay := tests/bench/broker/channel.c tests/bench/broker/buffer.c
broker-libs-redis := -lhiredis
broker-libs-nats := -lnats

broker-darq-path := bench/broker/broker-darq
broker-darq-sources := tests/bench/broker/darq.c tests/bench/broker/load.c
broker-darq-didl := tests/bench/broker/echo.didl
broker-darq-archives := $(archive)
$(eval $(call link,broker-darq,$(BUILD)/bench/broker/broker-darq))

$(BUILD)/bench/broker/broker-relay: $(broker-more-relay)

# Theirs need headers that nobody else needs: they are compiled only here.
$(broker-peers:%=$(BUILD)/bench/broker/broker-%): $(BUILD)/bench/broker/broker-%: tests/bench/broker/%.c \
        tests/bench/broker/load.c tests/bench/broker/load.h
	$(say) PEER $@
	@mkdir -p $(@D)
	$(quiet)$(CC) -O2 -D_GNU_SOURCE $(warnings) -I. -o $@ $(filter %.c,$^) $(broker-libs-$*)

bench-broker: $(BUILD)/bin/pkernel $(BUILD)/bench/broker/broker-darq $(broker-peers:%=$(BUILD)/bench/broker/broker-%)
	tests/bench/broker/run.py $(BUILD) $(ROUNDS)

.PHONY: bench-broker
