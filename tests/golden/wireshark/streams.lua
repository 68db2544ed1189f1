-- Written by darqidl wireshark, for darq.lua.
local types, interfaces = {}, {}

interfaces["0xe65a259b37380631"] = {
  name = "darq.Closeable",
  methods = {
    [1] = {
      name = "close",
      request = {},
      reply = {},
    },
  },
}

types["darq.ObjectError"] = {
  kind = "error",
  members = {
    {name = "NOT_FOUND", number = 1},
    {name = "EXISTS", number = 2},
    {name = "BAD_ID", number = 3},
    {name = "BAD_TYPE", number = 4},
  },
}

interfaces["0x02be7aae8f54da53"] = {
  name = "darq.Type",
  methods = {
    [1] = {
      name = "open",
      request = {
        {name = "id", type = {string = 255}},
        {name = "type", type = {string = 128}, default = true},
      },
      reply = {
        {name = "object", type = "port"},
      },
      error = "darq.ObjectError",
    },
    [2] = {
      name = "create",
      request = {
        {name = "id", type = {string = 255}},
        {name = "type", type = {string = 128}, default = true},
      },
      reply = {
        {name = "object", type = "port"},
      },
      error = "darq.ObjectError",
    },
    [3] = {
      name = "delete",
      request = {
        {name = "id", type = {string = 255}},
        {name = "type", type = {string = 128}, default = true},
      },
      reply = {},
      error = "darq.ObjectError",
    },
    [4] = {
      name = "list",
      request = {
        {name = "prefix", type = {string = 255}, default = true},
        {name = "after", type = {string = 255}, default = true},
        {name = "limit", type = "u32", default = true},
        {name = "type", type = {string = 128}, default = true},
      },
      reply = {
        {name = "ids", type = {vec = {string = 255}, bound = 256}},
        {name = "more", type = "bool"},
      },
      error = "darq.ObjectError",
    },
  },
}

types["streams.StreamsError"] = {
  kind = "error",
  members = {
    {name = "NO", number = 1},
  },
}

interfaces["0xba2908f8fbf9b055"] = {
  name = "streams.Store",
  methods = {
    [1] = {
      name = "list",
      request = {
        {name = "prefix", type = "string"},
      },
      reply = {},
      download = {
        {name = "key", type = "string"},
        {name = "size", type = "u64"},
      },
      error = "streams.StreamsError",
    },
    [2] = {
      name = "upload",
      request = {
        {name = "key", type = "string"},
      },
      upload = "bytes",
      reply = {
        {name = "revision", type = "u64"},
      },
      error = "streams.StreamsError",
    },
    [3] = {
      name = "download",
      request = {
        {name = "key", type = "string"},
      },
      reply = {},
      download = "bytes",
    },
    [4] = {
      name = "load",
      request = {
        {name = "limit", type = "u32"},
      },
      upload = {
        {name = "key", type = "string"},
        {name = "value", type = "bytes"},
      },
      reply = {
        {name = "count", type = "u32"},
      },
    },
    [5] = {
      name = "filter",
      request = {},
      upload = {
        {name = "line", type = "string"},
      },
      reply = {},
      download = {
        {name = "line", type = "string"},
      },
    },
    [6] = {
      name = "pipe",
      request = {},
      upload = "bytes",
      reply = {},
      download = "bytes",
    },
    [7] = {
      name = "plain",
      request = {
        {name = "a", type = "u32"},
      },
      reply = {
        {name = "b", type = "u32"},
      },
    },
  },
}

interfaces["0xe556882f06f33b6d"] = {
  name = "streams.More",
  methods = {
    [1] = {
      name = "more",
      request = {},
      reply = {},
    },
  },
}

return {format = 1, types = types, interfaces = interfaces}
