// SPDX-License-Identifier: Apache-2.0
// The executable specification of docs/timing.md: a plain loop over cycles. In each cycle, first everything that
// is due becomes visible, then every unit decides from what it sees; whatever it tells others is due a cycle later at
// the earliest. Simple and slow; it shares no code with the engine.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <vector>

#include "base/draws.hpp"
#include "sim/timing.hpp"
#include "tests/ladder/sim_reference_mesh.hpp"

namespace ohmic::test {

struct ReferenceResult {
  bool deadlock = false;
  std::vector<sim::Hop> hops;
  std::vector<Cycle> result_cycles;
  std::vector<sim::StageTiming> stages;
  std::vector<std::int64_t> flit_hops;
};

class ReferenceModel {
 public:
  ReferenceModel(const mapping::Program& program, const models::ArchitectureSpec& chip, int images, int in_flight,
                 const sim::StallSpec& stalls = {})
      : program_(program), chip_(chip), images_(images), in_flight_(in_flight), stalls_(stalls) {
    build();
  }

  ReferenceResult run() {
    constexpr Cycle kQuiet = 50;  // nothing was due or done for so long: nothing will be
    for (; now_ - last_event_ <= kQuiet; ++now_) step();
    result_.deadlock = images_done_ < images_;
    return finish();
  }

 private:
  struct Port {  // one destination of one stream
    int stream = 0, destination = 0;
    mapping::Consumption consumption;
    std::int64_t tokens = 0;
    bool remote = false;
    int hops = 0;  // tiles between
    Cycle credit_delay = 1;
    std::int64_t arrived = 0, released = 0, left = 0;  // of all images
    std::int64_t credits = 0;                          // at the sender
  };
  struct Stage {
    std::vector<std::shared_ptr<Port>> inputs;
    std::int64_t fired = 0;
    Cycle interval_ends = 0;
    int held = 0;              // output slots
    std::deque<bool> results;  // not completely sent, oldest first: has it left or been offered?
    std::int64_t ready = 0, offered = 0, completed = 0;
    sim::StageTiming time;
    Cycle busy = 0, input = 0, output = 0, network = 0;  // since the last start
  };
  struct Stream {
    std::vector<std::shared_ptr<Port>> ports;
    int flits = 0, beats = 0;
    bool local = false, remote = false;
    Cycle wire_free = 0;
    std::int64_t seen_offers = 0;  // by the fabric, not granted yet
    std::deque<Cycle> local_end;
    bool one_out = false;           // local and remote destinations, an arbitrated fabric, a token that has not left
    std::vector<Cycle> first_flit;  // mesh: of every token
    std::int64_t flit_hops = 0;
  };

  void at(Cycle cycle, std::function<void()> action) {
    due_[cycle].push_back(std::move(action));
    last_event_ = std::max(last_event_, cycle);
  }

