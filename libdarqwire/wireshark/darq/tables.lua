-- SPDX-License-Identifier: MIT
--
-- Tables of names, as `darqidl wireshark` writes them.
--
-- A type is {kind, name, ...}; what it is made of are types too. A member has `field`, the ProtoField of its value, and,
-- for vec and array, `count_field`. Fields are named after the full name of what they belong to.

local parts = ...
if not parts then
  return -- Wireshark runs every file of the folder; this one is for darq.lua
end

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
  for _ = 1, parts.depth_max do
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
  for _, path in ipairs({parts.folder, Dir.personal_plugins_path()}) do
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

parts.interfaces = interfaces
parts.payload_fields = fields_by_name
parts.scalars = scalars
parts.beneath = beneath
parts.is_primitive = is_primitive
