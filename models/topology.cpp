// SPDX-License-Identifier: Apache-2.0
#include "models/topology.hpp"

#include <cstdlib>

namespace ohmic::models {

void Topology::fields(Fields& f) {
  f.key("link_bits", link_bits, {.doc = "width of a link, bits per cycle", .min = 1, .max = 65536});
  f.key("hop_cycles", hop_cycles, {.doc = "cycles of one hop", .min = 1, .max = 1024});
}

void Bus::fields(Fields& f) {
  Topology::fields(f);
  f.key("grant_cycles", grant_cycles, {.doc = "idle cycles between two tokens", .min = 0, .max = 1024});
}

void Mesh::fields(Fields& f) {
  Topology::fields(f);
  f.key("buffer_flits", buffer_flits, {.doc = "per input port and virtual channel", .min = 2, .max = 4096});
}

int tile_distance(int from, int to, int width, int gateway) {
  const int extra = (from == gateway ? 1 : 0) + (to == gateway ? 1 : 0);
  const int a = from == gateway ? 0 : from;
  const int b = to == gateway ? 0 : to;
  return std::abs(a % width - b % width) + std::abs(a / width - b / width) + extra;
}

namespace {
const Registration<Topology, PointToPoint> kPointToPoint{"point_to_point"};
const Registration<Topology, Bus> kBus{"bus"};
const Registration<Topology, Mesh> kMesh{"mesh"};
}  // namespace

}  // namespace ohmic::models
