# make bench-codec: our codec beside others, which 'make bench-deps' installs. Each is a program of its own; what their
# compilers make of the records stands in $(BUILD)/gen/codec. Debian's libraries, -O2 for everything that is compiled
# here; nobody else's code is held to our warnings.
codec-dir := tests/bench/codec
codec-gen := $(BUILD)/gen/codec
codec-bin := $(BUILD)/bench/codec
codec-common := $(codec-bin)/codec.o $(codec-bin)/records.o
codec-peers := memcpy capnp cyclone flatbuffers flatbuffers-utf8 msgpack nanopb protobuf protobuf-arena protobuf-c protobuf-c-arena \
        sd-bus xdr
codec-flags := -O2 -falign-loops=64 -DNDEBUG -D_GNU_SOURCE -I.

$(codec-gen)/.made: $(wildcard $(codec-dir)/peers/bench* $(codec-dir)/peers/more*)
	@.ci/packages check bench
	@mkdir -p $(codec-gen)/nanopb
	$(say) PEERS $(codec-gen)
	$(quiet)protoc -I$(codec-dir)/peers --cpp_out=$(codec-gen) bench.proto more.proto
	$(quiet)protoc-c -I$(codec-dir)/peers --c_out=$(codec-gen) bench_pbc.proto
	$(quiet)cd $(codec-dir)/peers && nanopb_generator.py -q -D $(abspath $(codec-gen))/nanopb bench.proto
	$(quiet)flatc -c -o $(codec-gen) $(codec-dir)/peers/bench.fbs
	$(quiet)sed 's/verifier\.VerifyString(/verify_string(verifier, /; s/verifier\.VerifyVectorOfStrings(/verify_strings(verifier, /' \
	        $(codec-gen)/bench_generated.h >$(codec-gen)/bench_utf8_generated.h
	$(quiet)capnp compile -oc++:$(codec-gen) --src-prefix=$(codec-dir)/peers $(codec-dir)/peers/bench.capnp
	$(quiet)idlc -o $(codec-gen) $(codec-dir)/peers/bench_cdr.idl
	$(quiet)cp $(codec-dir)/peers/bench_xdr.x $(codec-gen) && cd $(codec-gen) && rm -f bench_xdr.h bench_xdr.c && \
	        rpcgen -h -o bench_xdr.h bench_xdr.x && rpcgen -c -o bench_xdr.c bench_xdr.x
	$(quiet)touch $@

$(codec-common): $(codec-bin)/%.o: $(codec-dir)/%.c $(codec-dir)/codec.h $(codec-dir)/records.h
	@mkdir -p $(@D)
	$(quiet)$(CC) $(codec-flags) -c -o $@ $<

$(codec-bin)/allocations.so: $(codec-dir)/allocations.c
	@mkdir -p $(@D)
	$(quiet)$(CC) -O2 -shared -fPIC -o $@ $<

# $(call codec-peer,NAME,SOURCE,COMPILER,GENERATED SOURCES,FLAGS,LIBRARIES)
define codec-peer
$(codec-bin)/codec-$(1): $(codec-dir)/$(2) $(codec-gen)/.made $$(codec-common)
	$$(say) PEER $$@
	$$(quiet)$(3) $(codec-flags) -w $(5) -I$(codec-gen) -o $$@ $$< $(addprefix $(codec-gen)/,$(4)) $$(codec-common) $(6)
endef

# Ours: the library as it is, the generated code compiled like everyone's.
didl += $(codec-dir)/bench.didl
$(codec-bin)/codec-darq: $(codec-dir)/darq.c $(call stub,$(codec-dir)/bench.didl).c $(archive) $(codec-common)
	$(say) PEER $@
	$(quiet)$(CC) $(codec-flags) -Wall -Wextra -Ilibdarqwire/include -I$(BUILD)/gen/$(codec-dir) -o $@ $^

codec-tirpc = $(shell pkg-config --cflags libtirpc 2>/dev/null)
$(eval $(call codec-peer,memcpy,memcpy.c,$(CC)))
$(eval $(call codec-peer,capnp,peers/capnp.cc,g++,bench.capnp.c++,,-lcapnp -lkj))
$(eval $(call codec-peer,cyclone,peers/cyclone.c,$(CC),bench_cdr.c,,-lddsc))
$(eval $(call codec-peer,flatbuffers,peers/flatbuffers.cc,g++))
$(eval $(call codec-peer,flatbuffers-utf8,peers/flatbuffers.cc,g++,,-DUTF8 -Ilibdarqwire/include,$(archive)))
$(codec-bin)/codec-flatbuffers-utf8: $(archive)
$(eval $(call codec-peer,msgpack,peers/msgpack.c,$(CC),,,-lmsgpackc))
$(eval $(call codec-peer,nanopb,peers/nanopb.c,$(CC),nanopb/bench.pb.c,-I$(codec-gen)/nanopb,-lprotobuf-nanopb))
$(eval $(call codec-peer,protobuf,peers/protobuf.cc,g++,bench.pb.cc more.pb.cc,,-lprotobuf -lpthread))
$(eval $(call codec-peer,protobuf-arena,peers/protobuf.cc,g++,bench.pb.cc more.pb.cc,-DARENA,-lprotobuf -lpthread))
$(eval $(call codec-peer,protobuf-c,peers/protobuf_c.c,$(CC),bench_pbc.pb-c.c,,-lprotobuf-c))
$(eval $(call codec-peer,protobuf-c-arena,peers/protobuf_c.c,$(CC),bench_pbc.pb-c.c,-DARENA,-lprotobuf-c))
$(eval $(call codec-peer,sd-bus,peers/sdbus.c,$(CC),,,-lsystemd))
$(eval $(call codec-peer,xdr,peers/xdr.c,$(CC),bench_xdr.c,$$(codec-tirpc),-ltirpc))

# What the storage service's generated code takes: the storage schema as it is built for it.
storage-object := $(call object-list,$(call stub-sources,idl/storage.didl))

bench-codec: all $(codec-bin)/codec-darq $(codec-peers:%=$(codec-bin)/codec-%) $(codec-bin)/allocations.so \
        $(storage-object)
	@$(codec-dir)/run.py $(codec-bin) $(storage-object)

.PHONY: bench-codec
