// SPDX-License-Identifier: Apache-2.0
#include "sim/token/token_run.hpp"

#include <algorithm>
#include <limits>

namespace ohmic::sim {

TokenRun::TokenRun(const mapping::Program& program, const models::ArchitectureSpec& architecture,
                   const SimulationSpec& spec, GlobalMemory& memory, const HopSink& hops, bool reversed)
    : spec_(spec),
      engine_(program, architecture,
              {.image_limit = spec.stalls.any() ? spec.images : std::max(spec.images, spec.max_images),
               .images_in_flight = spec.images_in_flight,
               .stalls = spec.stalls,
               .reversed = reversed},
              memory, hops) {}

void TokenRun::run_cycle(Cycle cycle) {
  now_ = cycle;
  engine_.run_cycle(cycle);
  if (engine_.images_done() > images_seen_) image_ends();
}

/// The state is complete at the end of the cycle after an image's last beat. When the pattern is known and there are
/// images enough, no more are begun; those inside run to their end.
void TokenRun::image_ends() {
  images_seen_ = engine_.images_done();
  if (!period_ && !engine_.source_held() && !spec_.stalls.any())
    period_ = finder_.add(images_seen_, engine_.snapshot(now_));
  if (period_ && images_seen_ >= spec_.images) {
    engine_.limit_images(std::min(engine_.image_limit(), engine_.images_begun()));
  }
}

TimingResult TokenRun::finish() {
  if (engine_.images_done() < engine_.image_limit()) throw Deadlock(engine_.describe_deadlock(now_));
  engine_.flush_hops(std::numeric_limits<Cycle>::max());
  TimingResult result = engine_.result();
  if (period_) {
    result.period_images = period_->images;
    result.period_cycles = period_->cycles;
  }
  return result;
}

TimingResult simulate_bare(const mapping::Program& program, const models::ArchitectureSpec& architecture,
                           const SimulationSpec& spec, const HopSink& hops) {
  validate(spec);
  PlainMemory memory(architecture.global_buffer);
  TokenRun run(program, architecture, spec, memory, hops);
  for (Cycle cycle = run.next_cycle(); cycle != Calendar::kNone; cycle = run.next_cycle()) run.run_cycle(cycle);
  return run.finish();
}

}  // namespace ohmic::sim
