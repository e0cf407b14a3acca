// SPDX-License-Identifier: Apache-2.0
// Waveforms: valid, ready and data of streams in a VCD file, a scope for each stream.
#pragma once

#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "sim/pin/signals.hpp"

namespace ohmic::sim::pin {

class Trace : public sc_core::sc_module {
 public:
  /// `file` without or with .vcd at its end; std::runtime_error when it cannot be written. widths: bits of the data.
  Trace(const sc_core::sc_module_name& name, const std::string& file, const std::vector<StreamSignals*>& streams,
        const std::vector<std::string>& names, const std::vector<int>& widths);
  ~Trace() override;

 private:
  void copy_changed();
  void copy(std::size_t stream);

  const std::vector<StreamSignals*> streams_;
  std::vector<std::unique_ptr<sc_dt::sc_bv_base>> data_;  // what the file polls
  sc_core::sc_trace_file* file_ = nullptr;
};

}  // namespace ohmic::sim::pin
