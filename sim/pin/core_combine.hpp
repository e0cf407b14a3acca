// SPDX-License-Identifier: Apache-2.0
// Partial sums of a layer's tiles → output integers (docs/hardware.md, "Combine").
#pragma once

#include <vector>

#include "mapping/hardware.hpp"
#include "models/architecture.hpp"
#include "sim/pin/activation_unit.hpp"
#include "sim/pin/clocked_core.hpp"
#include "sim/pin/digital_arithmetic.hpp"

namespace ohmic::sim::pin {

class CoreCombine : public LaneCore {
 public:
  CoreCombine(const sc_core::sc_module_name& name, const mapping::Hardware& hardware, int stage,
              const models::ArchitectureSpec& architecture);

 private:
  struct Port {
    std::vector<int> columns;
    int period = 1;
    int phase = 0;
  };
  struct Column {
    std::int64_t constant = 0;  // of the reconstruction
    std::int64_t step = 1;      // of the converter
    std::int64_t bias = 0;
  };

  [[nodiscard]] Bits compute() override;
  void add_up();
  [[nodiscard]] std::int64_t product(std::int64_t total, const Column& column) const;

  const std::int64_t firings_;  // of one image
  const int sum_bits_;
  const int shift_;  // of the reconstruction
  const bool in_levels_;
  const Accumulator accumulator_;
  const mapping::TokenFormat result_;
  const Requantizer requantizer_;
  const OutputRange output_;
  std::vector<Port> ports_;
  std::vector<Column> columns_;

  ActivationUnit activation_;
  std::int64_t firing_ = 0;  // of the image
  std::vector<std::int64_t> totals_;
};

}  // namespace ohmic::sim::pin
