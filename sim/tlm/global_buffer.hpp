// SPDX-License-Identifier: Apache-2.0
// The global buffer as a TLM-2.0 target: bytes, one access at a time, loosely timed with the delay annotated. It
// never waits, so that an SC_METHOD may call it, and every access is synchronised (no quantum).
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <systemc>

#include "models/architecture.hpp"

namespace ohmic::sim {

class GlobalBuffer : public sc_core::sc_module {
 public:
  tlm_utils::simple_target_socket<GlobalBuffer> socket{"socket"};

  GlobalBuffer(const sc_core::sc_module_name& name, const models::GlobalBufferSpec& spec,
               const sc_core::sc_time& period);

  /// Puts bytes into the memory before the simulation; std::out_of_range beyond its end.
  void load(std::uint64_t address, std::span<const std::uint8_t> bytes);
  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return {bytes_.get(), size_}; }
  [[nodiscard]] sc_core::sc_time free_at() const { return free_at_; }

 private:
  /// Delay of an access = waiting for those before it + latency_cycles + a cycle per width_bits.
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned int transport_dbg(tlm::tlm_generic_payload& payload);
  /// Moves the bytes of a payload; false, with its response set, when it cannot be.
  bool copy(tlm::tlm_generic_payload& payload);

  models::GlobalBufferSpec spec_;
  sc_core::sc_time period_;
  sc_core::sc_time free_at_;
  std::size_t size_;
  // From calloc: zero, and pages that nobody touches cost no memory.
  struct Release {
    std::size_t size = 0;
    void operator()(std::uint8_t* bytes) const;
  };
  std::unique_ptr<std::uint8_t[], Release> bytes_;
};

}  // namespace ohmic::sim
