-- SPDX-License-Identifier: MIT
--
-- Frames: headers, the part that each type defines, and what stands behind it.
--
-- Every length is compared with the frame's and with what was captured before it is used. The header alone decides where
-- the next frame begins, so that what is wrong further in spoils one frame only.

local parts = ...
if not parts then
  return -- Wireshark runs every file of the folder; this one is for darq.lua
end

local PORTS_MAX = 64

local f, e = parts.fields, parts.experts
local type_names, code_names = parts.type_names, parts.code_names
local is_slot, port_note = parts.is_slot, parts.port_note
local call_text, call_find, request_note = parts.call_text, parts.call_find, parts.request_note
local request_show, outcome_note, items_begin = parts.request_show, parts.outcome_note, parts.items_begin
local status_text, payload_show, items_show = parts.status_text, parts.payload_show, parts.items_show

-- Size, field, the key under which a port is kept in the frame, fields of flags.
local port_part = {{4, f.open_request}, {4}, {8, f.port, "port"}}
local message_part = {{8, f.source, "source"}, {8, f.destination, "destination"}, {4, f.payload_length}, {4}}
local chunk_part = {
  {8, f.source, "source"}, {8, f.destination, "destination"}, {8, f.stream}, {8, f.offset}, {4, f.payload_length},
  {4, f.chunk_flags, nil, {f.flag_fin}},
}
local token_part = {{8, f.token}}

local type_parts = {
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

-- Items of a stream that a table knows; their bytes are never shown as such, as some may be sensitive.
local function chunk_items_show(frame, call, part, at, size)
  local offset = frame.tvb(at - 16, 8):uint64()
  local begin
  if offset:higher() < 2097152 then -- what a double holds
    local from = math.floor(offset:tonumber())
    begin = items_begin(call, part, frame.pinfo.number .. " " .. frame.key .. " " .. part .. " " .. from, from)
    begin = begin and math.min(begin, size)
    local stop = begin and items_show(frame, at, size, call.method[part], begin)
    if not frame.pinfo.visited then
      call.next_item[part] = stop and stop >= size and from + stop or nil
    end
  end
  local there = math.min(begin or size, frame.tvb:captured_len() - at)
  if there > 0 then
    frame.item:add(f.item, frame.tvb(at, there)):set_text("What began before, " .. (begin or size) .. " bytes")
  end
end

local function chunk_payload_show(frame, call, part, at, size)
  local there = math.min(size, frame.tvb:captured_len() - at)
  if call and call.method and type(call.method[part]) == "table" then
    chunk_items_show(frame, call, part, at, size)
  elseif there > 0 then
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
  local part = type_parts[frame.type]
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
function parts.frame_show(tvb, pinfo, tree, key, reported)
  local item = tree:add(parts.proto, tvb())
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
  if type_parts[frame.type] then
    body_show(frame)
  else
    item:add_proto_expert_info(e.unknown_type)
  end
  return (frame.info or name) .. call_text(frame)
end

parts.header_is_good = header_is_good
