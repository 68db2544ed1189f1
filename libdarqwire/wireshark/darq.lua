-- SPDX-License-Identifier: MIT
--
-- Darq IPC in Wireshark and tshark: frames on TCP, and in what `darqctl monitor --pcap` writes. The folder's README.md
-- says how it is used, and which fields there are.
--
-- The file is in this order: fields; tables of names; values; calls; payloads; frames; where frames come from. What was
-- captured may be anything: each length is compared with what there is before it is used, and what is wrong becomes
-- expert information. Values are read through a cursor that stops at the first thing that is wrong, so that its users
-- are straight lines. Numbers in Lua 5.2 are doubles: what may have 64 bits stays a UInt64, or text.

local darq = Proto("darq", "Darq IPC")
local record = Proto("darq_record", "Darq IPC monitor record")

local DEPTH_MAX = 32 -- structs, tables and unions in each other: what a reader allows
local VALUES_MAX = 20000 -- values of one payload that are looked at
local ELEMENTS_MAX = 256 -- elements of one vec or array that are shown
local ITEMS_MAX = 256 -- items of a stream that are shown of one chunk
local PORTS_MAX = 64
local MIB = 1048576

------------------------------------------------------------------------------------------------------------------------
-- Fields

local type_names = {
  [1] = "OpenPort", [2] = "OpenedPort", [3] = "ClosePort", [4] = "ClosedPort", [5] = "Message", [6] = "Chunk",
  [7] = "Message", [8] = "Chunk", [9] = "Reboot", [10] = "Shutdown", [11] = "Hello", [12] = "Welcome",
  [16] = "Undeliverable", [17] = "Credit", [18] = "Cancel", [19] = "Ping", [20] = "Pong",
}

local code_names = {
  [1] = "NO_PORT", [2] = "NOT_ALLOWED", [3] = "QUEUE_FULL", [4] = "QUOTA", [5] = "TOO_BIG", [6] = "ACTIVATION_FAILED",
  [7] = "EXPIRED", [8] = "NO_LOCATION", [9] = "BAD_SOURCE", [10] = "WITHDRAWN", [64] = "PEER_DIED", [65] = "NO_REPLY",
  [66] = "LINK_LOST", [67] = "REPLY_TOO_BIG", [68] = "CANCELLED", [69] = "STREAM_BROKEN",
}

local opened_names = {
  [0] = "opened", [1] = "in use", [2] = "not allowed", [3] = "quota", [4] = "bad number",
}

local closed_names = {[0] = "closed", [1] = "not yours"}

local status_names = {
  [0] = "fine", [-128] = "NO_INTERFACE", [-129] = "UNIMPLEMENTED", [-130] = "BAD_REQUEST", [-131] = "BUSY",
  [-132] = "INTERNAL", [-133] = "REFUSED",
}

local port_names = {
  ["0"] = "none", ["1"] = "the p-kernel", ["11000"] = "boot", ["11001"] = "storage", ["11002"] = "history",
  ["11003"] = "security", ["11004"] = "metadata", ["11005"] = "index", ["11006"] = "type", ["11007"] = "terminal",
}

local direction_names = {[0] = "to the p-kernel", [1] = "from the p-kernel"}

local f = {
  version = ProtoField.uint8("darq.version", "Version"),
  header_length = ProtoField.uint8("darq.header_length", "Header length"),
  type = ProtoField.uint8("darq.type", "Type", base.DEC, type_names),
  length = ProtoField.uint32("darq.length", "Length"),
  call = ProtoField.uint64("darq.call", "Call"),
  timeout = ProtoField.uint32("darq.timeout", "Timeout (ms)"),
  flags = ProtoField.uint16("darq.flags", "Flags", base.HEX),
  flag_request = ProtoField.bool("darq.flags.request", "REQUEST", 16, nil, 1),
  flag_reply = ProtoField.bool("darq.flags.reply", "REPLY", 16, nil, 2),
  flag_give_source = ProtoField.bool("darq.flags.give_source", "GIVE_SOURCE", 16, nil, 4),
  port_count = ProtoField.uint16("darq.port_count", "Ports"),
  open_request = ProtoField.uint32("darq.request", "Request"),
  opened = ProtoField.uint8("darq.opened", "Result", base.DEC, opened_names),
  closed = ProtoField.uint8("darq.closed", "Result", base.DEC, closed_names),
  port = ProtoField.uint64("darq.port", "Port"),
  source = ProtoField.uint64("darq.source", "Source"),
  destination = ProtoField.uint64("darq.destination", "Destination"),
  payload_length = ProtoField.uint32("darq.payload_length", "Payload length"),
  payload = ProtoField.bytes("darq.payload", "Payload"),
  passed_port = ProtoField.uint64("darq.passed_port", "Passed port"),
  stream = ProtoField.uint64("darq.stream", "Stream"),
  offset = ProtoField.uint64("darq.offset", "Offset"),
  chunk_flags = ProtoField.uint32("darq.chunk_flags", "Flags", base.HEX),
  flag_fin = ProtoField.bool("darq.chunk_flags.fin", "FIN", 32, nil, 1),
  revision = ProtoField.uint32("darq.revision", "Revision"),
  features = ProtoField.uint32("darq.features", "Features", base.HEX),
  boot = ProtoField.uint64("darq.boot", "Boot id", base.HEX),
  connection = ProtoField.uint64("darq.connection", "Connection id"),
  max_message = ProtoField.uint64("darq.max_message", "Largest message"),
  stream_window = ProtoField.uint32("darq.stream_window", "Stream window"),
  code = ProtoField.uint32("darq.code", "Code", base.DEC, code_names),
  detail_length = ProtoField.uint32("darq.detail_length", "Detail length"),
  detail = ProtoField.string("darq.detail", "Detail"),
  limit = ProtoField.uint64("darq.limit", "Limit"),
  token = ProtoField.uint64("darq.token", "Token", base.HEX),
  rest = ProtoField.bytes("darq.rest", "Ignored bytes"),
  rpc = ProtoField.none("darq.rpc", "Payload"),
  interface = ProtoField.uint64("darq.rpc.interface", "Interface", base.HEX),
  interface_name = ProtoField.string("darq.rpc.interface_name", "Interface"),
  ordinal = ProtoField.uint32("darq.rpc.ordinal", "Ordinal"),
  method = ProtoField.string("darq.rpc.method", "Method"),
  status = ProtoField.int32("darq.rpc.status", "Status", base.DEC, status_names),
  error = ProtoField.string("darq.rpc.error", "Error"),
  rpc_detail = ProtoField.string("darq.rpc.detail", "Detail"),
  item = ProtoField.none("darq.item", "Item"),
  unknown_member = ProtoField.uint32("darq.unknown_member", "Unknown member"),
  value = ProtoField.none("darq.value", "Value"),
  request_in = ProtoField.framenum("darq.request_in", "Request in", base.NONE, frametype.REQUEST),
  outcome_in = ProtoField.framenum("darq.outcome_in", "Outcome in", base.NONE, frametype.RESPONSE),
  time = ProtoField.relative_time("darq.time", "Time since the request"),
}

