// SPDX-License-Identifier: Apache-2.0
// The range of a column's partial sums against all inputs that there are, and the accumulators that it refuses.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "base/config_reader.hpp"
#include "mapping/hardware.hpp"
#include "mapping/mapper.hpp"
#include "mapping/partial_sums.hpp"
#include "tests/support/random_networks.hpp"
#include "tests/support/support.hpp"

namespace {

using namespace ohmic;
using namespace ohmic::mapping;

constexpr std::int64_t kLevel = models::kLevel;

/// A converter by its words.
std::int64_t converted(std::int64_t value, const models::ConverterRange& range, int bits) {
  const double code = std::nearbyint(static_cast<double>(value * kLevel - range.low) / static_cast<double>(range.step));
  const double last = std::ldexp(1.0, bits) - 1;
  return (range.low + static_cast<std::int64_t>(std::clamp(code, 0.0, last)) * range.step) / kLevel;
}

struct Layer {
  workloads::QuantizedConv conv;
  workloads::QuantParams input;
  models::ArchitectureSpec chip;
  EncodedLayer encoded;

  explicit Layer(test::Random& random) : chip(test::random_architecture(random)) {
    workloads::Window window;
    conv = test::random_conv(random, window, random.between(1, 4), 2, random.between(2, 5));
    input = {random.between(1, 3), random.flip(), 1, 0};
    input.zero_point = random.between(input.q_min(), input.q_max());
    chip.array.rows = random.between(1, 4);
    chip.array.parallel_rows = random.between(0, chip.array.rows);
    encoded = encode_layer(conv, input, chip.array);
  }

  [[nodiscard]] std::int64_t sum(const std::vector<int>& x, const models::ConverterRange& range, int column) const {
    const models::ArraySpec& array = chip.array;
    const int together = array.rows_at_once();
    std::int64_t sum = 0;
    for (const int value : x) sum += encoded.reconstruction.input_sum * (value - encoded.inputs.offset);
    for (const Conversion& c : conversions_of(encoded, array)) {
      std::int64_t group = 0;
      for (int row = 0; row < conv.rows; ++row) {
        const int drive = x[static_cast<std::size_t>(row)] - encoded.inputs.offset;
        group += conversion_coefficient(encoded, c, row, column) * conversion_drive(encoded.inputs, c, drive);
        const bool ends = (row % array.rows + 1) % together == 0 || (row + 1) % array.rows == 0 || row + 1 == conv.rows;
        if (!ends) continue;
        sum += c.weight * converted(group, range, array.adc->bits);
        group = 0;
      }
    }
    return sum;
  }

  /// Over all inputs.
  [[nodiscard]] SumRange all_sums(const models::ConverterRange& range, int column) const {
    std::vector<int> x(static_cast<std::size_t>(conv.rows), input.q_min());
    SumRange seen{sum(x, range, column), sum(x, range, column)};
    for (std::size_t i = 0; i < x.size();) {
      for (i = 0; i < x.size() && x[i] == input.q_max(); ++i) x[i] = input.q_min();
      if (i == x.size()) break;
      ++x[i];
      const std::int64_t value = sum(x, range, column);
      seen = {std::min(seen.low, value), std::max(seen.high, value)};
      i = 0;
    }
    return seen;
  }
};

TEST_CASE("the range of partial sums is what the inputs reach, never less where converters round and clip") {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    test::Random random(seed);
    Layer layer(random);
    const ConversionRange reachable = reachable_range(layer.encoded, layer.chip.array);
    models::ConverterRange range{reachable.low * kLevel, kLevel};
    layer.chip.array.adc.part->bits = lossless_bits(reachable);
    const int column = random.between(0, 1);
    const auto bound = [&] {
      return partial_sum_range(layer.encoded, layer.conv, layer.input, layer.chip.array, range, column);
    };
    INFO("seed " << seed << ", weights " << static_cast<int>(layer.encoded.weights.encoding) << ", inputs "
                 << static_cast<int>(layer.encoded.inputs.encoding));
    SumRange seen = layer.all_sums(range, column);
    CHECK(bound().low == seen.low);
    CHECK(bound().high == seen.high);
    range.step = kLevel * random.between(1, 5);
    range.low += kLevel * random.between(-3, 3);
    layer.chip.array.adc.part->bits = random.between(1, 4);
    seen = layer.all_sums(range, column);
    CHECK(bound().low <= seen.low);
    CHECK(bound().high >= seen.high);
  }
}

std::string rule_of(int bits, workloads::Overflow overflow, models::WeightEncoding encoding) {
  test::Random random(1);
  test::GraphBuilder builder({4, 1, 1}, {.bits = 3, .is_signed = false, .scale = 1, .zero_point = 0});
  builder.conv(random, "layer", builder.last(), {}, 2, 4);
  workloads::QuantizedGraph graph = builder.finish();
  auto& conv = std::get<workloads::QuantizedConv>(graph.nodes.back().operation);
  conv.weights = {7, 7, 7, 7, -8, -8, -8, -8};
  graph.accumulator = {bits, overflow};
  models::ArchitectureSpec chip = test::small_architecture();
  chip.array.weights.encoding = encoding;
  const std::vector<EncodedLayer> layers = encode_layers(graph, chip.array);
  const std::int64_t low = reachable_range(layers[0], chip.array).low;
  return test::broken_rule([&] {
    (void)build_hardware(map_network(graph, chip, {}), graph, layers, chip, {{{low * kLevel, kLevel}}});
  });
}

TEST_CASE("accumulators that saturate are refused where they may not see the whole sum", "[errors]") {
  using models::WeightEncoding;
  using workloads::Overflow;
  // 4 rows of at most 7 · 7 = 49 and −8 · 7 = −56.
  CHECK(
      rule_of(8, Overflow::saturate, WeightEncoding::differential) ==
      "quantization.accumulator: layer 'layer': overflow saturate needs whole partial sums in hardware, and these may "
      "need 9 bits but have 8 (bits: 9, or overflow wrap or error)");
  CHECK(rule_of(9, Overflow::saturate, WeightEncoding::differential).empty());
  CHECK(rule_of(8, Overflow::wrap, WeightEncoding::differential).empty());
  CHECK(rule_of(8, Overflow::error, WeightEncoding::differential).empty());
  CHECK(rule_of(9, Overflow::saturate, WeightEncoding::offset).empty());
  CHECK(rule_of(8, Overflow::saturate, WeightEncoding::offset).find("quantization.accumulator: ") == 0);
}

}  // namespace
