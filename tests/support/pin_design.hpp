// SPDX-License-Identifier: Apache-2.0
// Random designs for the pin level: networks whose digital arithmetic is drawn too, chips whose times are, converters
// of every range, and the Hardware of all that.
#pragma once

#include <optional>
#include <string>

#include "mapping/hardware.hpp"
#include "sim/timing.hpp"
#include "tests/support/random_networks.hpp"
#include "values/evaluate.hpp"
#include "workloads/dataset.hpp"

namespace ohmic::test {

struct PinDesign {
  models::ArchitectureSpec architecture;
  workloads::QuantizedGraph graph;
  std::vector<mapping::EncodedLayer> layers;
  workloads::Dataset images;
  workloads::Normalize normalize;
  mapping::MappingSpec mapping;
  sim::SimulationSpec simulation;  // of whole chips
  values::ConverterRanges ranges;
  mapping::Hardware hardware;
};

inline workloads::QuantParams random_params(Random& random) {
  workloads::QuantParams params{random.between(2, 8), random.flip(), 1, 0};
  params.zero_point = random.between(params.q_min(), params.q_max());
  return params;
}

/// Factors of `channels` around `ratio`, of any rounding and any of `kinds`.
inline workloads::Requant random_requant(Random& random, int channels, double ratio,
                                         std::initializer_list<workloads::RequantKind> kinds = {
                                             workloads::RequantKind::real, workloads::RequantKind::multiplier_shift,
                                             workloads::RequantKind::shift}) {
  using workloads::Rounding;
  workloads::Requant requant;
  requant.kind = random.pick(kinds);
  requant.rounding = static_cast<Rounding>(random.between(0, 4));
  const Random::Untaped untaped(random);
  for (int c = 0; c < channels; ++c) {
    const double own = ratio * random.between(50, 200) / 100.0;
    int exponent = 0;
    const double mantissa = std::frexp(own, &exponent);
    requant.scale.push_back(static_cast<float>(own));
    const bool shifts = requant.kind == workloads::RequantKind::shift;
    requant.multiplier.push_back(static_cast<std::int32_t>(std::lround(std::ldexp(mantissa, 30))));
    requant.shift.push_back(shifts ? -exponent : 30 - exponent);
  }
  return requant;
}

/// Near `far` or −`far`; with 0 small ones.
inline void draw_biases(Random& random, workloads::QuantizedConv& conv, std::int64_t far) {
  const Random::Untaped untaped(random);
  for (std::int64_t& bias : conv.bias) {
    bias = far > 0 ? far - random.between(0, 60) : random.between(0, 200);
    if (random.flip()) bias = -bias;
  }
}

/// Factors of an addition: two with one shift, or TFLite's three.
inline workloads::Requant random_sum_requant(Random& random) {
  workloads::Requant requant = random_requant(random, 3, 0.5);
  if (requant.kind == workloads::RequantKind::multiplier_shift && requant.rounding == workloads::Rounding::tflite) {
    requant.shift[2] += 20;
    return requant;
  }
  requant.scale.resize(2);
  requant.multiplier.resize(2);
  requant.shift = {requant.shift[0], requant.shift[0]};
  return requant;
}

/// Biases, requantization, activations, zero points, accumulators: what the builder leaves at defaults.
inline void draw_arithmetic(Random& random, workloads::QuantizedGraph& graph) {
  using namespace workloads;
  graph.accumulator.bits = random.between(22, 32);
  graph.accumulator.overflow = random.flip() ? Overflow::saturate : Overflow::wrap;
  for (QuantizedNode& node : graph.nodes) {
    const auto activation = random.flip() ? Activation::relu : Activation::none;
    if (auto* conv = std::get_if<QuantizedConv>(&node.operation)) {
      const int channels = random.flip() ? conv->out_channels : 1;
      conv->requant = random_requant(random, channels, 2.0 / (conv->rows + 2));
      conv->activation = activation;
      // Some so large that the accumulator overflows.
      const bool is_large = random.between(0, 2) == 0;
      const std::int64_t largest = (std::int64_t{1} << (graph.accumulator.bits - 1)) - 1;
      draw_biases(random, *conv, is_large ? largest : 0);
      node.params = random_params(random);
    } else if (auto* pool = std::get_if<QuantizedPool>(&node.operation); pool && pool->kind == PoolKind::average) {
      pool->count_include_pad = random.flip();
      pool->requant = random_requant(random, pool->window.kernel_h * pool->window.kernel_w, 0.5);
      pool->raw = random.flip();
      node.params = random_params(random);
    } else if (auto* add = std::get_if<QuantizedAdd>(&node.operation)) {
      add->requant = random_sum_requant(random);
      add->activation = activation;
      node.params = random_params(random);
    } else if (!node.inputs.empty() && !std::holds_alternative<Quantize>(node.operation)) {
      node.params = graph.nodes[static_cast<std::size_t>(node.inputs[0])].params;
    }
  }
}

inline void draw_times(Random& random, models::ArchitectureSpec& chip) {
  models::ArraySpec& array = chip.array;
  array.inputs.shape = static_cast<models::InputShape>(random.between(0, 2));
  array.read.time = Duration(random.between(1, 40) * 1e-10);
  array.read.settle = Duration(random.between(0, 20) * 1e-10);
  array.adc.part->rate = Frequency(std::int64_t{1'000'000} * random.between(150, 5000));
  array.shift_add_cycles = random.between(0, 3) == 0 ? random.between(2, 9) : 1;
  array.write.pulse = Duration(random.between(1, 120) * 1e-10);
  chip.clock = Frequency(std::int64_t{1'000'000} * random.between(300, 2000));
  chip.tile.digital.latency_cycles = random.between(1, 6);
}

constexpr int kMostAdcBits = 16;  // that the YAML allows

inline void draw_converters(Random& random, models::ArraySpec& array, models::RangePolicy policy) {
  models::Adc& adc = *array.adc.part;
  adc.range = policy;
  adc.bits = policy == models::RangePolicy::lossless ? kMostAdcBits : random.between(2, 8);
  adc.scope = random.flip() ? models::RangeScope::column : models::RangeScope::layer;
  adc.percentile = random.between(90, 100);
}

inline void draw_mapping(Random& random, mapping::MappingSpec& mapping, int most_arrays) {
  mapping.strategy = random.pick<const char*>({"balanced", "single"});
  mapping.replication.array_budget = random.between(1, most_arrays);
}

/// Adder trees in place of converters.
inline void make_digital(models::ArraySpec& array) {
  array.compute = models::Domain::digital;
  array.inputs.shape = models::InputShape::amplitude;
  models::use_exact_sums(array);
}

inline workloads::Dataset random_images(Random& random, const workloads::Shape& shape, int count) {
  workloads::Dataset data;
  data.shape = shape;
  data.labels.assign(static_cast<std::size_t>(count), 0);
  const Random::Untaped untaped(random);
  for (std::int64_t i = 0; i < shape.values() * count; ++i) {
    data.images.push_back(static_cast<std::uint8_t>(random.between(0, 70)));
  }
  return data;
}

/// Maps and encodes what was drawn; false where the chip has no room for the network, or no module for it.
inline bool build(PinDesign& design) {
  const mapping::MappingSpec& mapping = design.mapping;
  try {
    const mapping::Program program = mapping::map_network(design.graph, design.architecture, mapping);
    design.layers = mapping::encode_layers(design.graph, design.architecture.array, mapping);
    design.ranges = values::choose_ranges(design.graph, design.layers, design.architecture.array, design.images,
                                          design.normalize, 1);
    design.hardware = mapping::build_hardware(program, design.graph, design.layers, design.architecture, design.ranges);
  } catch (const RuleError& error) {
    const std::string path = error.path();
    for (const char* expected : {"architecture.tiles", "mapping.replication.array_budget", "architecture.tile.buffer",
                                 "quantization.rules", "architecture.array.adc.range", "architecture.array.adc.bits",
                                 "mapping.streamed", "quantization.accumulator"}) {
      if (path == expected) return false;
    }
    throw;
  }
  return true;
}

/// `images` of them and, for every third seed, stalls; less of both on a tape.
inline sim::SimulationSpec chip_simulation(Random& random, std::uint64_t seed, int images) {
  sim::SimulationSpec simulation;
  simulation.images = simulation.max_images = random.at_most(images, 1);
  if (seed % 3 == 0) simulation.stalls = {seed, random.at_most(40, 0), random.at_most(60, 0)};
  return simulation;
}

/// The design of a seed; nothing where it cannot be built. `tape`, where there is one, records or replays it.
inline std::optional<PinDesign> pin_design(std::uint64_t seed, models::RangePolicy policy, Tape* tape = nullptr,
                                           models::Domain compute = models::Domain::analog) {
  Random random(seed, tape);
  PinDesign design;
  design.graph = random_graph(random);
  design.architecture = random_architecture(random);
  draw_arithmetic(random, design.graph);
  draw_times(random, design.architecture);
  draw_converters(random, design.architecture.array, policy);
  if (compute == models::Domain::digital) make_digital(design.architecture.array);
  draw_mapping(random, design.mapping, 200);
  design.simulation = chip_simulation(random, seed, 2);
  design.images = random_images(random, design.graph.nodes[0].shape, 3);
  design.normalize.mean = {32.0};
  if (!build(design)) return std::nullopt;
  return design;
}

}  // namespace ohmic::test
