# Whole systems of real processes: services, clients, a legacy peer, an installed copy.
$(eval $(call script,integration))
integration-command = tests/unittests.py tests/integration

$(eval $(call script,interop-legacy))
interop-legacy-command = tests/unittests.py tests/interop
