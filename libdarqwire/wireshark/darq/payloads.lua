-- SPDX-License-Identifier: MIT
--
-- Payloads: the header of an RPC's, and items of typed streams. What their bodies hold is shown by values.lua.

local parts = ...
if not parts then
  return -- Wireshark runs every file of the folder; this one is for darq.lua
end

local ITEMS_MAX = 256 -- of a stream that are shown of one chunk

local f, e = parts.fields, parts.experts
local interfaces, status_names = parts.interfaces, parts.status_names
local list_show, detail_show = parts.list_show, parts.detail_show

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

-- Items of a typed stream that are whole within a chunk, from `begin` on; where the one behind them begins, which is within
-- the chunk when not even its length is. One that goes on in the next chunk is told by its length alone.
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
  local there = math.min(limit, tvb:captured_len()) - from
  if there > 0 then
    frame.item:add(f.item, tvb(from, there)):set_text("The begin of an item, " .. there .. " bytes")
  end
  return from - at
end

parts.status_text = status_text
parts.payload_show = payload_show
parts.items_show = items_show
