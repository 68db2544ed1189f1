darqctl-sources := $(addprefix pkernel/darqctl/, list.c main.c message.c ping.c target.c)
darqctl-generated := $(call stub,idl/kernel.didl).h # its code is in the library
darqctl-archives := $(archive)
manuals += pkernel/darqctl/darqctl.1
$(eval $(call program,darqctl))