local e = {
  bad_frame = ProtoExpert.new("darq.bad_frame", "Not a frame", expert.group.MALFORMED, expert.severity.ERROR),
  bad_length = ProtoExpert.new("darq.bad_length", "A length that doesn't fit", expert.group.MALFORMED,
    expert.severity.ERROR),
  bad_payload = ProtoExpert.new("darq.bad_payload", "A payload that can't be read", expert.group.MALFORMED,
    expert.severity.ERROR),
  unknown_type = ProtoExpert.new("darq.unknown_type", "Unknown type of frame", expert.group.UNDECODED,
    expert.severity.WARN),
  not_shown = ProtoExpert.new("darq.not_shown", "There is more than is shown", expert.group.UNDECODED,
    expert.severity.NOTE),
  cut = ProtoExpert.new("darq.cut", "Not all of it was captured", expert.group.UNDECODED, expert.severity.NOTE),
  too_long = ProtoExpert.new("darq.too_long", "Longer than what is put together", expert.group.UNDECODED,
    expert.severity.WARN),
  undelivered = ProtoExpert.new("darq.undelivered", "Undeliverable", expert.group.RESPONSE_CODE,
    expert.severity.NOTE),
  failed = ProtoExpert.new("darq.failed", "A reply that isn't a result", expert.group.RESPONSE_CODE,
    expert.severity.NOTE),
}

