darqwire-sources := $(addprefix libdarqwire/, \
        address.c arena.c authority.c build.c catalog.c connection.c control.c copy.c deadline.c descriptor.c dispatch.c fault.c frame.c hold.c \
        identity.c inflow.c intake.c item.c link.c loop.c map.c message.c object.c outcome.c outgoing.c path.c pending.c port.c proxy.c reader.c \
        resolve.c service.c service_call.c session.c socket.c status.c stream.c target.c turn.c types.c unused.c utf8.c walk.c writer.c)
darqwire-didl := idl/darq/object.didl idl/darq/schema.didl idl/kernel.didl

darqwire-own := $(call object-list,$(darqwire-sources))
darqwire-stubs := $(call object-list,$(foreach d,$(darqwire-didl),$(call stub,$(d)).c))
darqwire-objects := $(darqwire-own) $(darqwire-stubs)
objects += $(darqwire-objects)
$(darqwire-objects): | $(foreach d,$(darqwire-didl),$(call stub,$(d)).h)

# The stubs stay objects of their own: programs that have them link theirs.
ifneq ($(whole),)
$(darqwire-own): private extra_cflags += -flto -ffat-lto-objects

darqwire-whole := $(BUILD)/obj/libdarqwire.o
$(darqwire-whole): $(darqwire-own)
	$(say) JOIN $@
	$(quiet)$(CC) $(whole) $(all_cflags) -r -nostdlib -o $@ $^
else
darqwire-whole := $(darqwire-own)
endif

$(archive): $(darqwire-whole) $(darqwire-stubs)
	$(say) AR $@
	@mkdir -p $(@D)
	@rm -f $@
	$(quiet)$(AR) rcs $@ $^

$(shared): $(darqwire-whole) $(darqwire-stubs)
	$(say) LINK $@
	@mkdir -p $(@D)
	$(quiet)$(CC) $(all_ldflags) -shared -Wl,-soname,libdarqwire.so.0 -o $@ $^

# What the Wireshark dissector has to know of the system's own interfaces.
wireshark-tables := $(BUILD)/wireshark/system.darq.lua
$(wireshark-tables): $(idl-sources) $(darqidl)
	$(say) LUA $@
	@mkdir -p $(@D)
	$(quiet)$(darqidl) wireshark -I idl $(idl-sources) >$@
