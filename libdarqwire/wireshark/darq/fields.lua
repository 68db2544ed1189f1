-- SPDX-License-Identifier: MIT
--
-- Fields, expert information, and the names of numbers. Fields of payloads are made in tables.lua.

local parts = ...
if not parts then
  return -- Wireshark runs every file of the folder; this one is for darq.lua
end

parts.type_names = {
  [1] = "OpenPort", [2] = "OpenedPort", [3] = "ClosePort", [4] = "ClosedPort", [5] = "Message", [6] = "Chunk",
  [7] = "Message", [8] = "Chunk", [9] = "Reboot", [10] = "Shutdown", [11] = "Hello", [12] = "Welcome",
  [16] = "Undeliverable", [17] = "Credit", [18] = "Cancel", [19] = "Ping", [20] = "Pong",
}

parts.code_names = {
  [1] = "NO_PORT", [2] = "NOT_ALLOWED", [3] = "QUEUE_FULL", [4] = "QUOTA", [5] = "TOO_BIG", [6] = "ACTIVATION_FAILED",
  [7] = "EXPIRED", [8] = "NO_LOCATION", [9] = "BAD_SOURCE", [10] = "WITHDRAWN", [64] = "PEER_DIED", [65] = "NO_REPLY",
  [66] = "LINK_LOST", [67] = "REPLY_TOO_BIG", [68] = "CANCELLED", [69] = "STREAM_BROKEN",
}

local opened_names = {
  [0] = "opened", [1] = "in use", [2] = "not allowed", [3] = "quota", [4] = "bad number",
}

local closed_names = {[0] = "closed", [1] = "not yours"}

parts.status_names = {
  [0] = "fine", [-128] = "NO_INTERFACE", [-129] = "UNIMPLEMENTED", [-130] = "BAD_REQUEST", [-131] = "BUSY",
  [-132] = "INTERNAL", [-133] = "REFUSED",
}

parts.port_names = {
  ["0"] = "none", ["1"] = "the p-kernel", ["11000"] = "boot", ["11001"] = "storage", ["11002"] = "history",
  ["11003"] = "security", ["11004"] = "metadata", ["11005"] = "index", ["11006"] = "type", ["11007"] = "terminal",
}


parts.fields = {
  version = ProtoField.uint8("darq.version", "Version"),
  header_length = ProtoField.uint8("darq.header_length", "Header length"),
  type = ProtoField.uint8("darq.type", "Type", base.DEC, parts.type_names),
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
  code = ProtoField.uint32("darq.code", "Code", base.DEC, parts.code_names),
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
  status = ProtoField.int32("darq.rpc.status", "Status", base.DEC, parts.status_names),
  error = ProtoField.string("darq.rpc.error", "Error"),
  rpc_detail = ProtoField.string("darq.rpc.detail", "Detail"),
  item = ProtoField.none("darq.item", "Item"),
  unknown_member = ProtoField.uint32("darq.unknown_member", "Unknown member"),
  value = ProtoField.none("darq.value", "Value"),
  request_in = ProtoField.framenum("darq.request_in", "Request in", base.NONE, frametype.REQUEST),
  outcome_in = ProtoField.framenum("darq.outcome_in", "Outcome in", base.NONE, frametype.RESPONSE),
  time = ProtoField.relative_time("darq.time", "Time since the request"),
}

parts.experts = {
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

-- Of a monitor's records.
parts.record_fields = {
  version = ProtoField.uint8("darq.record.version", "Version"),
  direction = ProtoField.uint8("darq.record.direction", "Direction", base.DEC,
    {[0] = "to the p-kernel", [1] = "from the p-kernel"}),
  length = ProtoField.uint16("darq.record.header_length", "Header length"),
  connection = ProtoField.uint64("darq.record.connection", "Connection id"),
}
