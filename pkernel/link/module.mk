# The link to other locations: made where libnats is installed. Its core (pure) is tested anywhere.
link-core-sources := $(addprefix pkernel/link/, \
        bytes.c calls.c envelope.c inward.c kernel.c outbox.c outward.c parts.c peer.c record.c rights.c)
darq-link-sources := $(link-core-sources) $(addprefix pkernel/link/, bus.c main.c options.c place.c query.c report.c waits.c) pkernel/core/spelling.c
darq-link-didl := idl/locations.didl
darq-link-generated := $(call stub,idl/kernel.didl).h # its code is in the library
darq-link-archives := $(archive)
darq-link-libs := -lnats -lpthread

nats-present := $(wildcard /usr/include/nats/nats.h /usr/local/include/nats/nats.h)
ifneq ($(nats-present),)
$(eval $(call program,darq-link))
link-program := $(BUILD)/bin/darq-link pkernel/link/darq-site
link-units := darq-link.service
manuals += pkernel/link/darq-link.8
endif

# What is installed first is seen by the make that follows.
demo-locations: install-link-packages
	@+$(MAKE) all
	@examples/locations/demo.sh $(BUILD)
.PHONY: demo-locations