  void build() {
    const int gateway = chip_.gateway();
    stages_.resize(program_.stages.size());
    for (std::size_t i = 0; i < stages_.size(); ++i) stages_[i].inputs.resize(program_.stages[i].inputs.size());
    for (std::size_t i = 0; i < program_.streams.size(); ++i) {
      const mapping::Stream& from = program_.streams[i];
      const int tile = program_.stages[static_cast<std::size_t>(from.source)].tile;
      Stream& s = streams_.emplace_back();
      s.flits = static_cast<int>((from.token_bits + chip_.fabric->link_bits - 1) / chip_.fabric->link_bits);
      s.beats = (from.token_bits + chip_.tile.bus_bits - 1) / chip_.tile.bus_bits;
      for (std::size_t d = 0; d < from.destinations.size(); ++d) {
        const mapping::Destination& to = from.destinations[d];
        const mapping::Stage& stage = program_.stages[static_cast<std::size_t>(to.stage)];
        auto p = std::make_shared<Port>();
        p->stream = static_cast<int>(i);
        p->destination = static_cast<int>(d);
        p->tokens = from.tokens;
        p->consumption = mapping::consumption(stage, stage.inputs[static_cast<std::size_t>(to.port)], from.tokens);
        p->remote = stage.tile != tile;
        p->credits = to.capacity;
        p->hops = std::max(1, models::tile_distance(tile, stage.tile, chip_.tiles.x, gateway));
        if (p->remote) {
          const int wires = chip_.fabric.kind == "bus" ? 1 : p->hops;
          p->credit_delay = 1 + wires * chip_.fabric->hop_cycles;
        }
        (p->remote ? s.remote : s.local) = true;
        stages_[static_cast<std::size_t>(to.stage)].inputs[static_cast<std::size_t>(to.port)] = p;
        s.ports.push_back(std::move(p));
      }
    }
    for (Stage& s : stages_) {
      bool unasked = !s.inputs.empty();
      for (const auto& p : s.inputs) unasked = unasked && p->consumption.need.front() == 0;
      if (!unasked) continue;
      for (std::int64_t& need : s.inputs.front()->consumption.need) need = std::max<std::int64_t>(need, 1);
    }
    if (chip_.fabric.kind != "mesh") return;
    mesh_.emplace(
        program_, chip_,
        ReferenceMesh::Listener{
            .first_out = [this](int i,
                                Cycle cycle) { streams_[static_cast<std::size_t>(i)].first_flit.push_back(cycle); },
            .last_out = [this](int i, Cycle cycle) { fabric_took(i, cycle); },
            .arrived =
                [this](int i, int d, Cycle cycle) {
                  const Stream& s = streams_[static_cast<std::size_t>(i)];
                  const auto token = static_cast<std::size_t>(tokens_[{i, d}]);
                  arrives(s.ports[static_cast<std::size_t>(d)], s.first_flit[token], cycle);
                },
            .hop = [this](int i) { ++streams_[static_cast<std::size_t>(i)].flit_hops; },
            .at = [this](Cycle cycle, std::function<void()> action) { at(cycle, std::move(action)); }});
  }

  [[nodiscard]] bool is(int stage, mapping::StageKind kind) const {
    return program_.stages[static_cast<std::size_t>(stage)].kind == kind;
  }

  void step() {
    if (const auto due = due_.find(now_); due != due_.end()) {
      last_event_ = std::max(last_event_, now_);
      const auto actions = std::move(due->second);
      due_.erase(due);
      for (const auto& action : actions) action();
    }
    for (std::size_t i = 0; i < streams_.size(); ++i) decide_stream(static_cast<int>(i));
    for (std::size_t i = 0; i < stages_.size(); ++i) decide_stage(static_cast<int>(i));
    if (chip_.fabric.kind == "bus") decide_bus();
    if (mesh_) mesh_->step(now_);
    for (Stage& s : stages_) leave_buffers(s);
    serve_memory();
    for (std::size_t i = 0; i < stages_.size(); ++i) account(static_cast<int>(i));
  }

  // ------------------------------------------------------------------------------------------------ stages

  void decide_stage(int i) {
    const mapping::Stage& stage = program_.stages[static_cast<std::size_t>(i)];
    Stage& s = stages_[static_cast<std::size_t>(i)];
    const std::int64_t image = s.fired / stage.firings;
    const auto f = static_cast<std::size_t>(s.fired % stage.firings);
    if (image >= images_ || now_ < s.interval_ends || s.held == chip_.tile.output_slots) return;
    if (stage.kind == mapping::StageKind::source && in_flight_ > 0 && f == 0 && image >= images_done_ + in_flight_)
      return;
    for (const auto& p : s.inputs) {
      if (p->arrived < image * p->tokens + p->consumption.need[f]) return;
    }
    if (is_stalled(stage.kind, i)) {
      last_event_ = now_;
      return;
    }
    if (s.fired == 0) s.time.first_start = now_;
    s.time.busy += s.busy;
    s.time.stalled_input += s.input;
    s.time.stalled_output += s.output;
    s.time.stalled_network += s.network;
    s.busy = s.input = s.output = s.network = 0;
    s.time.busy += stage.interval;
    s.time.last_end = now_ + stage.interval;
    ++s.fired;
    ++s.held;
    s.interval_ends = now_ + stage.interval;
    for (const auto& p : s.inputs) {
      p->released = std::max(p->released, image * p->tokens + p->consumption.release[f]);
    }
    if (stage.kind == mapping::StageKind::source) {
      requests_.push_back({false, i});
    } else {
      at(now_ + stage.latency, [this, i] { result_ready(i); });
    }
    last_event_ = std::max(last_event_, s.interval_ends);
  }

