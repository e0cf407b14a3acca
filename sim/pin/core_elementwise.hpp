// SPDX-License-Identifier: Apache-2.0
// Sum of two streams, and rectifiers: element by element (workloads::QuantizedAdd, QuantizedRelu,
// QuantizedLeakyRelu).
#pragma once

#include <array>

#include "mapping/hardware.hpp"
#include "models/architecture.hpp"
#include "sim/pin/activation_unit.hpp"
#include "sim/pin/clocked_core.hpp"
#include "sim/pin/digital_arithmetic.hpp"

namespace ohmic::sim::pin {

/// What all have: formats, zero points, the activation, and the loop over elements.
class ElementwiseCore : public LaneCore {
 protected:
  ElementwiseCore(const sc_core::sc_module_name& name, const mapping::Hardware& hardware, int stage,
                  const models::ArchitectureSpec& architecture, workloads::Activation activation,
                  const workloads::Leaky& leaky);

  struct Operand {
    mapping::TokenFormat format;
    int zero_point = 0;
  };
  /// Its integer less the zero point.
  [[nodiscard]] std::int64_t element(std::size_t operand, int index) const;
  /// What goes into the activation at `index`.
  [[nodiscard]] virtual std::int64_t quotient_of(int index) const = 0;

 private:
  [[nodiscard]] Bits compute() override;

  std::vector<Operand> operands_;
  const OutputRange output_;
  const mapping::TokenFormat result_;
  ActivationUnit activation_;
};

class CoreAdd : public ElementwiseCore {
 public:
  CoreAdd(const sc_core::sc_module_name& name, const mapping::Hardware& hardware, int stage,
          const models::ArchitectureSpec& architecture);

 private:
  [[nodiscard]] std::int64_t quotient_of(int index) const override;

  const Requantizer requantizer_;
};

/// ReLU or leaky ReLU as a node of its own.
class CoreRectifier : public ElementwiseCore {
 public:
  CoreRectifier(const sc_core::sc_module_name& name, const mapping::Hardware& hardware, int stage,
                const models::ArchitectureSpec& architecture, workloads::Activation activation,
                const workloads::Leaky& leaky)
      : ElementwiseCore(name, hardware, stage, architecture, activation, leaky) {}

 private:
  [[nodiscard]] std::int64_t quotient_of(int index) const override { return element(0, index); }
};

}  // namespace ohmic::sim::pin
