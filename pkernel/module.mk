# The p-kernel: the core (pure) and the shell around it.
pkernel-core-sources := $(addprefix pkernel/core/, \
        connection.c control.c control_list.c control_location.c control_ops.c control_port.c control_service.c errand.c event.c gift.c \
        input.c kernel.c limits.c location.c message.c monitor.c name.c output.c parcel.c parcel_redirect.c piece.c port.c principal.c receive.c reply.c \
        roster.c route.c run.c series.c service.c service_access.c service_declare.c slot.c spelling.c stream.c table.c timer.c watch.c)
pkernel-sources := $(pkernel-core-sources) $(addprefix pkernel/shell/, \
        address.c filter.c listener.c log.c loop.c main.c options.c peer.c plain.c server.c services.c systemd.c) $(addprefix pkernel/starter/, \
        directory.c instance.c launch.c leftovers.c manifest.c post.c process.c registry.c starter.c user.c words.c)
pkernel-didl := idl/kernel.didl pkernel/starter/starter.didl
pkernel-archives := $(archive)
pkernel-whole := yes

$(eval $(call program,pkernel))
manuals += pkernel/pkernel.8 pkernel/darq-service.5
