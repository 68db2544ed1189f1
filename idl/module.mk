# The system's own interface files, installed below $(PREFIX)/share/darq/idl.
idl-sources := idl/darq/object.didl idl/darq/schema.didl idl/history.didl idl/kernel.didl idl/locations.didl idl/storage.didl idl/type.didl
