// SPDX-License-Identifier: Apache-2.0
#include "sim/pin/core_combine.hpp"

#include <algorithm>

namespace ohmic::sim::pin {

namespace {

const mapping::CombineCore& core_of(const mapping::Hardware& hardware, int stage) {
  return std::get<mapping::CombineCore>(hardware.cores[static_cast<std::size_t>(stage)]);
}
const mapping::Stage& stage_of(const mapping::Hardware& hardware, int stage) {
  return hardware.program.stages[static_cast<std::size_t>(stage)];
}
const workloads::QuantizedNode& node_of(const mapping::Hardware& hardware, int stage) {
  return hardware.graph.nodes[static_cast<std::size_t>(stage_of(hardware, stage).node)];
}
const workloads::QuantizedConv& conv_of(const mapping::Hardware& hardware, int stage) {
  return std::get<workloads::QuantizedConv>(node_of(hardware, stage).operation);
}

}  // namespace

CoreCombine::CoreCombine(const sc_core::sc_module_name& name, const mapping::Hardware& hardware, int stage,
                         const models::ArchitectureSpec& architecture)
    : LaneCore(name, static_cast<int>(stage_of(hardware, stage).inputs.size()), architecture.tile.output_slots,
               core_of(hardware, stage).cycles, architecture.tile.digital.latency_cycles),
      firings_(stage_of(hardware, stage).firings),
      sum_bits_(hardware.formats[static_cast<std::size_t>(stage_of(hardware, stage).inputs.front().stream)].bits),
      shift_(hardware.layers[static_cast<std::size_t>(core_of(hardware, stage).layer)].reconstruction.shift),
      in_levels_(hardware.converters[static_cast<std::size_t>(core_of(hardware, stage).layer)].in_levels),
      accumulator_(hardware.graph.accumulator),
      result_(hardware.formats[static_cast<std::size_t>(stage_of(hardware, stage).output)]),
      requantizer_(conv_of(hardware, stage).requant),
      output_(node_of(hardware, stage).params),
      activation_(conv_of(hardware, stage).activation, conv_of(hardware, stage).leaky, architecture.tile.digital.lanes,
                  node_of(hardware, stage).params.bits) {
  const mapping::CombineCore& core = core_of(hardware, stage);
  for (std::size_t p = 0; p < core.columns.size(); ++p) {
    const mapping::InputPort& port = stage_of(hardware, stage).inputs[p];
    ports_.push_back({core.columns[p], port.period, port.phase});
  }
  const auto layer = static_cast<std::size_t>(core.layer);
  for (std::size_t c = 0; c < static_cast<std::size_t>(result_.elements); ++c) {
    columns_.push_back({hardware.layers[layer].reconstruction.constant[c], hardware.converters[layer].columns[c].step,
                        conv_of(hardware, stage).bias[c]});
  }
  totals_.resize(columns_.size());
}

Bits CoreCombine::compute() {
  add_up();
  Bits result(result_.token_bits());
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    const auto element = static_cast<int>(c);
    const std::int64_t sum = accumulator_.hold(product(wrapped(totals_[c], sum_bits_), columns_[c]) + columns_[c].bias);
    const int y = output_.saturate(activation_.apply(requantizer_.quotient(sum, element)));
    result.set(element * result_.bits, result_.bits, static_cast<std::uint64_t>(std::int64_t{y}));
    activation_.passed(element, result_.elements);
  }
  firing_ = firing_ + 1 == firings_ ? 0 : firing_ + 1;
  return result;
}

/// Ports whose turn it is not show what does not belong to this firing.
void CoreCombine::add_up() {
  std::fill(totals_.begin(), totals_.end(), 0);
  for (std::size_t p = 0; p < ports_.size(); ++p) {
    if (firing_ % ports_[p].period != ports_[p].phase) continue;
    const Bits& token = in_data_i[p].read();
    int bit = 0;
    for (const int column : ports_[p].columns) {
      totals_[static_cast<std::size_t>(column)] += token.get_signed(bit, sum_bits_);
      bit += sum_bits_;
    }
  }
}

/// Σ w · (x − zero point) of one column.
std::int64_t CoreCombine::product(std::int64_t total, const Column& column) const {
  if (in_levels_) return shift_right(Wide{total} + column.constant, shift_, workloads::Rounding::half_even);
  const Wide fixed = Wide{total} * column.step + Wide{column.constant} * models::kLevel;
  return shift_right(fixed, models::kValueFractionBits + shift_, workloads::Rounding::half_even);
}

}  // namespace ohmic::sim::pin
