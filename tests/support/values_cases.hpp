// SPDX-License-Identifier: Apache-2.0
// Random layers on random arrays, computed by every path: what the laws of values have in common.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/config_reader.hpp"
#include "mapping/encoding.hpp"
#include "tests/support/designs.hpp"
#include "tests/support/devices.hpp"
#include "values/evaluate.hpp"
#include "workloads/execute.hpp"

namespace ohmic::test {

/// A network of one matrix layer, its arrays and a batch of inputs.
struct ValuesCase {
  models::ArraySpec array = small_architecture().array;
  workloads::QuantParams input;
  workloads::QuantizedGraph graph;
  std::vector<mapping::EncodedLayer> layers;
  values::ConverterRanges ranges;
  int images = 1;
  int pixels = 1;
  int first_image = 0;
  std::vector<std::int32_t> x;

  [[nodiscard]] const workloads::QuantizedConv& layer() const {
    return std::get<workloads::QuantizedConv>(graph.nodes[static_cast<std::size_t>(graph.output)].operation);
  }
  [[nodiscard]] bool possible() const {
    const bool xnor = array.weights.encoding == models::WeightEncoding::xnor;
    const bool bipolar = array.inputs.encoding == models::InputEncoding::bipolar;
    return !(xnor && (!bipolar || array.cell.bits != 1)) && !(bipolar && array.inputs.dac_bits != 1) &&
           !(array.accumulate.polarity == models::Domain::digital &&
             array.weights.encoding != models::WeightEncoding::differential);
  }
  /// Weights and inputs for `array` and `input` as they are now.
  void fill(Random& random, int rows, int columns, int weight_bits) {
    workloads::Window whole;
    whole.kernel_h = rows;
    GraphBuilder builder({1, rows, 1}, input);
    builder.conv(random, "layer", builder.last(), whole, columns, weight_bits);
    graph = builder.finish();
    layers = {mapping::encode_layer(layer(), input, array)};
    x.clear();
    const int zeros = random.between(0, 2);  // sparse inputs leave rows undriven
    for (int i = 0; i < images * pixels * rows; ++i) {
      const int value = random.between(input.q_min(), input.q_max());
      x.push_back(zeros > 0 && random.between(0, zeros) != 0 ? layers[0].inputs.offset : value);
      x.back() = std::clamp(x.back(), input.q_min(), input.q_max());
    }
  }
  void choose_ranges() { ranges = values::choose_ranges(graph, layers, array, {}, {}, 1); }
  void multiply(const workloads::MatrixBackend& backend, std::vector<std::int64_t>& acc) const {
    acc.assign(static_cast<std::size_t>(images) * static_cast<std::size_t>(pixels * layer().out_channels), -1);
    backend.multiply(
        {graph.output, first_image, images, pixels, layer().rows, layer().out_channels, x.data(), acc.data()});
  }
};

struct Computed {
  std::vector<std::int64_t> acc;
  values::LayerStatistics counted;
};

inline Computed compute(const ValuesCase& one, values::Path path, values::Dispatch dispatch,
                        const values::Chip& chip = {}) {
  const values::ArrayBackend backend(one.graph, one.layers, one.array, one.ranges, chip, {path, dispatch, 1});
  Computed result;
  one.multiply(backend, result.acc);
  result.counted = backend.statistics().front();
  return result;
}

/// Can the path compute the layer exactly?
inline bool has_path(const ValuesCase& one, values::Path path, const values::Chip& chip = {}) {
  try {
    const values::ArrayBackend backend(one.graph, one.layers, one.array, one.ranges, chip, {path, {}, 1});
    return true;
  } catch (const values::UnsupportedPath&) {
    return false;
  }
}

inline std::string describe(const ValuesCase& one) {
  std::string text =
      enum_name(one.array.weights.encoding) + " weights, " + enum_name(one.array.inputs.encoding) + " inputs, ";
  text += std::to_string(one.array.cell.bits) + "-bit cells, dac " + std::to_string(one.array.inputs.dac_bits);
  text += ", accumulate inputs " + enum_name(one.array.accumulate.inputs) + " slices " +
          enum_name(one.array.accumulate.slices);
  text += " polarity " + enum_name(one.array.accumulate.polarity) + ", adc " + enum_name(one.array.adc->range) + " ";
  text += std::to_string(one.array.adc->bits) + " bits, rows " + std::to_string(one.layer().rows) + " columns " +
          std::to_string(one.layer().out_channels) + " array rows " + std::to_string(one.array.rows) + " parallel " +
          std::to_string(one.array.parallel_rows) + (one.input.is_signed ? ", signed " : ", unsigned ") +
          std::to_string(one.input.bits) + "-bit inputs, zero point " + std::to_string(one.input.zero_point);
  return text;
}

constexpr models::WeightEncoding kWeightEncodings[] = {
    models::WeightEncoding::differential, models::WeightEncoding::offset, models::WeightEncoding::twos_complement,
    models::WeightEncoding::xnor};
constexpr models::InputEncoding kInputEncodings[] = {
    models::InputEncoding::unsigned_, models::InputEncoding::twos_complement, models::InputEncoding::sign_magnitude,
    models::InputEncoding::bipolar};
constexpr models::Domain kDomains[] = {models::Domain::analog, models::Domain::digital};

/// Calls visit(case, random) for every combination of encodings, cell bits (1, 2, 4), DAC bits (1, 2, 4),
/// accumulation and signedness that can be; shapes are left to the visitor. Returns how many there are.
template <class Visit>
int for_all_encodings(std::uint64_t seed, Visit&& visit) {
  int visited = 0;
  for (int combination = 0; combination < 4 * 4 * 3 * 3 * 8 * 2; ++combination) {
    Random random(seed * 1000003 + static_cast<std::uint64_t>(combination));
    int rest = combination;
    const auto next = [&rest](int n) {
      const int digit = rest % n;
      rest /= n;
      return digit;
    };
    ValuesCase one;
    one.array.weights.encoding = kWeightEncodings[next(4)];
    one.array.inputs.encoding = kInputEncodings[next(4)];
    one.array.cell.bits = 1 << next(3);
    one.array.inputs.dac_bits = 1 << next(3);
    one.array.accumulate.inputs = kDomains[next(2)];
    one.array.accumulate.slices = kDomains[next(2)];
    one.array.accumulate.polarity = kDomains[next(2)];
    one.input.is_signed = next(2) == 1;
    one.input.bits = random.between(2, 8);
    one.input.zero_point = random.between(one.input.q_min(), one.input.q_max());
    if (!one.possible()) continue;
    ++visited;
    visit(one, random);
  }
  return visited;
}

}  // namespace ohmic::test
