darqidl-sources := $(wildcard darqidl/*.c) $(BUILD)/gen/darqidl/parser.c $(BUILD)/gen/darqidl/lexer.c
darqidl-generated := $(BUILD)/gen/darqidl/parser.h $(BUILD)/gen/darqidl/lexer.h

manuals += darqidl/darqidl.1
$(eval $(call program,darqidl))
