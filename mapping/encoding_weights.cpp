// SPDX-License-Identifier: Apache-2.0
// Weights → code words → slices of cell codes.
#include <algorithm>
#include <bit>
#include <cstdlib>
#include <stdexcept>

#include "mapping/encoding_parts.hpp"

namespace ohmic::mapping {

namespace {

using models::WeightEncoding;

/// Slices of bits [0, bits) of the code word, `cell_bits` at a time; the last may have fewer.
std::vector<WeightSlice> cut(int bits, int cell_bits) {
  std::vector<WeightSlice> slices;
  for (int shift = 0; shift < bits; shift += cell_bits) {
    slices.push_back({shift, std::min(cell_bits, bits - shift), std::int64_t{1} << shift});
  }
  return slices;
}

int largest_magnitude(const workloads::QuantizedConv& layer) {
  int largest = 0;
  for (const std::int16_t w : layer.weights) largest = std::max(largest, std::abs(int{w}));
  return largest;
}

std::vector<WeightSlice> plan_slices(const workloads::QuantizedConv& layer, const models::ArraySpec& array) {
  const int bits = layer.weight_bits;
  switch (array.weights.encoding) {
    case WeightEncoding::differential: {
      const int magnitude_bits = std::bit_width(static_cast<unsigned>(largest_magnitude(layer)));
      return cut(std::max(1, magnitude_bits), array.cell.bits);
    }
    case WeightEncoding::offset:
      return cut(bits, array.cell.bits);
    case WeightEncoding::twos_complement: {
      std::vector<WeightSlice> slices = cut(bits - 1, array.cell.bits);
      slices.push_back({bits - 1, 1, -(std::int64_t{1} << (bits - 1))});
      return slices;
    }
    case WeightEncoding::xnor:
      return cut(bits, 1);
  }
  throw std::logic_error("unknown weight encoding");
}

/// The non-negative word of which the slices of one plane are bits.
unsigned code_word(WeightEncoding encoding, int weight, int bits, int polarity) {
  switch (encoding) {
    case WeightEncoding::differential:
      return static_cast<unsigned>(std::max(polarity == 0 ? weight : -weight, 0));
    case WeightEncoding::twos_complement:
      return static_cast<unsigned>(weight) & ((1U << bits) - 1);
    case WeightEncoding::offset:
    case WeightEncoding::xnor:
      return static_cast<unsigned>(weight + (1 << (bits - 1)));
  }
  throw std::logic_error("unknown weight encoding");
}

void require_in_range(const workloads::QuantizedConv& layer) {
  if (layer.weights.size() != static_cast<std::size_t>(layer.out_channels) * static_cast<std::size_t>(layer.rows)) {
    throw std::logic_error("a layer's weights are not out_channels x rows");
  }
  const int limit = 1 << (layer.weight_bits - 1);
  for (const std::int16_t w : layer.weights) {
    if (w < -limit || w >= limit) throw std::logic_error("a weight does not fit its bits");
  }
}

}  // namespace

WeightPlan plan_weights(const workloads::QuantizedConv& layer, const models::ArraySpec& array) {
  require_in_range(layer);
  WeightPlan plan;
  plan.encoding = array.weights.encoding;
  plan.planes = array.planes();
  plan.slices = plan_slices(layer, array);
  plan.rows = layer.rows;
  plan.columns = layer.out_channels;
  plan.codes.resize(plan.index(plan.planes, 0, 0, 0));
  for (int polarity = 0; polarity < plan.planes; ++polarity) {
    for (int slice = 0; slice < static_cast<int>(plan.slices.size()); ++slice) {
      const WeightSlice& s = plan.slices[static_cast<std::size_t>(slice)];
      const unsigned mask = (1U << s.bits) - 1;
      std::uint8_t* code = plan.codes.data() + plan.index(polarity, slice, 0, 0);
      for (int row = 0; row < plan.rows; ++row) {
        const std::int16_t* weight = layer.weights.data() + row;
        for (int column = 0; column < plan.columns; ++column, weight += plan.rows) {
          const unsigned word = code_word(plan.encoding, *weight, layer.weight_bits, polarity);
          *code++ = static_cast<std::uint8_t>((word >> s.shift) & mask);
        }
      }
    }
  }
  return plan;
}

}  // namespace ohmic::mapping
