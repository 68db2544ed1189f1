# Several locations: real p-kernels, links and a NATS server, where these are installed.
ifneq ($(and $(nats-present),$(shell PATH=$$PATH:/usr/sbin command -v nats-server)),)
$(eval $(call script,links))
links-command = tests/unittests.py tests/links
endif
