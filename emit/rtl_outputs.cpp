// SPDX-License-Identifier: Apache-2.0
// What makes output integers of sums: parameters of ohmic_combine and ohmic_multiply_lanes.
#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "base/config_reader.hpp"
#include "emit/rtl_parts.hpp"

namespace ohmic::emit {

namespace {

using mapping::CombineCore;
using mapping::LanesCore;
using workloads::QuantizedConv;
using workloads::QuantizedNode;
using workloads::Requant;
using workloads::RequantKind;
using workloads::Rounding;

constexpr int kLevelBits = models::kValueFractionBits;

int rounding_code(Rounding rounding) {
  switch (rounding) {
    case Rounding::half_even:
      return 0;
    case Rounding::half_up:
      return 1;
    case Rounding::half_away:
      return 2;
    case Rounding::floor:
      return 3;
    default:
      return 4;
  }
}

}  // namespace

/// Nothing stands before the last register of a digital unit: it is the output slot.
void require_counter(const std::string& path, Cycle cycles) {
  if (cycles <= kLargestInt) return;
  throw RuleError(path, fmt::format("is {} cycles, more than the counters of RTL hold (31 bits)", cycles));
}

std::string pipeline_registers(const RtlInput& input) {
  const Cycle cycles = input.architecture.tile.digital.latency_cycles;
  if (cycles >= 1) return number(cycles);
  throw RuleError("architecture.tile.digital.latency_cycles", "must be at least 1 for RTL, not 0");
}

void add_requantization(const Requant& requant, const std::string& node, Connections& parameters) {
  if (requant.kind == RequantKind::real) {
    throw RuleError("quantization.requantization.kind",
                    fmt::format("'float' has no RTL, node '{}' needs it (multiplier_shift and shift have)", node));
  }
  const bool multiplies = requant.kind == RequantKind::multiplier_shift;
  PackedFields multipliers(32), shifts(16);
  for (const std::int32_t shift : requant.shift) shifts.add(shift);
  for (std::size_t i = 0; i < requant.shift.size(); ++i) multipliers.add(multiplies ? requant.multiplier[i] : 1);
  parameters.insert(parameters.end(), {{"HasMultiplier", multiplies ? "1'b1" : "1'b0"},
                                       {"Rounding", number(rounding_code(requant.rounding))},
                                       {"Requants", number(static_cast<std::int64_t>(requant.shift.size()))},
                                       {"Multiplier", multipliers.text()},
                                       {"RequantShift", shifts.text()}});
}

void add_output(const workloads::QuantParams& out, Connections& parameters) {
  parameters.insert(parameters.end(), {{"OutBits", number(out.bits)},
                                       {"OutSigned", out.is_signed ? "1'b1" : "1'b0"},
                                       {"ZeroPoint", number(out.zero_point)}});
}

void add_activation(workloads::Activation activation, const workloads::Leaky& leaky, Connections& parameters) {
  int code = activation == workloads::Activation::relu ? 1 : 0;
  if (activation == workloads::Activation::leaky_relu) {
    code = leaky.randomized ? 3 : 2;
    parameters.emplace_back("Alpha", literal(7, static_cast<std::uint64_t>(leaky.alpha)));
    parameters.emplace_back("HalfUp", leaky.rounding == workloads::LeakyRounding::half_up ? "1'b1" : "1'b0");
    if (leaky.randomized) {
      parameters.emplace_back("Seed", literal(8, static_cast<std::uint64_t>(leaky.randomized->seed)));
    }
  }
  parameters.emplace_back("Activation", number(code));
}

namespace {

/// Bias, accumulator, requantization, activation, output: what every matrix layer ends with.
void add_layer_end(const RtlInput& input, const mapping::Stage& stage, Connections& parameters) {
  const QuantizedNode& node = input.hardware.graph.nodes[static_cast<std::size_t>(stage.node)];
  const auto& conv = std::get<QuantizedConv>(node.operation);
  PackedFields bias(64);
  for (const std::int64_t b : conv.bias) bias.add(b);
  const workloads::AccumulatorSpec& accumulator = input.hardware.graph.accumulator;
  parameters.insert(parameters.end(),
                    {{"Bias", bias.text()},
                     {"AccumulatorBits", number(accumulator.bits)},
                     {"Saturate", accumulator.overflow == workloads::Overflow::saturate ? "1'b1" : "1'b0"}});
  add_requantization(conv.requant, node.name, parameters);
  add_activation(conv.activation, conv.leaky, parameters);
  add_output(node.params, parameters);
  parameters.insert(parameters.end(), {{"Pipeline", pipeline_registers(input)},
                                       {"OutputSlots", number(input.architecture.tile.output_slots)}});
}

void add_ports(const mapping::Stage& stage, const CombineCore& combine, int columns, Connections& parameters) {
  PackedFields phases(32), elements(32);
  int period = 1;
  int first = 0;
  for (std::size_t port = 0; port < combine.columns.size(); ++port) {
    phases.add(stage.inputs[port].phase);
    period = std::max(period, stage.inputs[port].period);
    const std::vector<int>& own = combine.columns[port];
    for (int column = 0; column < columns; ++column) {
      const auto found = std::find(own.begin(), own.end(), column);
      elements.add(found == own.end() ? -1 : first + (found - own.begin()));
    }
    first += static_cast<int>(own.size());
  }
  parameters.insert(parameters.end(), {{"Ports", number(static_cast<std::int64_t>(combine.columns.size()))},
                                       {"Elements", number(first)},
                                       {"Period", number(period)},
                                       {"Firings", number(stage.firings)},
                                       {"PortPhase", phases.text()},
                                       {"PortElement", elements.text()}});
}

void add_reconstruction(const RtlInput& input, int layer, int sum_bits, Connections& parameters) {
  const mapping::LayerConverters& converters = input.hardware.converters[static_cast<std::size_t>(layer)];
  const mapping::Reconstruction& back = input.hardware.layers[static_cast<std::size_t>(layer)].reconstruction;
  const std::int64_t scale = converters.in_levels ? 1 : models::kLevel;
  PackedFields factors(64), constants(64);
  std::int64_t factor = 1;
  std::int64_t constant = 1;
  std::vector<std::int64_t> steps;
  for (const models::ConverterRange& range : converters.columns) steps.push_back(converters.in_levels ? 1 : range.step);
  if (std::all_of(steps.begin(), steps.end(), [&](std::int64_t s) { return s == steps.front(); })) steps.resize(1);
  for (const std::int64_t step : steps) {
    factors.add(step);
    factor = std::max(factor, step);
  }
  for (const std::int64_t c : back.constant) {
    constants.add(c * scale);
    constant = std::max(constant, std::abs(c * scale));
  }
  const int product = sum_bits + static_cast<int>(std::bit_width(static_cast<std::uint64_t>(factor)));
  const int shift = back.shift + (converters.in_levels ? 0 : kLevelBits);
  const int wide = std::max({product + 2, static_cast<int>(std::bit_width(static_cast<std::uint64_t>(constant))) + 3,
                             shift + 2});  // half of the divisor, with a sign
  parameters.insert(parameters.end(), {{"Factors", number(static_cast<std::int64_t>(steps.size()))},
                                       {"Factor", factors.text()},
                                       {"Constant", constants.text()},
                                       {"Shift", number(shift)},
                                       {"WideBits", number(wide)}});
}

}  // namespace

Connections combine_parameters(const RtlInput& input, int stage, const CombineCore& combine) {
  const mapping::Hardware& hw = input.hardware;
  const mapping::Stage& s = hw.program.stages[static_cast<std::size_t>(stage)];
  const int columns = hw.program.layers[static_cast<std::size_t>(combine.layer)].columns;
  const int sum_bits = hw.formats[static_cast<std::size_t>(s.inputs.front().stream)].bits;
  Connections parameters{{"Columns", number(columns)},
                         {"Lanes", number(input.architecture.tile.digital.lanes)},
                         {"Passes", number(combine.passes)},
                         {"SumBits", number(sum_bits)}};
  add_ports(s, combine, columns, parameters);
  add_reconstruction(input, combine.layer, sum_bits, parameters);
  add_layer_end(input, s, parameters);
  return parameters;
}

Connections lanes_parameters(const RtlInput& input, int stage, const LanesCore& lanes) {
  const mapping::Hardware& hw = input.hardware;
  const mapping::Stage& s = hw.program.stages[static_cast<std::size_t>(stage)];
  const auto& layer = hw.program.layers[static_cast<std::size_t>(lanes.layer)];
  const mapping::TokenFormat& x = hw.formats[static_cast<std::size_t>(s.inputs.front().stream)];
  Connections parameters{{"Rows", number(layer.rows)},
                         {"Columns", number(layer.columns)},
                         {"Inputs", number(lanes.weights.inputs)},
                         {"Outputs", number(lanes.weights.outputs)},
                         {"XBits", number(x.bits)},
                         {"XSigned", x.is_signed ? "1'b1" : "1'b0"},
                         {"XZeroPoint", number(hw.graph.input_params(s.node).zero_point)},
                         {"WeightBits", number(lanes.weights.weight_bits)},
                         {"SumBits", number(lanes.sum_bits)},
                         {"MultiplyCycles", number(lanes.multiply_cycles)},
                         {"AccumulateCycles", number(lanes.accumulate_cycles)}};
  add_layer_end(input, s, parameters);
  return parameters;
}

}  // namespace ohmic::emit