  /// Once more what docs/hardware.md says of stalls.
  [[nodiscard]] bool is_stalled(mapping::StageKind kind, int stage) const {
    const bool source = kind == mapping::StageKind::source;
    const int percent = source ? stalls_.source : kind == mapping::StageKind::sink ? stalls_.sink : 0;
    const PhiloxKey key = stream_key({.seed = stalls_.seed, .purpose = Purpose::stall});
    const auto low = static_cast<std::uint32_t>(now_);
    const std::uint32_t draw = philox({low, 0, static_cast<std::uint32_t>(stage), 0}, key)[0];
    return static_cast<double>(draw) / 4294967296.0 * 100 < percent;
  }

  void result_ready(int i) {
    Stage& s = stages_[static_cast<std::size_t>(i)];
    if (s.ready++ == 0) s.time.first_output = now_;
    if (is(i, mapping::StageKind::sink)) requests_.push_back({true, i});
  }

  /// The oldest result has completely left in cycle `last`.
  void completes(int i, Cycle last) {
    at(last + 1, [this, i] {
      Stage& s = stages_[static_cast<std::size_t>(i)];
      --s.held;
      ++s.completed;
    });
  }

  void leave_buffers(Stage& s) {
    for (const auto& p : s.inputs) {
      for (; p->left < std::min(p->released, p->arrived); ++p->left) {
        at(now_ + p->credit_delay, [p] { ++p->credits; });
      }
    }
  }

  /// One access at a time; results before inputs, then by stage.
  void serve_memory() {
    std::sort(requests_.begin(), requests_.end(), [](const auto& a, const auto& b) {
      return std::pair(!a.first, a.second) < std::pair(!b.first, b.second);
    });
    for (const auto& [write, i] : requests_) {
      const mapping::Stage& stage = program_.stages[static_cast<std::size_t>(i)];
      Stage& s = stages_[static_cast<std::size_t>(i)];
      int bits = write ? 0 : program_.streams[static_cast<std::size_t>(stage.output)].token_bits;
      for (const mapping::InputPort& port : stage.inputs) {
        bits = std::max(bits, program_.streams[static_cast<std::size_t>(port.stream)].token_bits);
      }
      const int bytes = (bits + 7) / 8;
      const int width = chip_.global_buffer.width_bits;
      memory_free_ =
          std::max(memory_free_, now_) + chip_.global_buffer.latency_cycles + (bytes * 8 + width - 1) / width;
      if (!write) {
        at(memory_free_ + stage.latency, [this, i = i] { result_ready(i); });
        continue;
      }
      ++s.offered;
      completes(i, memory_free_ - 1);
      if (s.offered % stage.firings == 0) {
        result_.result_cycles.push_back(memory_free_ - 1);
        at(memory_free_, [this] { ++images_done_; });
      }
    }
    requests_.clear();
  }

  void account(int i) {
    Stage& s = stages_[static_cast<std::size_t>(i)];
    if (s.fired == 0 || now_ < s.interval_ends) return;
    if (s.held < chip_.tile.output_slots) {
      ++s.input;
    } else if (s.ready == s.completed) {
      ++s.busy;
    } else if (s.offered == s.completed) {
      ++s.output;
    } else {
      ++s.network;
    }
  }

  // ------------------------------------------------------------------------------------------------ streams

  void arrives(const std::shared_ptr<Port>& p, Cycle sent, Cycle arrived) {
    auto& token = tokens_[{p->stream, p->destination}];
    result_.hops.push_back({p->stream, p->destination, token++, sent, arrived});
    at(arrived + 1, [p] { ++p->arrived; });
  }