local function values_of(map)
  local list = {}
  for _, value in pairs(map) do
    list[#list + 1] = value
  end
  return list
end

------------------------------------------------------------------------------------------------------------------------
-- Tables of names, written by `darqidl wireshark`
--
-- A type is {kind, name, ...}; what it is made of are types too. A member has `field`, the ProtoField of its value, and,
-- for vec and array, `count_field`. Fields are named after the full name of what they belong to.

local interfaces = {} -- by id, as text
local fields_by_name = {}

local scalars = {
  bool = {size = 1, field = ProtoField.bool},
  u8 = {size = 1, field = ProtoField.uint8},
  u16 = {size = 2, field = ProtoField.uint16},
  u32 = {size = 4, field = ProtoField.uint32},
  u64 = {size = 8, field = ProtoField.uint64},
  i8 = {size = 1, field = ProtoField.int8},
  i16 = {size = 2, field = ProtoField.int16},
  i32 = {size = 4, field = ProtoField.int32},
  i64 = {size = 8, field = ProtoField.int64},
  f32 = {size = 4, field = ProtoField.float},
  f64 = {size = 8, field = ProtoField.double},
  port = {size = 4, field = ProtoField.uint32},
  string = {field = ProtoField.string},
  bytes = {field = ProtoField.bytes},
}
for kind, scalar in pairs(scalars) do
  scalar.kind = kind
end

-- The type beneath newtypes.
local function beneath(t)
  for _ = 1, DEPTH_MAX do
    if t.kind ~= "newtype" then
      return t
    end
    t = t.type
  end
  error("newtypes without an end")
end

local function is_primitive(t)
  t = beneath(t)
  return scalars[t.kind] ~= nil and t.size ~= nil
end

-- Enums by value: what ProtoField wants. Their numbers fit an i32.
local function value_names(t)
  local names = {}
  for _, member in ipairs(t.members) do
    names[member.number] = member.name
  end
  return names
end

-- (kind of field, the field) for a value; two tables may tell different things of one name: then its field has no value.
local function field_new(name, label, t, sensitive)
  t = beneath(t)
  if sensitive then
    return "hidden", ProtoField.none(name, label)
  elseif scalars[t.kind] then
    return t.kind, scalars[t.kind].field(name, label)
  elseif t.kind == "enum" then
    return t.type.kind .. "=", t.type.field(name, label, base.DEC, value_names(t))
  elseif t.kind == "bits" then
    return t.type.kind .. "|", t.type.field(name, label, base.HEX)
  end
  return "none", ProtoField.none(name, label)
end

local function field_get(name, label, t, sensitive)
  local found = fields_by_name[name]
  local kind, field = field_new(name, label, t, sensitive)
  if found and found.kind ~= kind then
    return nil
  elseif not found then
    fields_by_name[name] = {kind = kind, field = field}
    return field
  end
  return found.field
end

-- A type as a table writes it, as one of ours.
local function type_get(types, written)
  if type(written) ~= "table" then
    return assert(scalars[written] or types[written], "there is no type " .. tostring(written))
  elseif written.string or written.bytes then
    return {kind = written.string and "string" or "bytes", bound = written.string or written.bytes}
  end
  local t = {kind = written.vec and "vec" or "array", bound = written.bound, count = written.count}
  assert(written.vec or type(t.count) == "number", "an array has no count")
  t.element = type_get(types, written.vec or written.array)
  t.delimited = not is_primitive(t.element)
  return t
end

local function members_prepare(types, members, path)
  for _, member in ipairs(members) do
    assert(type(member.name) == "string", "a member has no name")
    local t = type_get(types, member.type)
    member.type = t
    member.field = field_get(path .. member.name, member.name, t.element or t, member.sensitive)
    if t.element and not member.sensitive then
      member.count_field = field_get(path .. member.name .. ".count", member.name, scalars.u32)
    end
  end
end

local function by_number(members)
  local map = {}
  for _, member in ipairs(members) do
    map[assert(member.number, "a member has no number")] = member
  end
  return map
end

local function set_prepare(t)
  assert(t.type.size and t.type.kind ~= "bool" and not t.type.kind:find("^f"), "a base that is no integer")
  for _, member in ipairs(t.members) do
    assert(type(t.kind == "bits" and member.bit or member.number) == "number", "a member has no number")
  end
  t.by_number = t.kind == "enum" and by_number(t.members) or nil
end

local function types_prepare(types)
  for name, t in pairs(types) do
    t.name = name
    if t.type then
      t.type = type_get(types, t.type)
    end
  end
  for _, t in pairs(types) do
    if t.kind == "enum" or t.kind == "bits" then
      set_prepare(t)
    end
  end
  for name, t in pairs(types) do
    if t.kind == "struct" or t.kind == "table" or t.kind == "union" then
      members_prepare(types, t.members, "darq." .. name .. ".")
      t.by_number = t.kind ~= "struct" and by_number(t.members) or nil
    elseif t.kind == "error" then
      t.by_number = by_number(t.members)
    else
      assert(t.kind == "newtype" and t.type or t.by_number or t.kind == "bits", "there is no kind " .. tostring(t.kind))
    end
  end
end

local function interface_prepare(types, interface)
  for _, method in pairs(interface.methods) do
    method.full_name = interface.name .. "." .. method.name
    method.error = method.error and assert(types[method.error], "there is no error " .. method.error)
    for _, part in ipairs({"request", "reply", "upload", "download"}) do
      if type(method[part]) == "table" then
        members_prepare(types, method[part], "darq." .. method.full_name .. "." .. part .. ".")
      end
    end
  end
end

local function table_add(whole)
  assert(type(whole) == "table" and whole.format == 1, "not a table that this version of darq.lua reads")
  types_prepare(whole.types)
  for _, interface in pairs(whole.interfaces) do
    interface_prepare(whole.types, interface)
  end
  for id, interface in pairs(whole.interfaces) do
    interfaces[id] = interfaces[id] or interface
  end
end

-- A table gets no functions to call.
local function table_load(path)
  local done, problem = pcall(function()
    local file = assert(io.open(path, "r"))
    local text = file:read("*a")
    file:close()
    table_add(assert(load(text, "@" .. path, "t", {}))())
  end)
  if not done then
    report_failure("darq.lua: " .. path .. " is not used: " .. tostring(problem):gsub("^[^:]*darq%.lua:%d+: ", ""))
  end
end

local loaded = {}

local function folder_load(path)
  local names = {}
  for name in Dir.open(path, "lua") do
    if name:find("%.darq%.lua$") then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    if not loaded[name] then
      loaded[name] = true
      table_load(path .. "/" .. name)
    end
  end
end

-- Files and folders that the variable names come first, then what stands beside this file and among the user's plugins.
local function tables_load()
  local separator = package.config:sub(1, 1) == "\\" and ";" or ":"
  for path in (os.getenv("DARQ_WIRESHARK") or ""):gmatch("[^" .. separator .. "]+") do
    if Dir.exists(path) then
      folder_load(path)
    else
      table_load(path)
    end
  end
  for _, path in ipairs({__DIR__ and __DIR__ ~= "" and __DIR__ or ".", Dir.personal_plugins_path()}) do
    if Dir.exists(path) then
      folder_load(path)
    end
  end
end

-- What every port that serves an interface answers. The request has no body, and the reply's is the value itself.
table_add({
  format = 1,
  types = {},
  interfaces = {
    ["0x0000000000000000"] = {
      name = "darq",
      methods = {[0] = {name = "describe", bare = true, reply = {{name = "schema", type = "bytes"}}}},
    },
  },
})
tables_load()

darq.fields = values_of(f)
for _, each in pairs(fields_by_name) do
  table.insert(darq.fields, each.field)
end
darq.experts = values_of(e)

------------------------------------------------------------------------------------------------------------------------
-- Values
--
-- A cursor goes through a body: `at` is where it is, `limit` the end of the innermost value that tells its length,
-- `origin` where alignment counts from. `there` is where the capture ends. After a problem nothing more is read. Where
-- `tree` is nil nothing is shown.

local value_read

local function cursor_new(tvb, at, limit, ports)
  return {
    tvb = tvb, at = at, origin = at, limit = limit, there = tvb:captured_len(), ports = ports, depth = 0,
    left = VALUES_MAX,
  }
end

local function fail(c, text, expert_field)
  if not c.problem then
    c.problem = text .. ", at byte " .. (c.at - c.origin)
    c.problem_field = expert_field or e.bad_payload
    c.problem_at = c.at
  end
end

-- Whether there are so many bytes; then the cursor is aligned for them.
local function has(c, size, align)
  if c.problem then
    return false
  end
  local at = c.at + (c.origin - c.at) % align
  if size > c.limit - at then
    fail(c, "it ends early")
  elseif size > c.there - at then
    fail(c, "the capture ends", e.cut)
  else
    c.at = at
    return true
  end
  return false
end

-- A range of so many bytes; nil after a problem.
local function take(c, size, align)
  if not has(c, size, align) then
    return nil
  end
  c.at = c.at + size
  return c.tvb(c.at - size, size)
end

local function take_u32(c)
  local range = take(c, 4, 4)
  return range and range:le_uint()
end

-- The limit of a value that is `size` bytes long, to be given to leave().
local function enter(c, size)
  local outer = c.limit
  if not c.problem and size > c.limit - c.at then
    fail(c, "a length that goes beyond what it is in")
  end
  c.limit = c.problem and c.limit or c.at + size
  return outer
end

local function leave(c, outer)
  if not c.problem and c.at ~= c.limit then
    fail(c, "a value that ends before its length does")
  end
  c.limit = outer
end

local function enter_delimited(c)
  local size = take_u32(c)
  return enter(c, size or 0)
end

-- An item for a value from `from` to where the cursor is; nil where nothing is shown.
local function show(c, tree, member, from, add, ...)
  if not tree then
    return nil
  end
  local range = c.tvb(from, c.at - from)
  local item
  if member.sensitive then
    item = tree:add(member.field or f.value, range)
    item:set_text(member.name .. ": (sensitive)")
  elseif not member.field then
    item = tree:add(f.value, range)
    item:set_text(member.name)
  else
    item = add(tree, member.field, range, ...)
  end
  if member.index then
    item:prepend_text("[" .. member.index .. "] ")
  end
  return item
end

local function add_little(tree, field, range)
  return tree:add_le(field, range)
end

local function add_big(tree, field, range, value)
  if value ~= nil then
    return tree:add(field, range, value)
  end
  return tree:add(field, range)
end

-- The begin of an item whose end isn't known yet, and the tree for what is in it.
local function open(c, tree, member)
  local item = show(c, tree, member, c.at, add_big)
  return item, not member.sensitive and item or nil
end

local function close(c, item, from)
  if item then
    item:set_len(c.at - from)
  end
end

local function is_slot(port)
  return port ~= nil and port:higher() >= 2147483648
end

-- What is known of a port, to be put behind its number.
local function port_note(port)
  local name = is_slot(port) and "slot" or port_names[tostring(port)]
  return name and " (" .. name .. ")" or ""
end

local function scalar_read(c, tree, member, t)
  local range = take(c, t.size, math.min(t.size, 4))
  if not range then
    return
  end
  local item = show(c, tree, member, c.at - t.size, add_little)
  if t.kind == "bool" and range:uint() > 1 then
    fail(c, "a bool that is neither 0 nor 1")
  elseif t.kind == "port" and range:le_uint() >= #c.ports then
    fail(c, "a port that the message doesn't carry")
  elseif t.kind == "port" and item and not member.sensitive then
    local port = c.ports[range:le_uint() + 1]
    item:append_text(" = port " .. tostring(port) .. port_note(port))
  end
end

local function enum_read(c, tree, member, t)
  local base_type = t.type
  local range = take(c, base_type.size, math.min(base_type.size, 4))
  if not range then
    return
  end
  show(c, tree, member, c.at - base_type.size, add_little)
  local number = base_type.kind:find("^i") and range:le_int() or range:le_uint()
  if t.strict and not t.by_number[number] then
    fail(c, "a value that the strict type doesn't have")
  end
end

-- (names, whether all bits that are set have one)
local function bits_names(t, range)
  local value = range:len() == 8 and range:le_uint64() or UInt64(range:le_uint(), 0)
  local halves = {[0] = value:lower(), [1] = value:higher()}
  local names = {}
  for _, member in ipairs(t.members) do
    local half, weight = math.floor(member.bit / 32), 2 ^ (member.bit % 32)
    if math.floor(halves[half] / weight) % 2 == 1 then
      names[#names + 1] = member.name
      halves[half] = halves[half] - weight
    end
  end
  return table.concat(names, "|"), halves[0] == 0 and halves[1] == 0
end

local function bits_read(c, tree, member, t)
  local base_type = t.type
  local range = take(c, base_type.size, math.min(base_type.size, 4))
  if not range then
    return
  end
  local item = show(c, tree, member, c.at - base_type.size, add_little)
  local names, known = bits_names(t, range)
  if item and not member.sensitive and names ~= "" then
    item:append_text(" (" .. names .. ")")
  end
  if t.strict and not known then
    fail(c, "a value that the strict type doesn't have")
  end
end

-- Well-formed UTF-8 (RFC 3629). What isn't ASCII is looked at byte by byte.
local function is_utf8(text)
  local at = text:find("[\128-\255]")
  while at do
    local first, second = text:byte(at, at + 1)
    local more = first >= 240 and 3 or first >= 224 and 2 or 1
    if first < 194 or first > 244 or not text:find("^[\128-\191]" .. ("[\128-\191]"):rep(more - 1), at + 1) then
      return false
    elseif first == 224 and second < 160 or first == 237 and second > 159 then
      return false
    elseif first == 240 and second < 144 or first == 244 and second > 143 then
      return false
    end
    at = text:find("[\128-\255]", at + more + 1)
  end
  return true
end

-- The text and where its length stands; nil after a problem.
local function string_take(c)
  local size = take_u32(c)
  local from = c.at - 4
  if size == 0 then
    fail(c, "a string without its NUL")
  end
  local range = size and take(c, size, 1)
  if not range then
    return nil
  end
  local text = range:raw()
  if text:find("\0", 1, true) ~= size then
    fail(c, "a string that doesn't end in its only NUL")
    return nil
  end
  text = text:sub(1, -2)
  if not is_utf8(text) then
    fail(c, "a string that is not UTF-8")
    return nil
  end
  return text, from
end

local function string_read(c, tree, member, t)
  local text, from = string_take(c)
  if not text then
    return
  end
  show(c, tree, member, from, add_big, text)
  if t.bound and #text > t.bound then
    fail(c, "a string that is longer than its bound")
  end
end

local function bytes_read(c, tree, member, t)
  local size = take_u32(c)
  if not size or not take(c, size, 1) then
    return
  end
  show(c, tree, member, c.at - size, add_big)
  if t.bound and size > t.bound then
    fail(c, "more bytes than the bound allows")
  end
end

local function elements_read(c, tree, member, t, count)
  local element = {name = member.name, field = member.field}
  for index = 0, count - 1 do
    if c.problem then
      return
    end
    element.index = index
    value_read(c, tree, element, t.element)
  end
end

-- What isn't shown. Where nothing can be wrong with the elements they need not be looked at.
local function elements_skip(c, t, count)
  local element = beneath(t.element)
  if count > 0 and element.size and element.kind ~= "bool" and element.kind ~= "port" then
    take(c, count * element.size, math.min(element.size, 4))
  else
    elements_read(c, nil, {name = ""}, t, count)
  end
end

local function sequence_read(c, tree, member, t)
  local outer = c.limit
  if t.delimited then
    outer = enter_delimited(c)
  end
  local from = c.at
  local count = t.count or take_u32(c)
  if count and not c.problem and count > c.limit - c.at then
    fail(c, "more elements than there are bytes")
  elseif count and t.bound and count > t.bound then
    fail(c, "more elements than the bound allows")
  end
  if not c.problem then
    local item
    if member.sensitive then
      item = show(c, tree, member, from, add_big)
      tree = nil
    elseif tree then
      local field = member.count_field
      item = field and tree:add(field, c.tvb(from, c.at - from), count) or tree:add(f.value, c.tvb(from, c.at - from))
      item:set_text(member.name .. ": " .. count .. (count == 1 and " element" or " elements"))
      tree = item
    end
    if tree and count > ELEMENTS_MAX then
      item:append_text(", the first " .. ELEMENTS_MAX .. " are shown")
      item:add_proto_expert_info(e.not_shown, "of " .. count .. " elements " .. ELEMENTS_MAX .. " are shown")
    end
    local shown = tree and math.min(count, ELEMENTS_MAX) or 0
    elements_read(c, tree, member, t, shown)
    elements_skip(c, t, count - shown)
    close(c, item, from)
  end
  if t.delimited then
    leave(c, outer)
  end
end

local function struct_read(c, tree, member, t)
  local from = c.at
  local item, inner = open(c, tree, member)
  for _, each in ipairs(t.members) do
    value_read(c, inner, each, each.type, each.optional)
  end
  close(c, item, from)
end

-- The bytes of a table's member, behind its header; 0 after a problem.
local function member_size(c, code)
  if code < 4 then
    return 2 ^ code
  elseif code == 4 then
    return take_u32(c) or 0
  elseif not has(c, 4, 4) then
    return 0
  end
  return 4 + c.tvb(c.at, 4):le_uint() * (code == 5 and 1 or code == 6 and 4 or 8)
end

local function unknown_skip(c, tree, number)
  local from = c.at
  local size = c.limit - c.at
  if take(c, size, 1) and tree then
    local item = tree:add(f.unknown_member, c.tvb(from, size), number)
    item:append_text(", " .. size .. (size == 1 and " byte" or " bytes"))
  end
end

local function table_member_read(c, tree, t, met)
  local header = take_u32(c)
  if not header then
    return
  end
  local number = header % 2 ^ 28
  local known = t.by_number[number]
  local outer = enter(c, member_size(c, math.floor(header / 2 ^ 28) % 8))
  if known and met[number] then
    fail(c, "member " .. number .. " comes twice")
  elseif known then
    met[number] = true
    value_read(c, tree, known, known.type)
  elseif header >= 2 ^ 31 then
    fail(c, "member " .. number .. " must be understood")
  else
    unknown_skip(c, tree, number)
  end
  leave(c, outer)
end

local function table_read(c, tree, member, t)
  local outer, from = enter_delimited(c), c.at
  local met, item, inner = {}, nil, nil
  if not c.problem then
    item, inner = open(c, tree, member)
  end
  while not c.problem and c.at < c.limit do
    c.left = c.left - 1
    table_member_read(c, inner, t, met)
    if c.left <= 0 then
      fail(c, "the rest is not shown", e.not_shown)
    end
  end
  close(c, item, from)
  leave(c, outer)
end

local function union_read(c, tree, member, t)
  local outer = t.strict and c.limit or enter_delimited(c)
  local number = take_u32(c)
  if number then
    local from = c.at - 4
    c.at = from
    local item, inner = open(c, tree, member)
    c.at = from + 4
    local chosen = t.by_number[number]
    if chosen then
      value_read(c, inner, chosen, chosen.type)
    elseif t.strict then
      fail(c, "a member that the strict union doesn't have")
    else
      unknown_skip(c, inner, number)
    end
    close(c, item, from)
  end
  if not t.strict then
    leave(c, outer)
  end
end

local readers = {
  enum = enum_read, bits = bits_read, string = string_read, bytes = bytes_read, vec = sequence_read,
  array = sequence_read, struct = struct_read, table = table_read, union = union_read,
}

-- Whether an optional value is there.
local function is_there(c)
  local range = take(c, 1, 1)
  if range and range:uint() > 1 then
    fail(c, "a presence that is neither 0 nor 1")
  end
  return range ~= nil and range:uint() == 1
end

function value_read(c, tree, member, t, optional)
  t = beneath(t)
  c.left = c.left - 1
  if c.left < 0 then
    fail(c, "the rest is not shown", e.not_shown)
  end
  if c.problem or optional and not is_there(c) then
    return
  end
  local nests = t.members ~= nil and t.kind ~= "enum" and t.kind ~= "bits"
  c.depth = c.depth + (nests and 1 or 0)
  if c.depth > DEPTH_MAX then
    fail(c, "nested deeper than " .. DEPTH_MAX)
  else
    (readers[t.kind] or scalar_read)(c, tree, member, t)
  end
  c.depth = c.depth - (nests and 1 or 0)
end

-- A parameter list. An older sender's ends earlier, a newer one's later.
local function list_read(c, tree, members)
  local outer = enter_delimited(c)
  for _, member in ipairs(members) do
    if not c.problem and c.at < c.limit then
      value_read(c, tree, member, member.type, member.optional)
    elseif not member.optional and not member.default then
      fail(c, member.name .. " is missing")
    end
  end
  if not c.problem then
    c.at = c.limit
  end
  c.limit = outer
end

local function problem_show(c, item, what)
  if c.problem then
    item:add_proto_expert_info(c.problem_field, what .. ": " .. c.problem)
  end
end

------------------------------------------------------------------------------------------------------------------------
-- Calls
--
-- What belongs to one call is found by its number on the caller's connection, and by its slot on the callee's. The first
-- pass fills this in order; when a packet is looked at again it is still there.

local calls = {}
local items_from = {} -- by frame and place: the offset where an item of a stream begins

function darq.init()
  calls = {}
  items_from = {}
end

-- The key of a frame's call; nil: it is of none. A callee's frames name the slot; the call of its headers is something else.
local function call_key(frame)
  for _, port in ipairs({frame.source or false, frame.destination or false, frame.port or false}) do
    if port and is_slot(port) then
      return frame.key .. "/slot " .. tostring(port)
    end
  end
  if frame.call and tostring(frame.call) ~= "0" then
    return frame.key .. "/call " .. tostring(frame.call)
  end
  return nil
end

-- What the list of packets says of it. What a callee gets has the caller's connection for a number.
local function call_text(frame)
  if not frame.call or tostring(frame.call) == "0" then
    return ""
  end
  local handed = is_slot(frame.source) or is_slot(frame.port)
  return (handed and ", caller " or ", call ") .. tostring(frame.call)
end

local function request_note(frame, method)
  local key = call_key(frame)
  if not key then
    return
  end
  local call = calls[key]
  if not call then
    call = {frame = frame.pinfo.number, time = frame.pinfo.rel_ts, method = method, next_item = {}}
    calls[key] = call
  end
  if call.outcome and call.frame == frame.pinfo.number then
    frame.item:add(f.outcome_in, call.outcome):set_generated()
  end
end

-- What a frame's call is known by; nil: its request wasn't seen.
local function call_find(frame)
  local key = call_key(frame)
  return key and calls[key]
end

local function request_show(frame, call)
  if call then
    frame.item:add(f.request_in, call.frame):set_generated()
  end
end

local function outcome_note(frame)
  local call = call_find(frame)
  if not call then
    return nil
  end
  call.outcome = call.outcome or frame.pinfo.number
  request_show(frame, call)
  local seconds = frame.pinfo.rel_ts - call.time
  local whole = math.floor(seconds)
  frame.item:add(f.time, NSTime(whole, math.floor((seconds - whole) * 1e9 + 0.5))):set_generated()
  return call
end

------------------------------------------------------------------------------------------------------------------------
-- Payloads

-- The interface and the method of a payload's header, where a table knows them.
local function method_find(tvb, at)
  local interface = interfaces["0x" .. tvb(at, 8):le_uint64():tohex():lower()]
  return interface, interface and interface.methods[tvb(at + 8, 4):le_uint()]
end

-- A payload that no table knows is taken for an RPC's if the length in its body is right: that of its list, or text.
local function is_rpc(frame, at, size)
  local tvb = frame.tvb
  if size < 16 or at + 16 > tvb:captured_len() then
    return false
  end
  local _, method = method_find(tvb, at)
  if method then
    return true
  end
  return size >= 20 and at + 20 <= tvb:captured_len() and tvb(at + 16, 4):le_uint() == size - 20
end

local function status_text(method, status)
  local known = status > 0 and method and method.error and method.error.by_number[status]
  return known and known.name or status_names[status] or tostring(status)
end

local function rpc_header_show(frame, item, at)
  local tvb = frame.tvb
  local interface, method = method_find(tvb, at)
  local status = tvb(at + 12, 4):le_int()
  item:add_le(f.interface, tvb(at, 8))
  if interface then
    item:add(f.interface_name, tvb(at, 8), interface.name):set_generated()
  end
  item:add_le(f.ordinal, tvb(at + 8, 4))
  if method then
    item:add(f.method, tvb(at + 8, 4), method.full_name):set_generated()
  end
  item:add_le(f.status, tvb(at + 12, 4))
  if status > 0 and method and method.error then
    item:add(f.error, tvb(at + 12, 4), status_text(method, status)):set_generated()
  end
  return method, status
end

local function detail_show(frame, item, at, size)
  local c = cursor_new(frame.tvb, at, at + size, {})
  string_read(c, item, {name = "detail", field = f.rpc_detail}, scalars.string)
  if not c.problem and c.at < c.limit then
    fail(c, "bytes are left over")
  end
  problem_show(c, item, "the detail")
end

local function list_show(frame, item, at, size, members, bare)
  local c = cursor_new(frame.tvb, at, at + size, frame.ports)
  if bare then
    value_read(c, item, members[1], members[1].type)
  else
    list_read(c, item, members)
  end
  if not c.problem and c.at < c.limit then
    fail(c, "bytes are left over")
  end
  problem_show(c, item, "the body")
end

-- (method, status) of a payload; nil where it is none of an RPC.
local function payload_show(frame, at, size, part)
  local tvb = frame.tvb
  local there = math.max(math.min(size, tvb:captured_len() - at), 0)
  if not is_rpc(frame, at, size) then
    if there > 0 then
      frame.item:add(f.payload, tvb(at, there))
    end
    return nil
  end
  local item = frame.item:add(f.rpc, tvb(at, there))
  local method, status = rpc_header_show(frame, item, at)
  item:set_text((method and method.full_name or "Payload") .. ", " .. part)
  if part == "reply" and status ~= 0 then
    item:append_text(": " .. status_text(method, status))
    item:add_proto_expert_info(e.failed, status_text(method, status))
    detail_show(frame, item, at + 16, size - 16)
  elseif method and method[part] then
    list_show(frame, item, at + 16, size - 16, method[part], method.bare)
  elseif there > 16 then
    item:add(f.payload, tvb(at + 16, there - 16))
  end
  return method, status
end

-- Items of a typed stream that are whole within a chunk. One that goes on in the next chunk is told by its length alone;
-- where not even that is in one chunk, the rest of the stream is shown as bytes.
local function items_show(frame, at, size, members, begin)
  local tvb = frame.tvb
  local count, from = 0, at + begin
  local limit = at + size
  while from + 4 <= limit and from + 4 <= tvb:captured_len() do
    local length = 4 + tvb(from, 4):le_uint()
    local item
    if count < ITEMS_MAX then
      item = frame.item:add(f.item, tvb(from, math.min(length, limit - from, tvb:captured_len() - from)))
      item:set_text("Item, " .. length .. " bytes")
    elseif count == ITEMS_MAX then
      frame.item:add_proto_expert_info(e.not_shown, "of the items " .. ITEMS_MAX .. " are shown")
    end
    count = count + 1
    if item and from + length <= limit then
      list_show(frame, item, from, length, members)
    elseif item then
      item:append_text(", which goes on in what follows")
    end
    from = from + length
  end
  return from - at
end

-- The offset of the first item that begins at or behind a chunk's begin, relative to it; nil: unknown. Known in order of
-- the stream only, so it is kept for when the packet is looked at again.
local function items_begin(frame, call, part, place, offset)
  if items_from[place] == nil then
    local next_item = call.next_item[part] or (offset == 0 and 0) or nil
    items_from[place] = next_item and next_item >= offset and next_item - offset or false
  end
  return items_from[place] or nil
end

------------------------------------------------------------------------------------------------------------------------
-- Frames

-- Size, field, the key under which a port is kept in the frame, fields of flags.
local port_part = {{4, f.open_request}, {4}, {8, f.port, "port"}}
local message_part = {{8, f.source, "source"}, {8, f.destination, "destination"}, {4, f.payload_length}, {4}}
local chunk_part = {
  {8, f.source, "source"}, {8, f.destination, "destination"}, {8, f.stream}, {8, f.offset}, {4, f.payload_length},
  {4, f.chunk_flags, nil, {f.flag_fin}},
}
local token_part = {{8, f.token}}

local parts = {
  [1] = port_part,
  [2] = {{4, f.open_request}, {1, f.opened}, {3}, {8, f.port, "port"}},
  [3] = port_part,
  [4] = {{4, f.open_request}, {1, f.closed}, {3}, {8, f.port, "port"}},
  [5] = message_part,
  [6] = chunk_part,
  [7] = message_part,
  [8] = chunk_part,
  [9] = {},
  [10] = {},
  [11] = {{4, f.revision}, {4, f.features}},
  [12] = {
    {4, f.revision}, {4, f.features}, {8, f.boot}, {8, f.connection}, {8, f.max_message}, {4, f.stream_window}, {4},
  },
  [16] = {{8, f.port, "port"}, {4, f.code}, {4, f.detail_length}},
  [17] = {{8, f.source, "source"}, {8, f.destination, "destination"}, {8, f.stream}, {8, f.limit}},
  [18] = {{8, f.port, "port"}, {8}},
  [19] = token_part,
  [20] = token_part,
}

local function part_size(part)
  local size = 0
  for _, each in ipairs(part) do
    size = size + each[1]
  end
  return size
end

local function header_is_good(version, header_length, length)
  return version <= 1 and header_length >= 8 and header_length <= 64 and header_length % 8 == 0
    and length >= header_length
end

local function flags_show(item, range, flag_fields)
  for _, field in ipairs(flag_fields) do
    item:add(field, range)
  end
end

local function header_show(frame, tvb)
  local item = frame.item
  item:add(f.version, tvb(0, 1))
  item:add(f.header_length, tvb(1, 1))
  item:add(f.type, tvb(2, 1))
  item:add(f.length, tvb(4, 4))
  if frame.header_length < 24 then
    return
  end
  item:add(f.call, tvb(8, 8))
  item:add(f.timeout, tvb(16, 4))
  flags_show(item:add(f.flags, tvb(20, 2)), tvb(20, 2), {f.flag_request, f.flag_reply, f.flag_give_source})
  item:add(f.port_count, tvb(22, 2))
  frame.call = tvb(8, 8):uint64()
  frame.flags = tvb(20, 2):uint()
  frame.port_count = tvb(22, 2):uint()
end

-- The part that the type defines; what is read of it stands in the frame.
local function part_show(frame, tvb, part)
  local at = frame.header_length
  for _, each in ipairs(part) do
    local size, field, key = each[1], each[2], each[3]
    local range = tvb(at, size)
    if field then
      local item = frame.item:add(field, range)
      flags_show(item, range, each[4] or {})
      if key then
        frame[key] = range:uint64()
        item:append_text(port_note(frame[key]))
      end
    end
    at = at + size
  end
  frame.rest = at
end

-- A length that the part tells, compared with the frame's; nil after a problem.
local function rest_size(frame, at, what)
  local size = frame.tvb(at, 4):uint()
  if size > frame.length - frame.rest then
    frame.item:add_proto_expert_info(e.bad_length, what .. " is longer than the frame")
    return nil
  end
  return size
end

-- Ports that a message carries, behind the payload and padding; where they begin, or nil when there are too many.
local function ports_show(frame, at)
  if frame.port_count == 0 then
    return at
  end
  at = at + -at % 8
  local stop = at + 8 * frame.port_count
  if frame.port_count > PORTS_MAX or stop > frame.length then
    frame.item:add_proto_expert_info(e.bad_length, "more ports than the frame holds, or than are allowed")
    return nil
  end
  while at < stop and at + 8 <= frame.tvb:captured_len() do
    local range = frame.tvb(at, 8)
    table.insert(frame.ports, range:uint64())
    frame.item:add(f.passed_port, range):append_text(port_note(range:uint64()))
    at = at + 8
  end
  return stop
end

local function has_flag(frame, flag)
  return math.floor(frame.flags / flag) % 2 == 1
end

local function message_kind(frame)
  if has_flag(frame, 2) or frame.type == 5 and is_slot(frame.destination) then
    return "reply"
  end
  return has_flag(frame, 1) and "request" or "message"
end

local function message_show(frame)
  local at = frame.rest
  local size = rest_size(frame, at - 8, "the payload")
  local stop = size and ports_show(frame, at + size)
  if not stop then
    return
  end
  frame.stop = stop
  local kind = message_kind(frame)
  local call = kind == "reply" and outcome_note(frame)
  local method, status = payload_show(frame, at, size, kind == "reply" and "reply" or "request")
  if kind ~= "reply" then
    request_note(frame, method)
  end
  local name = method and method.full_name or call and call.method and call.method.full_name
  frame.info = (name and name .. " " or "") .. (kind == "message" and name and "one-way" or kind)
  if kind == "reply" and status and status ~= 0 then
    frame.info = frame.info .. ", " .. status_text(method, status)
  end
end

local function chunk_payload_show(frame, call, part, at, size)
  local method = call and call.method
  local members = method and method[part]
  local offset = frame.tvb(at - 16, 8):uint64()
  local begin
  if type(members) == "table" and offset:higher() < 2097152 then
    local from = offset:tonumber()
    begin = items_begin(frame, call, part, frame.pinfo.number .. " " .. frame.key .. " " .. part .. " " .. from, from)
    if begin then
      begin = math.min(begin, size)
      call.next_item[part] = from + math.max(items_show(frame, at, size, members, begin), begin)
    end
  end
  local shown = begin or size
  local there = math.min(shown, frame.tvb:captured_len() - at)
  if there > 0 and not (begin and method) then
    frame.item:add(f.payload, frame.tvb(at, there))
  end
end

local function chunk_show(frame)
  local at = frame.rest
  local size = rest_size(frame, at - 8, "the payload")
  if not size then
    return
  end
  frame.stop = at + size
  local call = call_find(frame)
  local upload = frame.type == 6 and not is_slot(frame.destination) or frame.type == 8 and is_slot(frame.source)
  request_show(frame, call)
  chunk_payload_show(frame, call, upload and "upload" or "download", at, size)
  local name = call and call.method and call.method.full_name .. " " or ""
  frame.info = name .. "chunk, " .. size .. " bytes" .. (frame.tvb(at - 1, 1):uint() % 2 == 1 and ", FIN" or "")
end

local function undeliverable_show(frame)
  local at = frame.rest
  local size = rest_size(frame, at - 4, "the detail")
  if not size then
    return
  end
  frame.stop = at + size
  local code = frame.tvb(at - 8, 4):uint()
  local there = math.min(size, frame.tvb:captured_len() - at)
  if there > 0 then
    frame.item:add(f.detail, frame.tvb(at, there))
  end
  frame.item:add_proto_expert_info(e.undelivered, code_names[code] or "code " .. code)
  local call = outcome_note(frame)
  local name = call and call.method and call.method.full_name .. " " or ""
  frame.info = name .. "Undeliverable, " .. (code_names[code] or code)
end

local function notice_show(frame)
  local call = call_find(frame)
  request_show(frame, call)
  frame.info = (call and call.method and call.method.full_name .. " " or "") .. type_names[frame.type]
end

local shows = {
  [5] = message_show, [6] = chunk_show, [7] = message_show, [8] = chunk_show, [16] = undeliverable_show,
  [17] = notice_show, [18] = notice_show,
}

-- What a known type says, once its header and its part are there.
local function body_show(frame)
  local part = parts[frame.type]
  local stop = frame.header_length + part_size(part)
  if frame.length < stop then
    frame.item:add_proto_expert_info(e.bad_length, "shorter than a " .. type_names[frame.type] .. " is")
    return
  elseif frame.tvb:captured_len() < stop then
    frame.item:add_proto_expert_info(e.cut)
    return
  end
  part_show(frame, frame.tvb, part)
  frame.stop = frame.rest
  if shows[frame.type] then
    shows[frame.type](frame)
  end
  local there = math.min(frame.length, frame.tvb:captured_len())
  if frame.stop < there then
    frame.item:add(f.rest, frame.tvb(frame.stop, there - frame.stop))
  end
end

local function bad_show(item, tvb, text)
  item:add_proto_expert_info(e.bad_frame, text)
  item:append_text(", not a frame")
  item:add(f.rest, tvb())
  return "not a frame"
end

-- Shows one frame, with which the buffer begins; its text for the list of packets. `key` names the connection, `reported`
-- is how long the buffer was before it was cut.
local function frame_show(tvb, pinfo, tree, key, reported)
  local item = tree:add(darq, tvb())
  if tvb:captured_len() < 8 then
    item:add_proto_expert_info(reported < 8 and e.bad_frame or e.cut)
    return "cut"
  end
  local frame = {
    tvb = tvb, pinfo = pinfo, item = item, key = key, header_length = tvb(1, 1):uint(), type = tvb(2, 1):uint(),
    length = tvb(4, 4):uint(), flags = 0, port_count = 0, ports = {},
  }
  if not header_is_good(tvb(0, 1):uint(), frame.header_length, frame.length) then
    return bad_show(item, tvb, "the header of no frame")
  elseif tvb:captured_len() < math.min(frame.header_length, 24) then
    item:add_proto_expert_info(e.cut)
    return "cut"
  end
  local name = type_names[frame.type] or "type " .. frame.type
  item:append_text(", " .. name)
  header_show(frame, tvb)
  if frame.length > reported then
    item:add_proto_expert_info(e.too_long, "the frame is longer than what it is in")
  elseif frame.length > tvb:captured_len() then
    item:add_proto_expert_info(e.cut)
  end
  if parts[frame.type] then
    body_show(frame)
  else
    item:add_proto_expert_info(e.unknown_type)
  end
  return (frame.info or name) .. call_text(frame)
end

------------------------------------------------------------------------------------------------------------------------
-- Where frames come from

darq.prefs.ports = Pref.range("TCP ports", "11000", "Ports that p-kernels listen on", 65535)
darq.prefs.heuristic = Pref.bool("Look for frames on any TCP port", false,
  "Take a connection whose first bytes are a header of protocol version 1 for one of Darq IPC")
darq.prefs.largest = Pref.uint("Longest frame that is put together (MiB)", 64,
  "Longer ones are shown as far as they are in one segment")

local tcp_stream = Field.new("tcp.stream")
local tcp_ports = DissectorTable.get("tcp.port")

local function tcp_frame_length(tvb, _, at)
  local length = tvb(at + 4, 4):uint()
  if header_is_good(tvb(at, 1):uint(), tvb(at + 1, 1):uint(), length) and length <= darq.prefs.largest * MIB then
    return length
  end
  return tvb:reported_len() - at
end

function darq.dissector(tvb, pinfo, tree)
  local stream = tcp_stream()
  local key = "tcp " .. tostring(stream and stream.value or 0)
  pinfo.cols.protocol = "Darq"
  dissect_tcp_pdus(tvb, tree, 8, tcp_frame_length, function(frame_tvb, frame_pinfo, frame_tree)
    local text = frame_show(frame_tvb, frame_pinfo, frame_tree, key, frame_tvb:reported_len())
    if frame_pinfo.private["darq"] then
      frame_pinfo.cols.info:append("; " .. text)
    else
      frame_pinfo.cols.info = text
    end
    frame_pinfo.private["darq"] = "told"
    return frame_tvb:len()
  end)
  return tvb:len()
end

-- Hello, with which every connection of our own begins, or another frame of version 1 that is all there is.
local function looks_like_frames(tvb)
  if tvb:captured_len() < 8 or tvb(0, 1):uint() ~= 1 or tvb(3, 1):uint() ~= 0 or not type_names[tvb(2, 1):uint()] then
    return false
  end
  local length = tvb(4, 4):uint()
  return header_is_good(1, tvb(1, 1):uint(), length) and (length == tvb:reported_len() or tvb(2, 1):uint() == 11)
end

darq:register_heuristic("tcp", function(tvb, pinfo, tree)
  if not darq.prefs.heuristic or not looks_like_frames(tvb) then
    return false
  end
  darq.dissector(tvb, pinfo, tree)
  pinfo.conversation = darq
  return true
end)

local ports_added = darq.prefs.ports
tcp_ports:add(ports_added, darq)

function darq.prefs_changed()
  if ports_added ~= darq.prefs.ports then
    tcp_ports:remove(ports_added, darq)
    ports_added = darq.prefs.ports
    tcp_ports:add(ports_added, darq)
  end
end

-- A record of a monitor's capture: a header of its own, then one frame.
local r = {
  version = ProtoField.uint8("darq.record.version", "Version"),
  direction = ProtoField.uint8("darq.record.direction", "Direction", base.DEC, direction_names),
  length = ProtoField.uint16("darq.record.header_length", "Header length"),
  connection = ProtoField.uint64("darq.record.connection", "Connection id"),
}

record.fields = values_of(r)

function record.dissector(tvb, pinfo, tree)
  if tvb:captured_len() < 16 or tvb(0, 4):raw() ~= "DARQ" or tvb(4, 1):uint() ~= 1 then
    return 0
  end
  local size = tvb(6, 2):uint()
  if size < 16 or size > tvb:captured_len() then
    return 0
  end
  local outgoing = tvb(5, 1):uint() == 1
  local connection = tostring(tvb(8, 8):uint64())
  local item = tree:add(record, tvb(0, size))
  item:add(r.version, tvb(4, 1))
  item:add(r.direction, tvb(5, 1))
  item:add(r.length, tvb(6, 2))
  item:add(r.connection, tvb(8, 8))
  pinfo.cols.protocol = "Darq"
  pinfo.cols.src = outgoing and "p-kernel" or "connection " .. connection
  pinfo.cols.dst = outgoing and "connection " .. connection or "p-kernel"
  if size < tvb:captured_len() then
    local key, reported = "connection " .. connection, tvb:reported_len() - size
    pinfo.cols.info = frame_show(tvb(size):tvb(), pinfo, tree, key, reported)
  end
  return tvb:len()
end

DissectorTable.get("wtap_encap"):add(wtap.USER0, record)
