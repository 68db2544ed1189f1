darqctl-sources := $(addprefix pkernel/darqctl/, main.c message.c ping.c target.c)
darqctl-archives := $(archive)
manuals += pkernel/darqctl/darqctl.1
$(eval $(call program,darqctl))
