# Whole systems of real processes: services, clients, an installed copy.
$(eval $(call script,integration))
integration-command = tests/unittests.py tests/integration
