-- SPDX-License-Identifier: MIT
--
-- Calls: what belongs together, over all frames of a capture.
--
-- What belongs to one call is found by its number on the caller's connection, and by its slot on the callee's. The first
-- pass fills this in order; when a packet is looked at again it is still there.

local parts = ...
if not parts then
  return -- Wireshark runs every file of the folder; this one is for darq.lua
end

local f = parts.fields
local is_slot = parts.is_slot

local calls = {}
local items_from = {} -- by frame and place: the offset where an item of a stream begins

function parts.calls_forget()
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

-- The offset of the first item that begins at or behind a chunk's begin, relative to it; nil: unknown, as an item's length
-- was in two chunks, or a chunk was missed. Known in order of the stream only, so it is kept for a second look.
local function items_begin(call, part, place, offset)
  if items_from[place] == nil then
    local next_item = call.next_item[part] or (offset == 0 and 0) or nil
    items_from[place] = next_item and next_item >= offset and next_item - offset or false
  end
  return items_from[place] or nil
end

parts.call_text = call_text
parts.call_find = call_find
parts.request_note = request_note
parts.request_show = request_show
parts.outcome_note = outcome_note
parts.items_begin = items_begin
