darqwire-sources := $(addprefix libdarqwire/, \
        arena.c dispatch.c frame.c reader.c rpc.c status.c types.c utf8.c writer.c)
darqwire-didl :=

darqwire-objects := $(call object-list,$(darqwire-sources) $(foreach d,$(darqwire-didl),$(call stub,$(d)).c))
objects += $(darqwire-objects)
$(darqwire-objects): | $(foreach d,$(darqwire-didl),$(call stub,$(d)).h)

$(archive): $(darqwire-objects)
	$(say) AR $@
	@mkdir -p $(@D)
	@rm -f $@
	$(quiet)$(AR) rcs $@ $^

$(shared): $(darqwire-objects)
	$(say) LINK $@
	@mkdir -p $(@D)
	$(quiet)$(CC) $(all_ldflags) -shared -Wl,-soname,libdarqwire.so.0 -o $@ $^
