# Whole systems of real processes: services, clients, an installed copy.
$(eval $(call script,integration))
integration-when := longest
integration-command = tests/unittests.py tests/integration

# What test_streams.py runs: streams in every direction, between processes.
streams := tests/golden/c/streams.didl idl/darq/object.didl
streams-service-sources := tests/integration/streams/service.c
streams-service-didl := $(streams)
streams-service-archives := $(archive)
streams-service-path := tests/streams-service
$(eval $(call program,streams-service))

streams-client-sources := tests/integration/streams/client.c
streams-client-didl := $(streams)
streams-client-archives := $(archive)
streams-client-path := tests/streams-client
$(eval $(call program,streams-client))

# What test_calls.py runs: every kind of call and value, with the interface that the language's reference shows.
calls := tests/integration/calls/store.didl idl/darq/object.didl
calls-service-sources := tests/integration/calls/service.c
calls-service-didl := $(calls)
calls-service-archives := $(archive)
calls-service-path := tests/calls-service
$(eval $(call program,calls-service))

calls-client-sources := tests/integration/calls/client.c
calls-client-didl := $(calls)
calls-client-archives := $(archive)
calls-client-path := tests/calls-client
$(eval $(call program,calls-client))

# What test_objects.py runs: who holds objects of a type, many at a time.
objects-client-sources := tests/integration/objects/client.c
objects-client-didl := examples/text/text.didl idl/darq/object.didl
objects-client-cflags := -I$(BUILD)/gen/examples/text
objects-client-archives := $(archive)
objects-client-path := tests/objects-client
$(eval $(call program,objects-client))
