// SPDX-License-Identifier: Apache-2.0
#include <stdexcept>

#include "sim/timing.hpp"
#include "sim/tlm/global_buffer.hpp"
#include "sim/tlm/token_host.hpp"

namespace ohmic::sim {

TimingResult simulate(const mapping::Program& program, const models::ArchitectureSpec& architecture,
                      const SimulationSpec& spec, const HopSink& hops) {
  static bool has_run = false;
  validate(spec);
  if (has_run) throw std::logic_error("simulate: a SystemC kernel cannot start twice in one process");
  has_run = true;
  sc_core::sc_set_time_resolution(1, sc_core::SC_FS);
  const sc_core::sc_time period = clock_period(architecture.clock);
  GlobalBuffer memory("global_buffer", architecture.global_buffer, period);
  TokenHost host("token_host", program, architecture, spec, hops, period);
  host.socket.bind(memory.socket);
  sc_core::sc_start();
  return host.finish();
}

}  // namespace ohmic::sim