  void decide_stream(int i) {
    const mapping::Stream& stream = program_.streams[static_cast<std::size_t>(i)];
    Stream& s = streams_[static_cast<std::size_t>(i)];
    Stage& source = stages_[static_cast<std::size_t>(stream.source)];
    if (source.offered == source.ready || now_ < s.wire_free || s.one_out) return;
    for (const auto& p : s.ports) {
      if (p->credits == 0) return;
    }
    for (const auto& p : s.ports) --p->credits;
    ++source.offered;
    const bool wires = !s.remote || chip_.fabric.kind == "point_to_point";
    const int own = s.remote && wires ? s.flits : 1;
    s.wire_free = now_ + std::max(own, s.local ? s.beats : 1);
    last_event_ = std::max(last_event_, s.wire_free);
    for (const auto& p : s.ports) {
      if (!p->remote) arrives(p, now_, now_ + s.beats - 1);
      if (p->remote && wires) {
        arrives(p, now_, now_ + p->hops * chip_.fabric->hop_cycles + s.flits - 1);
        s.flit_hops += std::int64_t{1} * s.flits * p->hops;
      }
    }
    if (wires) {
      completes(stream.source, s.wire_free - 1);
    } else {
      s.one_out = s.local;
      s.local_end.push_back(s.local ? now_ + s.beats - 1 : now_);
      at(now_ + 1, [this, i] {
        ++streams_[static_cast<std::size_t>(i)].seen_offers;
        if (mesh_) mesh_->offered(i);
      });
    }
  }

  void fabric_took(int i, Cycle last) {
    Stream& s = streams_[static_cast<std::size_t>(i)];
    const Cycle left = std::max(last, s.local_end.front());
    completes(program_.streams[static_cast<std::size_t>(i)].source, left);
    s.local_end.pop_front();
    at(left + 1, [this, i] { streams_[static_cast<std::size_t>(i)].one_out = false; });
  }

  // ------------------------------------------------------------------------------------------------ bus

  void decide_bus() {
    if (now_ < bus_free_) return;
    for (std::size_t n = 0; n < streams_.size(); ++n) {
      const std::size_t i = (bus_turn_ + n) % streams_.size();
      Stream& s = streams_[i];
      if (s.seen_offers == 0) continue;
      --s.seen_offers;
      const Cycle first = now_ + 1;
      const Cycle last = first + s.flits - 1;
      for (const auto& p : s.ports) {
        if (p->remote) arrives(p, first, last + chip_.fabric->hop_cycles);
      }
      s.flit_hops += s.flits;
      fabric_took(static_cast<int>(i), last);
      bus_free_ = now_ + s.flits + dynamic_cast<const models::Bus&>(*chip_.fabric).grant_cycles;
      bus_turn_ = i + 1;
      last_event_ = std::max(last_event_, bus_free_);
      return;
    }
  }

  ReferenceResult finish() {
    const Cycle origin = chip_.global_buffer.latency_cycles;
    for (sim::Hop& hop : result_.hops) {
      hop.sent -= origin;
      hop.arrived -= origin;
    }
    for (Cycle& cycle : result_.result_cycles) cycle -= origin;
    std::sort(result_.hops.begin(), result_.hops.end(), [](const sim::Hop& a, const sim::Hop& b) {
      return std::tie(a.arrived, a.stream, a.destination, a.token) <
             std::tie(b.arrived, b.stream, b.destination, b.token);
    });
    for (Stage& s : stages_) {
      s.time.first_start -= origin;
      s.time.first_output -= origin;
      s.time.last_end -= origin;
      result_.stages.push_back(s.time);
    }
    for (const Stream& s : streams_) result_.flit_hops.push_back(s.flit_hops);
    return std::move(result_);
  }

  const mapping::Program& program_;
  const models::ArchitectureSpec& chip_;
  int images_, in_flight_;
  sim::StallSpec stalls_;
  Cycle now_ = 0, last_event_ = 0;
  std::map<Cycle, std::vector<std::function<void()>>> due_;
  std::vector<Stage> stages_;
  std::vector<Stream> streams_;
  std::vector<std::pair<bool, int>> requests_;  // (write, stage)
  Cycle memory_free_ = 0;
  Cycle bus_free_ = 0;
  std::size_t bus_turn_ = 0;
  std::optional<ReferenceMesh> mesh_;
  int images_done_ = 0;
  std::map<std::pair<int, int>, std::int64_t> tokens_;
  ReferenceResult result_;
};

}  // namespace ohmic::test
