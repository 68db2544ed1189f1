# The p-kernel from outside: raw frames from plain Python.
$(eval $(call script,blackbox))
blackbox-command = python3 tests/blackbox/run.py $(BUILD)/bin/pkernel
