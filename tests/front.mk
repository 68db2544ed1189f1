# What darqidl says about bad schemas: exact code, line and column of every error.
$(eval $(call script,diagnostics))
diagnostics-command = python3 tests/golden/diagnostics.py $(darqidl)
