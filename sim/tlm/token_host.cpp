// SPDX-License-Identifier: Apache-2.0
#include "sim/tlm/token_host.hpp"

#include <fmt/format.h>

#include <limits>
#include <stdexcept>

#include "base/config_reader.hpp"

namespace ohmic::sim {

namespace {
constexpr std::int64_t kFemtosecondsPerSecond = 1'000'000'000'000'000;
}  // namespace

sc_core::sc_time clock_period(Frequency clock) {
  return sc_core::sc_time::from_value(static_cast<sc_dt::uint64>(round_div(kFemtosecondsPerSecond, clock.value())));
}

TokenHost::TokenHost(const sc_core::sc_module_name& name, const mapping::Program& program,
                     const models::ArchitectureSpec& architecture, const SimulationSpec& spec, const HopSink& hops,
                     const sc_core::sc_time& period)
    : sc_module(name),
      period_(period),
      last_countable_(
          static_cast<Cycle>(std::numeric_limits<std::int64_t>::max() / static_cast<std::int64_t>(period.value()))),
      run_(program, architecture, spec, *this, hops) {
  SC_HAS_PROCESS(TokenHost);
  SC_METHOD(run);
}

void TokenHost::run() {
  try {
    const auto now = static_cast<Cycle>(sc_core::sc_time_stamp().value() / period_.value());
    if (run_.next_cycle() == now) run_.run_cycle(now);
    const Cycle next = run_.next_cycle();
    if (next == Calendar::kNone) return;
    if (next > last_countable_) refuse_time();
    next_trigger(sc_core::sc_time::from_value(period_.value() * static_cast<sc_dt::uint64>(next - now)));
  } catch (...) {
    failure_ = std::current_exception();
  }
}

void TokenHost::refuse_time() {
  throw RuleError(
      "simulation",
      "time goes beyond 2.5 hours of the chip, more than is counted in femtoseconds: fewer images, or shorter "
      "times of reads");
}

Cycle TokenHost::access(Cycle now, const MemoryAccess& access) {
  data_.assign(static_cast<std::size_t>(access.bytes), 0);
  payload_.set_command(access.write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
  payload_.set_address(access.address);
  payload_.set_data_ptr(data_.data());
  payload_.set_data_length(static_cast<unsigned int>(data_.size()));
  payload_.set_streaming_width(static_cast<unsigned int>(data_.size()));
  payload_.set_byte_enable_ptr(nullptr);
  payload_.set_dmi_allowed(false);
  payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  socket->b_transport(payload_, delay);
  if (!payload_.is_response_ok()) {
    throw std::logic_error(fmt::format("global buffer: {} of {} bytes at {}: {}", access.write ? "write" : "read",
                                       access.bytes, access.address, payload_.get_response_string()));
  }
  if (delay.value() % period_.value() != 0) throw std::logic_error("global buffer: a delay that is no whole cycles");
  const auto cycles = static_cast<Cycle>(delay.value() / period_.value());
  free_at_ = now + cycles;
  return cycles;
}

TimingResult TokenHost::finish() {
  if (failure_) std::rethrow_exception(failure_);
  return run_.finish();
}

}  // namespace ohmic::sim
