# SPDX-License-Identifier: MIT
# The records for Cap'n Proto.
@0xb9f1a3c27d5e8412;

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("peercp");

struct Image {
  uri @0 :Text;
  title @1 :Text;
  width @2 :Int32;
  height @3 :Int32;
  size @4 :UInt32;
}

struct Media {
  uri @0 :Text;
  title @1 :Text;
  width @2 :Int32;
  height @3 :Int32;
  format @4 :Text;
  duration @5 :Int64;
  size @6 :Int64;
  bitrate @7 :Int32;
  hasBitrate @8 :Bool;
  persons @9 :List(Text);
  player @10 :UInt32;
  copyright @11 :Text;
}

struct Content {
  media @0 :Media;
  images @1 :List(Image);
}

struct Sample {
  x @0 :Float64;
  y @1 :Float64;
  z @2 :Float64;
  id @3 :UInt32;
  flags @4 :UInt32;
}

struct Samples {
  items @0 :List(Sample);
}

struct Request {
  id @0 :UInt32;
  when @1 :UInt64;
  name @2 :Text;
}

# Numbers that are left out read as 0.
struct Settings {
  width @0 :UInt32;
  height @1 :UInt32;
  modified @2 :UInt64;
  scale @3 :Float64;
  visible @4 :Bool;
  title @5 :Text;
  author @6 :Text;
  comment @7 :Text;
  color @8 :UInt32;
  offset @9 :Int64;
  flags @10 :UInt32;
  language @11 :Text;
  opacity @12 :Float64;
  owner @13 :UInt64;
  margin @14 :UInt16;
  locked @15 :Bool;
  version @16 :UInt32;
  pages @17 :List(UInt32);
  rotation @18 :Int32;
  font @19 :Text;
}

struct Event {
  union {
    move :group {
      x @0 :Int32;
      y @1 :Int32;
      time @2 :UInt32;
    }
    text @3 :Text;
    tick @4 :UInt64;
  }
}

struct Events {
  items @0 :List(Event);
}

struct Names {
  items @0 :List(Text);
}
