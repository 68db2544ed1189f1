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

types["json.facts.Id"] = {
  kind = "newtype",
  type = "u64",
}

types["json.facts.Level"] = {
  kind = "enum",
  type = "i8",
  members = {
    {name = "DEEP", number = -2},
    {name = "FLAT", number = 0},
  },
}

types["json.facts.Mode"] = {
  kind = "bits",
  strict = true,
  type = "u64",
  members = {
    {name = "ONE", bit = 0},
    {name = "TWO", bit = 1},
    {name = "TOP", bit = 63},
  },
}

types["json.facts.FactsError"] = {
  kind = "error",
  members = {
    {name = "GONE", number = 1},
  },
}

types["json.facts.Row"] = {
  kind = "struct",
  members = {
    {name = "first", type = "u8"},
    {name = "second", type = "json.facts.Id", optional = true},
    {name = "third", type = {array = "f32", count = 3}},
    {name = "class", type = {vec = {string = 16}, bound = 4}},
    {name = "int", type = "u8"},
  },
}

types["json.facts.Grows"] = {
  kind = "table",
  members = {
    {name = "row", number = 7, type = "json.facts.Row"},
    {name = "secret", number = 2, type = {bytes = 8}, sensitive = true},
  },
}

types["json.facts.Empty"] = {
  kind = "table",
  members = {},
}

types["json.facts.Either"] = {
  kind = "union",
  members = {
    {name = "level", number = 1, type = "json.facts.Level"},
    {name = "facts", number = 2, type = "port"},
    {name = "any", number = 3, type = "port"},
  },
}

interfaces["0x0000000000001234"] = {
  name = "json.facts.Facts",
  methods = {
    [1] = {
      name = "ask",
      request = {
        {name = "key", type = {string = 16}},
        {name = "mode", type = "json.facts.Mode", default = true},
        {name = "level", type = "json.facts.Level", optional = true},
      },
      reply = {
        {name = "grows", type = "json.facts.Grows"},
      },
      error = "json.facts.FactsError",
    },
    [2] = {
      name = "tell",
      oneway = true,
      request = {
        {name = "text", type = "string", default = true},
        {name = "ratio", type = "f64", default = true},
      },
    },
    [4] = {
      name = "send",
      request = {},
      upload = "bytes",
      reply = {},
      download = {
        {name = "row", type = "json.facts.Row"},
      },
    },
  },
}

return {format = 1, types = types, interfaces = interfaces}
