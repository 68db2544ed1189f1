darqidl-sources := $(addprefix darqidl/, \
        main.c)

$(eval $(call program,darqidl))
