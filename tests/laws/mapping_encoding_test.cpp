// SPDX-License-Identifier: Apache-2.0
// The product comes back exactly from cells and digits, and no value that a converter can see lies outside of the
// reachable range, in every combination of encodings.
#include <algorithm>
#include <catch2/catch.hpp>

#include "base/config_reader.hpp"
#include "mapping/encoding.hpp"
#include "tests/support/designs.hpp"

namespace {

using namespace ohmic;
using namespace ohmic::mapping;
using models::Domain;
using models::InputEncoding;
using models::WeightEncoding;
using test::Random;

/// Everything of one case, with what the tests derive from the plan by the definitions of the header alone.
struct Case {
  models::ArraySpec array;
  workloads::QuantParams input;
  workloads::QuantizedConv layer;

  [[nodiscard]] bool possible() const {
    const bool xnor = array.weights.encoding == WeightEncoding::xnor;
    const bool bipolar = array.inputs.encoding == InputEncoding::bipolar;
    return !(xnor && (!bipolar || array.cell.bits != 1)) && !(bipolar && array.inputs.dac_bits != 1) &&
           !(array.accumulate.polarity == Domain::digital && array.weights.encoding != WeightEncoding::differential);
  }
};

/// Converted value of one row, straight from cells and digits, in units of the conversion.
std::int64_t row_value(const EncodedLayer& layer, const Conversion& c, int row, int column, int x) {
  const int v = x - layer.inputs.offset;
  std::int64_t sum = 0;
  for (int t = c.step_begin; t < c.step_end; ++t) {
    for (int s = c.slice_begin; s < c.slice_end; ++s) {
      for (int p = 0; p < layer.weights.planes; ++p) {
        if (c.polarity >= 0 && p != c.polarity) continue;
        const int sign = c.polarity < 0 && p == 1 ? -1 : 1;
        const std::int64_t steps = layer.inputs.steps[t].weight / layer.inputs.steps[c.step_begin].weight;
        const std::int64_t slices = layer.weights.slices[s].weight / layer.weights.slices[c.slice_begin].weight;
        sum += sign * steps * slices * layer.inputs.digit(v, t) *
               layer.weights.level(layer.weights.code(p, s, row, column));
      }
    }
  }
  return sum;
}

void require_product_comes_back(const Case& one, const EncodedLayer& layer, Random& random) {
  const auto conversions = conversions_of(layer, one.array);
  for (int vector = 0; vector < 3; ++vector) {
    std::vector<int> x;
    std::int64_t drive_sum = 0;
    for (int r = 0; r < one.layer.rows; ++r) {
      x.push_back(vector == 0 ? one.input.q_min() : random.between(one.input.q_min(), one.input.q_max()));
      if (vector == 1) x.back() = one.input.q_max();
      drive_sum += x.back() - layer.inputs.offset;
    }
    for (int column = 0; column < one.layer.out_channels; ++column) {
      std::int64_t expected = 0;
      std::int64_t raw = 0;
      for (int r = 0; r < one.layer.rows; ++r) {
        expected += std::int64_t{one.layer.weights[column * one.layer.rows + r]} * (x[r] - one.input.zero_point);
        for (const Conversion& c : conversions) raw += c.weight * row_value(layer, c, r, column, x[r]);
      }
      const Reconstruction& back = layer.reconstruction;
      const std::int64_t sum = raw + back.input_sum * drive_sum + back.constant[column];
      REQUIRE(sum == expected << back.shift);
    }
  }
}

void require_tight_ranges(const Case& one, const EncodedLayer& layer) {
  std::int64_t lowest = 0;
  std::int64_t highest = 0;
  const int group = one.array.parallel_rows;
  for (const Conversion& c : conversions_of(layer, one.array)) {
    for (int column = 0; column < one.layer.out_channels; ++column) {
      for (int block = 0; block < one.layer.rows; block += one.array.rows) {
        const int block_end = std::min(block + one.array.rows, one.layer.rows);
        for (int begin = block; begin < block_end; begin += group) {
          const int end = std::min(begin + group, block_end);
          std::int64_t low = 0;
          std::int64_t high = 0;
          for (int r = begin; r < end; ++r) {
            std::int64_t row_low = row_value(layer, c, r, column, one.input.q_min());
            std::int64_t row_high = row_low;
            for (int x = one.input.q_min(); x <= one.input.q_max(); ++x) {
              const std::int64_t value = row_value(layer, c, r, column, x);
              row_low = std::min(row_low, value);
              row_high = std::max(row_high, value);
            }
            low += row_low;
            high += row_high;
          }
          const ConversionRange range = reachable_range(layer, c, begin, end, column);
          REQUIRE(range.low == low);
          REQUIRE(range.high == high);
          lowest = std::min(lowest, low);
          highest = std::max(highest, high);
        }
      }
    }
  }
  const ConversionRange all = reachable_range(layer, one.array);
  REQUIRE(all.low == lowest);
  REQUIRE(all.high == highest);
}

Case random_case(Random& random) {
  Case one;
  one.array = test::small_architecture().array;
  one.array.rows = random.between(2, 9);
  one.array.parallel_rows = random.between(1, one.array.rows);
  one.input.bits = random.between(2, 6);
  one.input.is_signed = random.flip();
  one.input.zero_point = random.flip() ? one.input.q_min() : random.between(one.input.q_min(), one.input.q_max());
  workloads::Window window;
  window.kernel_h = random.between(1, 4);
  window.kernel_w = random.between(1, 4);
  one.layer = test::random_conv(random, window, random.between(1, 2), random.between(1, 3), random.between(2, 9));
  if (random.between(0, 7) == 0) std::fill(one.layer.weights.begin(), one.layer.weights.end(), std::int16_t{0});
  return one;
}

constexpr WeightEncoding kWeights[] = {WeightEncoding::differential, WeightEncoding::offset,
                                       WeightEncoding::twos_complement, WeightEncoding::xnor};
constexpr InputEncoding kInputs[] = {InputEncoding::unsigned_, InputEncoding::twos_complement,
                                     InputEncoding::sign_magnitude, InputEncoding::bipolar};
constexpr Domain kDomains[] = {Domain::analog, Domain::digital};

/// Calls visit(case, seed) for random layers in all combinations of encodings, cell and DAC bits and accumulation.
template <class Visit>
int for_all_cases(int layers, Visit&& visit) {
  int visited = 0;
  for (int seed = 0; seed < layers; ++seed) {
    for (int combination = 0; combination < 4 * 4 * 4 * 4 * 8; ++combination) {
      Random random(static_cast<std::uint64_t>(seed) * 1000003 + combination);
      Case one = random_case(random);
      int rest = combination;
      const auto next = [&rest](int n) { return std::exchange(rest, rest / n) % n; };
      one.array.weights.encoding = kWeights[next(4)];
      one.array.inputs.encoding = kInputs[next(4)];
      one.array.cell.bits = 1 << next(4);
      one.array.inputs.dac_bits = 1 + next(4);
      one.array.accumulate = {kDomains[next(2)], kDomains[next(2)], kDomains[next(2)]};
      if (!one.possible()) continue;
      INFO("seed " << seed << " combination " << combination);
      visit(one, random);
      ++visited;
    }
  }
  return visited;
}

TEST_CASE("lossless conversions give back the integer product in every encoding") {
  const int visited = for_all_cases(6, [](const Case& one, Random& random) {
    require_product_comes_back(one, encode_layer(one.layer, one.input, one.array), random);
  });
  CHECK(visited > 3000);
}

TEST_CASE("the reachable range is what the extremes of every row reach") {
  for_all_cases(
      2, [](const Case& one, Random&) { require_tight_ranges(one, encode_layer(one.layer, one.input, one.array)); });
}

TEST_CASE("conversions of a column and row group follow the formula") {
  for_all_cases(1, [](const Case& one, Random&) {
    const EncodedLayer layer = encode_layer(one.layer, one.input, one.array);
    std::size_t expected = 1;
    if (one.array.accumulate.inputs == Domain::digital) expected *= layer.inputs.steps.size();
    if (one.array.accumulate.slices == Domain::digital) expected *= layer.weights.slices.size();
    if (one.array.accumulate.polarity == Domain::digital) expected *= layer.weights.planes;
    REQUIRE(conversions_of(layer, one.array).size() == expected);
  });
}

TEST_CASE("codes fit their slices and cells") {
  for_all_cases(1, [](const Case& one, Random&) {
    const EncodedLayer layer = encode_layer(one.layer, one.input, one.array);
    for (int p = 0; p < layer.weights.planes; ++p) {
      for (int s = 0; s < static_cast<int>(layer.weights.slices.size()); ++s) {
        REQUIRE(layer.weights.slices[s].bits <= one.array.cell.bits);
        for (int r = 0; r < layer.weights.rows; ++r) {
          for (int c = 0; c < layer.weights.columns; ++c) {
            REQUIRE(layer.weights.code(p, s, r, c) < 1 << layer.weights.slices[s].bits);
          }
        }
      }
    }
  });
}

}  // namespace
