-- SPDX-License-Identifier: MIT
--
-- Darq IPC in Wireshark and tshark: frames on TCP, and in what `darqctl monitor --pcap` writes. The folder's README.md
-- says how it is used, and which fields there are.
--
-- This file says where frames come from; the folder darq/ beside it has the rest, one thing a file, each using those before
-- it: fields, tables, values, calls, payloads, frames. What was captured may be anything: each length is compared with what
-- there is before it is used, and what is wrong becomes expert information. Numbers in Lua 5.2 are doubles: what may have
-- 64 bits stays a UInt64, or text.

local MIB = 1048576

local darq = Proto("darq", "Darq IPC")
local record = Proto("darq_record", "Darq IPC monitor record")

-- What the files give each other.
local parts = {
  proto = darq,
  folder = __DIR__ and __DIR__ ~= "" and __DIR__ or ".",
  depth_max = 32, -- structs, tables and unions in each other: what a reader allows
}

for _, name in ipairs({"fields", "tables", "values", "calls", "payloads", "frames"}) do
  assert(loadfile(parts.folder .. "/darq/" .. name .. ".lua"))(parts)
end

local r = parts.record_fields
local frame_show, header_is_good, type_names = parts.frame_show, parts.header_is_good, parts.type_names

local function values_of(map)
  local list = {}
  for _, value in pairs(map) do
    list[#list + 1] = value
  end
  return list
end

local fields = values_of(parts.fields)
for _, each in pairs(parts.payload_fields) do
  fields[#fields + 1] = each.field
end
darq.fields = fields
darq.experts = values_of(parts.experts)
record.fields = values_of(parts.record_fields)

function darq.init()
  parts.calls_forget()
end

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
