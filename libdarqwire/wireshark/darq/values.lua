-- SPDX-License-Identifier: MIT
--
-- Values: bodies in XCDR2, by the types of a table, with the verdict that every reader gives.
--
-- A cursor goes through a body: `at` is where it is, `limit` the end of the innermost value that tells its length,
-- `origin` where alignment counts from. `there` is where the capture ends. After a problem nothing more is read. Where
-- `tree` is nil nothing is shown.

local parts = ...
if not parts then
  return -- Wireshark runs every file of the folder; this one is for darq.lua
end

local DEPTH_MAX = parts.depth_max
local VALUES_MAX = 20000 -- of one payload that are looked at
local ELEMENTS_MAX = 256 -- of one vec or array that are shown

local f, e = parts.fields, parts.experts
local beneath, is_primitive = parts.beneath, parts.is_primitive

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
  local name = is_slot(port) and "slot" or parts.port_names[tostring(port)]
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
    return math.floor(2 ^ code)
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
  local number = math.floor(header % 2 ^ 28)
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

-- A body or a stream's item: a parameter list, or, bare, the only parameter by itself.
function parts.list_show(frame, item, at, size, members, bare)
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

-- The body of a reply that isn't a result.
function parts.detail_show(frame, item, at, size)
  local c = cursor_new(frame.tvb, at, at + size, {})
  string_read(c, item, {name = "detail", field = f.rpc_detail}, parts.scalars.string)
  if not c.problem and c.at < c.limit then
    fail(c, "bytes are left over")
  end
  problem_show(c, item, "the detail")
end

parts.is_slot = is_slot
parts.port_note = port_note
