// SPDX-License-Identifier: Apache-2.0
#include "sim/pin/core_elementwise.hpp"

namespace ohmic::sim::pin {

namespace {

const mapping::Stage& stage_of(const mapping::Hardware& hardware, int stage) {
  return hardware.program.stages[static_cast<std::size_t>(stage)];
}
const workloads::QuantizedNode& node_of(const mapping::Hardware& hardware, int stage) {
  return hardware.graph.nodes[static_cast<std::size_t>(stage_of(hardware, stage).node)];
}
const workloads::QuantizedAdd& add_of(const mapping::Hardware& hardware, int stage) {
  return std::get<workloads::QuantizedAdd>(node_of(hardware, stage).operation);
}

}  // namespace

ElementwiseCore::ElementwiseCore(const sc_core::sc_module_name& name, const mapping::Hardware& hardware, int stage,
                                 const models::ArchitectureSpec& architecture, workloads::Activation activation,
                                 const workloads::Leaky& leaky)
    : LaneCore(name, static_cast<int>(stage_of(hardware, stage).inputs.size()), architecture.tile.output_slots,
               std::get<mapping::DigitalCore>(hardware.cores[static_cast<std::size_t>(stage)]).cycles,
               architecture.tile.digital.latency_cycles),
      output_(node_of(hardware, stage).params),
      result_(hardware.formats[static_cast<std::size_t>(stage_of(hardware, stage).output)]),
      activation_(activation, leaky, architecture.tile.digital.lanes, node_of(hardware, stage).params.bits) {
  const std::vector<int>& from = node_of(hardware, stage).inputs;
  for (std::size_t k = 0; k < from.size(); ++k) {
    const int stream = stage_of(hardware, stage).inputs[k].stream;
    operands_.push_back({hardware.formats[static_cast<std::size_t>(stream)],
                         hardware.graph.nodes[static_cast<std::size_t>(from[k])].params.zero_point});
  }
}

std::int64_t ElementwiseCore::element(std::size_t operand, int index) const {
  const mapping::TokenFormat& format = operands_[operand].format;
  const Bits& token = in_data_i[operand].read();
  const int bit = index * format.bits;
  const std::int64_t value =
      format.is_signed ? token.get_signed(bit, format.bits) : static_cast<std::int64_t>(token.get(bit, format.bits));
  return value - operands_[operand].zero_point;
}

Bits ElementwiseCore::compute() {
  Bits result(result_.token_bits());
  for (int i = 0; i < result_.elements; ++i) {
    const int y = output_.saturate(activation_.apply(quotient_of(i)));
    result.set(i * result_.bits, result_.bits, static_cast<std::uint64_t>(std::int64_t{y}));
    activation_.passed(i, result_.elements);
  }
  return result;
}

CoreAdd::CoreAdd(const sc_core::sc_module_name& name, const mapping::Hardware& hardware, int stage,
                 const models::ArchitectureSpec& architecture)
    : ElementwiseCore(name, hardware, stage, architecture, add_of(hardware, stage).activation,
                      add_of(hardware, stage).leaky),
      requantizer_(add_of(hardware, stage).requant) {}

std::int64_t CoreAdd::quotient_of(int index) const {
  return requantizer_.quotient_of_sum(element(0, index), element(1, index));
}

}  // namespace ohmic::sim::pin
