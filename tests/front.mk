# What bad schemas get.
$(eval $(call script,diagnostics))
diagnostics-command = python3 tests/golden/diagnostics.py $(darqidl)
