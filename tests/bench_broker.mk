# SPDX-License-Identifier: MIT
#
# make bench-broker: the p-kernel beside others, which 'make bench-deps' installs, and beside a relay that checks nothing. Each
# system is a program: the loads and a driver. One whose header isn't there is left out, and run.py says so.
broker-dir := tests/bench/broker
broker-bin := $(BUILD)/bench/broker

# Ours: through generated code, and by frames; what streams, waits and starts.
broker-darq-sources := $(addprefix $(broker-dir)/,darq.c load.c)
broker-darq-didl := $(broker-dir)/echo.didl
broker-darq-archives := $(archive)
broker-raw-sources := $(addprefix $(broker-dir)/,raw.c frames.c channel.c buffer.c load.c)
broker-raw-archives := $(archive)
broker-stream-sources := $(broker-dir)/stream.c
broker-stream-didl := $(broker-dir)/stream.didl
broker-stream-archives := $(archive)
broker-hold-sources := $(addprefix $(broker-dir)/,hold.c frames.c channel.c buffer.c)
broker-hold-archives := $(archive)
broker-answer-sources := $(broker-dir)/answer.c
broker-answer-didl := $(broker-dir)/echo.didl
broker-answer-archives := $(archive)
broker-start-sources := $(broker-dir)/start.c
broker-start-didl := $(broker-dir)/echo.didl
broker-start-archives := $(archive)
broker-ours := darq raw stream hold answer start
$(foreach n,$(broker-ours),$(eval $(call link,broker-$(n),$(broker-bin)/broker-$(n))))

# Theirs need headers that nobody else needs: they are compiled only here.
broker-peers := relay redis nats sdbus zmq nng mosquitto
broker-more-relay := channel.c buffer.c
broker-more-sdbus := dbus_broker.c
broker-header-redis := hiredis/hiredis.h
broker-header-nats := nats/nats.h
broker-header-sdbus := systemd/sd-bus.h
broker-header-zmq := zmq.h
broker-header-nng := nng/nng.h
broker-header-mosquitto := mosquitto.h
broker-libs-redis := -lhiredis
broker-libs-nats := -lnats
broker-libs-sdbus := -lsystemd
broker-libs-zmq := -lzmq
broker-libs-nng := -lnng
broker-libs-mosquitto := -lmosquitto

# $(call broker-peer,NAME)
define broker-peer
$(broker-bin)/broker-$(1): $(addprefix $(broker-dir)/,$(1).c $(broker-more-$(1)) load.c) $(wildcard $(broker-dir)/*.h)
	@mkdir -p $$(@D)
	$$(quiet)if echo '#include <$(or $(broker-header-$(1)),stdio.h)>' | $$(CC) -E -xc - >/dev/null 2>&1; then \
	        printf '  %-8s %s\n' PEER $$@; \
	        $$(CC) -O2 -D_GNU_SOURCE $$(warnings) -I. -o $$@ $$(filter %.c,$$^) $(broker-libs-$(1)); \
	else rm -f $$@; fi
endef
$(foreach n,$(broker-peers),$(eval $(call broker-peer,$(n))))

# SYSTEMS="darq relay redis" LOADS="call window" ROUNDS=n MILLISECONDS=n: a part of it, shorter or longer.
bench-broker: $(BUILD)/bin/pkernel $(BUILD)/bin/darqctl $(addprefix $(broker-bin)/broker-,$(broker-ours) $(broker-peers))
	@$(broker-dir)/run.py $(BUILD) $(ROUNDS)

.PHONY: bench-broker
