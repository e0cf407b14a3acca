// SPDX-License-Identifier: Apache-2.0
// The module that hosts the token engine: one SC_METHOD that runs at the engine's next cycle, no clock. Its accesses
// to the global buffer go through a TLM-2.0 socket.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <exception>
#include <systemc>
#include <vector>

#include "sim/token/token_run.hpp"

namespace ohmic::sim {

class TokenHost : public sc_core::sc_module, private GlobalMemory {
 public:
  tlm_utils::simple_initiator_socket<TokenHost> socket{"socket"};

  TokenHost(const sc_core::sc_module_name& name, const mapping::Program& program,
            const models::ArchitectureSpec& architecture, const SimulationSpec& spec, const HopSink& hops,
            const sc_core::sc_time& period);

  /// After the simulation; throws what the engine has thrown, or Deadlock.
  [[nodiscard]] TimingResult finish();

 private:
  void run();
  /// RuleError: the time of a cycle is no number of femtoseconds any more.
  [[noreturn]] static void refuse_time();
  Cycle access(Cycle now, const MemoryAccess& access) override;
  [[nodiscard]] Cycle free_at() const override { return free_at_; }

  sc_core::sc_time period_;
  const Cycle last_countable_;  // its time is half of what the kernel can count
  tlm::tlm_generic_payload payload_;
  std::vector<unsigned char> data_;  // of the access under way; the engine knows times, not values
  Cycle free_at_ = 0;
  std::exception_ptr failure_;  // SystemC lets no exception out of a process
  TokenRun run_;
};

/// Clock period in whole femtoseconds: cycles stay exact, the clock is rounded by less than one part in 10^4 at 100
/// GHz.
[[nodiscard]] sc_core::sc_time clock_period(Frequency clock);

}  // namespace ohmic::sim
