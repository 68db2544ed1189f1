# Each example's programs, below $(BUILD)/examples. They use public headers and generated stubs only.
hello-service-path := examples/hello-service
hello-service-sources := examples/hello/service.c
hello-service-didl := examples/hello/hello.didl
hello-service-archives := $(archive)
$(eval $(call program,hello-service))

hello-client-path := examples/hello-client
hello-client-sources := examples/hello/client.c
hello-client-didl := examples/hello/hello.didl
hello-client-archives := $(archive)
$(eval $(call program,hello-client))

storage-service-path := examples/storage-service
storage-service-sources := examples/storage/service.c examples/storage/store.c
storage-service-didl := idl/storage.didl
storage-service-archives := $(archive)
storage-service-libs := -lsqlite3
$(eval $(call program,storage-service))

storage-client-path := examples/storage-client
storage-client-sources := examples/storage/client.c
storage-client-didl := idl/storage.didl
storage-client-archives := $(archive)
$(eval $(call program,storage-client))

raffle-service-path := examples/raffle-service
raffle-service-sources := examples/raffle/service.c
raffle-service-didl := examples/raffle/raffle.didl
raffle-service-archives := $(archive)
$(eval $(call program,raffle-service))

raffle-poll-path := examples/raffle-poll
raffle-poll-sources := examples/raffle/poll.c examples/raffle/player.c
raffle-poll-didl := examples/raffle/raffle.didl
raffle-poll-archives := $(archive)
$(eval $(call program,raffle-poll))

raffle-uv-path := examples/raffle-uv
raffle-uv-sources := examples/raffle/uv.c examples/raffle/player.c
raffle-uv-didl := examples/raffle/raffle.didl
raffle-uv-archives := $(archive)
raffle-uv-libs := -luv
$(eval $(call program,raffle-uv))

text-service-path := examples/text-service
text-service-sources := $(addprefix examples/text/,service.c document.c shelf.c)
text-service-didl := examples/text/text.didl idl/storage.didl
text-service-archives := $(archive)
$(eval $(call program,text-service))

# It looks for the interface where a copy of both folders would have it.
notes-path := examples/notes
notes-sources := examples/notes/main.c examples/notes/note.c
notes-didl := examples/text/text.didl
notes-cflags := -I$(BUILD)/gen/examples/text
notes-archives := $(archive)
$(eval $(call program,notes))

type-service-path := examples/type-service
type-service-sources := $(addprefix examples/type/,service.c graph.c ledger.c roll.c)
type-service-didl := idl/type.didl idl/storage.didl
type-service-generated := $(call stub,idl/kernel.didl).h # its code is in the library
type-service-archives := $(archive)
$(eval $(call program,type-service))

history-service-path := examples/history-service
history-service-sources := $(addprefix examples/history/,service.c journal.c reporter.c)
history-service-didl := idl/history.didl
history-service-generated := $(call stub,idl/kernel.didl).h # its code is in the library
history-service-archives := $(archive)
history-service-libs := -lsqlite3
$(eval $(call program,history-service))

history-client-path := examples/history-client
history-client-sources := examples/history/client.c
history-client-didl := idl/history.didl
history-client-archives := $(archive)
$(eval $(call program,history-client))

copy-receive-path := examples/copy-receive
copy-receive-sources := examples/copy/receive.c examples/copy/place.c
copy-receive-didl := examples/copy/copy.didl
copy-receive-archives := $(archive)
$(eval $(call program,copy-receive))

copy-send-path := examples/copy-send
copy-send-sources := examples/copy/send.c examples/copy/progress.c
copy-send-didl := examples/copy/copy.didl
copy-send-archives := $(archive)
$(eval $(call program,copy-send))

chat-service-path := examples/chat-service
chat-service-sources := examples/chat/service.c
chat-service-didl := examples/chat/chat.didl
chat-service-archives := $(archive)
$(eval $(call program,chat-service))

chat-client-path := examples/chat-client
chat-client-sources := examples/chat/client.c
chat-client-didl := examples/chat/chat.didl
chat-client-archives := $(archive)
$(eval $(call program,chat-client))
