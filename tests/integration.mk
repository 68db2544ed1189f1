# Whole systems of real processes: services, clients, an installed copy.
$(eval $(call script,integration))
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
