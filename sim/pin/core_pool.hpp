// SPDX-License-Identifier: Apache-2.0
// Maximum or average over a window (workloads::QuantizedPool).
#pragma once

#include "mapping/hardware.hpp"
#include "models/architecture.hpp"
#include "sim/pin/clocked_core.hpp"
#include "sim/pin/digital_arithmetic.hpp"

namespace ohmic::sim::pin {

class CorePool : public LaneCore {
 public:
  CorePool(const sc_core::sc_module_name& name, const mapping::Hardware& hardware, int stage,
           const models::ArchitectureSpec& architecture);

 private:
  [[nodiscard]] Bits compute() override;
  /// First bits of the tokens of the window that lie in the image.
  void find_taps();
  [[nodiscard]] int element(const Bits& window, int bit) const;
  [[nodiscard]] int maximum(const Bits& window, int channel) const;
  [[nodiscard]] int average(const Bits& window, int channel) const;
  void next_pixel();

  const workloads::PoolKind kind_;
  const workloads::Window window_;
  const workloads::Shape in_shape_;
  const workloads::Shape out_shape_;
  const bool counts_padding_;
  const mapping::TokenFormat token_;
  const mapping::TokenFormat result_;
  const int zero_point_;    // taken off what an average adds
  const int zeros_before_;  // channels
  const int zero_;          // what they hold
  const Requantizer requantizer_;
  const OutputRange output_;

  int y_ = 0, x_ = 0;  // output pixel of the next firing
  std::vector<int> taps_;
};

}  // namespace ohmic::sim::pin
