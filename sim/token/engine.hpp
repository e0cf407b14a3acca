// SPDX-License-Identifier: Apache-2.0
// The event engine. A stage has one event pending, its next start, or waits for one thing whose time is not known
// yet; a stream likewise with its next token. Whoever makes that time known wakes it. Everything that one module
// tells another is usable a cycle later at the earliest, so the order of events within a cycle has no meaning.
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <string>
#include <vector>

#include "sim/stalls.hpp"
#include "sim/timing.hpp"
#include "sim/token/calendar.hpp"
#include "sim/token/model.hpp"
#include "sim/token/snapshot.hpp"

namespace ohmic::sim {

struct EngineOptions {
  int image_limit = 1;       // images that the sources may begin
  int images_in_flight = 0;  // 0: any number
  StallSpec stalls{};
  bool reversed = false;  // take the events of a cycle in reverse (tests: nothing may change)
};

class Engine : private FabricClient {
 public:
  Engine(const mapping::Program& program, const models::ArchitectureSpec& architecture, const EngineOptions& options,
         GlobalMemory& memory, const HopSink& hops);

  /// The next cycle in which something happens; Calendar::kNone: never.
  [[nodiscard]] Cycle next_cycle() const { return calendar_.next(); }
  /// Runs that cycle.
  void run_cycle(Cycle cycle);
  /// Hands out the hops that have arrived before a cycle (counted from the first input beat).
  void flush_hops(Cycle before);

  [[nodiscard]] int images_done() const { return images_done_; }
  /// Images that the sources have begun or are about to.
  [[nodiscard]] int images_begun() const;
  [[nodiscard]] int image_limit() const { return options_.image_limit; }
  /// Sources begin no image from this one on.
  void limit_images(int limit) { options_.image_limit = limit; }
  /// True when a source has been held back by the limit: from then on the state is not that of an endless run.
  [[nodiscard]] bool source_held() const { return source_held_; }

  /// Whole state relative to `now` and to the images done.
  [[nodiscard]] Snapshot snapshot(Cycle now) const;
  /// Everything counted so far; cycles are relative to the first input beat.
  [[nodiscard]] TimingResult result() const;
  /// Who waits for whom, one line per waiting stage, and the smallest circle.
  [[nodiscard]] std::string describe_deadlock(Cycle now) const;

 private:
  enum Event : std::uint32_t { kStart, kSend, kWrite, kImageDone, kFabric };
  static constexpr int kEventBits = 3;
  struct ArrivedLater {
    bool operator()(const Hop& a, const Hop& b) const;
  };
  struct Request {
    int stage;
    std::int64_t result;
  };

  void schedule(Cycle cycle, Event event, int id) {
    calendar_.schedule(cycle, static_cast<std::uint32_t>(id) << kEventBits | event);
  }
  void dispatch(std::uint32_t code, Cycle now);

  // Stages (engine_stages.cpp)
  void plan_start(int id);
  void resume_start(int id, int port);
  void start(int id, Cycle now);
  [[nodiscard]] bool may_begin_image(StageState& s);
  static void account_wait(StageState& s, Cycle now);
  void give_back(Channel& c, int id, std::int64_t released, Cycle now);
  void free_tokens(Channel& c, int id, Cycle now);
  void result_known(int id, Cycle ready);
  void slot_returns(int id, Cycle cycle);
  void serve_memory(Cycle now);
  void image_written(int image, Cycle last);

  // Streams (engine_streams.cpp)
  void plan_send(int id);
  void resume_send(int id, std::size_t destination);
  void send(int id, Cycle now);
  void deliver(Channel& c, int id, Cycle sent, Cycle arrived);
  void trace(const Channel& c, std::int64_t token, Cycle sent, Cycle arrived);

  void flow_sent(int flow, Cycle sent) override;
  void flow_left(int flow, Cycle last) override;
  void flow_arrived(int flow, int index, Cycle arrived) override;
  void flit_hops(int flow, std::int64_t count) override;
  void wake_fabric(Cycle cycle, int unit) override { schedule(cycle, kFabric, unit); }

  [[nodiscard]] StageState& stage(int id) { return model_.stages[static_cast<std::size_t>(id)]; }
  [[nodiscard]] Channel& channel(int id) { return model_.channels[static_cast<std::size_t>(id)]; }
  [[nodiscard]] StreamState& stream(int id) { return model_.streams[static_cast<std::size_t>(id)]; }
  [[nodiscard]] static std::size_t slot_of(const StageState& s, std::int64_t n) {
    return static_cast<std::size_t>(s.slots == 2 ? n & 1 : n % s.slots);
  }

  const mapping::Program& program_;
  const models::ArchitectureSpec& architecture_;
  EngineOptions options_;
  Stalls stalls_;
  GlobalMemory& memory_;
  const HopSink& hops_;
  Model model_;
  Calendar calendar_;
  std::vector<std::uint32_t> events_;
  std::vector<Request> requests_;  // memory accesses of the present cycle
  std::vector<int> sources_, sinks_;
  int images_done_ = 0;
  bool source_held_ = false;
  std::vector<Cycle> result_cycles_;  // last beat of each image's result, where it is known
  std::vector<int> sinks_open_;       // per image: sinks whose last beat is not known yet
  std::size_t images_known_ = 0;      // images whose result cycle is known
  // Tracing only: hops on their way, and the first flits of tokens that a fabric carries.
  std::priority_queue<Hop, std::vector<Hop>, ArrivedLater> pending_hops_;
  std::vector<std::vector<Cycle>> flow_sent_;  // [flow][token]
};

}  // namespace ohmic::sim
