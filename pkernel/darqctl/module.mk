darqctl-sources := $(addprefix pkernel/darqctl/, \
        base64.c call.c catalog.c completion.c describe.c encode.c far.c file.c invoke.c json_read.c json_text.c json_write.c list.c \
        locations.c main.c message.c monitor.c names.c pcap.c ping.c plain.c service.c sighting.c top.c trace.c words.c) pkernel/core/spelling.c
darqctl-libs := -ljansson
darqctl-generated := $(call stub-headers,idl/kernel.didl idl/darq/schema.didl) # their code is in the library
darqctl-archives := $(archive)
manuals += pkernel/darqctl/darqctl.1
$(eval $(call program,darqctl))
