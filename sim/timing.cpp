// SPDX-License-Identifier: Apache-2.0
#include "sim/timing.hpp"

#include <fmt/format.h>

#include "base/config_reader.hpp"

namespace ohmic::sim {

namespace {
constexpr double kMaxImages = 100000;
}  // namespace

EnumNames enum_names(Level /*e*/) {
  return {{"token", 0}};
}

void fields(Fields& f, StallSpec& s);
void fields(Fields& f, StallSpec& s) {
  constexpr double kMaxPercent = 99;
  f.key("seed", s.seed, {.doc = "seed of the random stalls"});
  f.key("source", s.source, {.doc = "percent of cycles in which sources do not start", .min = 0, .max = kMaxPercent});
  f.key("sink", s.sink, {.doc = "percent of cycles in which sinks do not start", .min = 0, .max = kMaxPercent});
}

void fields(Fields& f, SimulationSpec& s) {
  f.key("level", s.level, {.doc = "level of detail of time"});
  f.key("images", s.images, {.doc = "images that are simulated at least", .min = 1, .max = kMaxImages});
  f.key("max_images", s.max_images,
        {.doc = "images after which no repetition is looked for", .min = 1, .max = kMaxImages});
  f.key("images_in_flight", s.images_in_flight,
        {.doc = "images inside the chip at a time, 0: as many as fit", .min = 0, .max = kMaxImages});
  f.key("stalls", s.stalls, {.doc = "random stalls of sources and sinks, to test with"});
}

void validate(const SimulationSpec& spec) {
  if (spec.max_images < spec.images) {
    throw RuleError("simulation.max_images",
                    fmt::format("must be at least simulation.images ({}), not {}", spec.images, spec.max_images));
  }
}

void fields(Fields& f, StageTiming& t);
void fields(Fields& f, StreamTiming& t);
void fields(Fields& f, ResourceLoad& l);

void fields(Fields& f, StageTiming& t) {
  f.key("first_start", t.first_start);
  f.key("first_output", t.first_output);
  f.key("last_end", t.last_end);
  f.key("busy", t.busy);
  f.key("stalled_input", t.stalled_input);
  f.key("stalled_output", t.stalled_output);
  f.key("stalled_network", t.stalled_network);
}

void fields(Fields& f, StreamTiming& t) {
  f.key("sent", t.sent);
  f.key("received", t.received);
  f.key("flit_hops", t.flit_hops);
}

void fields(Fields& f, ResourceLoad& l) {
  f.key("resource", l.resource);
  f.key("cycles", l.cycles);
}

void fields(Fields& f, TimingResult& r) {
  f.key("latency_cycles", r.latency_cycles);
  f.key("period_cycles", r.period_cycles);
  f.key("period_images", r.period_images);
  f.key("images", r.images);
  f.key("result_cycles", r.result_cycles);
  f.key("stages", r.stages);
  f.key("streams", r.streams);
  f.key("fabric_actions", r.fabric_actions);
  f.key("token_hops", r.token_hops);
  f.key("loads", r.loads);
}

}  // namespace ohmic::sim
