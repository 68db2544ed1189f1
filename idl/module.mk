# The system's own interface files, installed below $(PREFIX)/share/darq/idl.
idl-sources := idl/darq/object.didl idl/kernel.didl idl/storage.didl
