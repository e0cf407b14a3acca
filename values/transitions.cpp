// SPDX-License-Identifier: Apache-2.0
#include "values/transitions.hpp"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <tuple>

#include "base/config_reader.hpp"

namespace ohmic::values {

namespace {

constexpr double kMostTransitions = 1 << 27;

/// Where a converter stands.
struct Place {
  int row_block = 0;
  int column_block = 0;
  int index = 0;  // in its array
};

models::ConverterErrors draw(const models::Adc& adc, const Place& place, PhiloxKey key) {
  return adc.draw([&](int i) {
    const PhiloxCounter words =
        philox({static_cast<std::uint32_t>(place.row_block), static_cast<std::uint32_t>(place.column_block),
                static_cast<std::uint32_t>(place.index), static_cast<std::uint32_t>(i) / 4},
               key);
    return std::ldexp(static_cast<double>(gaussian(words[static_cast<std::size_t>(i) % 4])), -kGaussianFractionBits);
  });
}

}  // namespace

std::int64_t ideal_transition(const ConverterRange& range, std::int64_t code) {
  const std::int64_t doubled = range.step * (2 * code - 1);
  // A value in the middle goes to the even code.
  if (doubled % 2 == 0) return range.low + doubled / 2 + (code % 2 == 0 ? 0 : 1);
  return range.low + ((doubled + 1) >> 1);
}

Transitions::Transitions(const models::ConverterErrors& errors, const ConverterRange& range, int bits) {
  const std::int64_t codes = std::int64_t{1} << bits;
  const auto step = static_cast<double>(range.step);
  for (std::int64_t code = 0; code <= codes; ++code) {
    const std::int64_t nearest = std::clamp<std::int64_t>(code, 1, codes - 1);
    const std::int64_t ideal = ideal_transition(range, nearest);
    const double late = errors.late.empty() ? 0.0 : errors.late[static_cast<std::size_t>(nearest - 1)];
    const double moved = (step * (late - errors.offset) - static_cast<double>(ideal) * errors.gain) / (1 + errors.gain);
    late_.push_back(static_cast<std::int64_t>(std::nearbyint(moved)));
    at_.push_back(ideal_transition(range, code) + late_.back());
    // Rounding may put two that ascend by less than a unit in the wrong order.
    if (code > 0) at_.back() = std::max(at_.back(), at_[at_.size() - 2]);
  }
}

Converted Transitions::convert(std::int64_t value) const {
  const auto begun = std::upper_bound(at_.begin(), at_.end(), value) - at_.begin();
  const auto codes = static_cast<std::int64_t>(at_.size()) - 1;
  return {std::clamp<std::int64_t>(begun - 1, 0, codes - 1), begun == 0 || begun > codes};
}

void Transitions::find_codes(const std::int64_t* values, int count, std::int32_t* codes) const {
  const std::int64_t* const at = at_.data();
  for (int i = 0; i < count; ++i) {
    // std::upper_bound without branches.
    std::size_t begin = 0;
    for (std::size_t length = at_.size(); length > 1;) {
      const std::size_t half = length / 2;
      begin += at[begin + half - 1] <= values[i] ? half : 0;
      length -= half;
    }
    codes[i] = static_cast<std::int32_t>(begin) + (at[begin] <= values[i] ? 1 : 0) - 1;
  }
}

std::int64_t Transitions::unrounded(std::int64_t value) const {
  const auto begun = static_cast<std::size_t>(std::upper_bound(at_.begin(), at_.end(), value) - at_.begin());
  if (begun == 0) return value - late_.front();
  if (begun == at_.size()) return value - late_.back();
  const std::int64_t width = at_[begun] - at_[begun - 1];
  const std::int64_t change = late_[begun] - late_[begun - 1];
  const double share = static_cast<double>(value - at_[begun - 1]) / static_cast<double>(width);
  return value - late_[begun - 1] - static_cast<std::int64_t>(std::nearbyint(share * static_cast<double>(change)));
}

ConverterBank::ConverterBank(const mapping::EncodedLayer& layer, const models::ArraySpec& array,
                             const std::vector<ConverterRange>& ranges, PhiloxKey key)
    : slices_(layer.weights.slices.size()), columns_(static_cast<std::size_t>(layer.weights.columns)) {
  const int slices = static_cast<int>(slices_);
  const int per_array = std::max(1, array.columns / slices);  // columns of the matrix; the mapper refuses 0
  const int row_blocks = static_cast<int>(ceil_div(layer.weights.rows, array.rows));
  std::map<std::tuple<int, int, int>, models::ConverterErrors> converters;
  std::map<std::tuple<int, int, int, std::int64_t, std::int64_t>, std::size_t> tables;
  for (int row_block = 0; row_block < row_blocks; ++row_block) {
    for (int slice = 0; slice < slices; ++slice) {
      for (int column = 0; column < layer.weights.columns; ++column) {
        const Place place{row_block, column / per_array,
                          (column % per_array * slices + slice) / array.adc->columns_per_adc};
        const ConverterRange& range = ranges[static_cast<std::size_t>(column)];
        const auto [table, is_new] = tables.emplace(
            std::tuple(row_block, place.column_block, place.index, range.low, range.step), tables_.size());
        table_of_.push_back(table->second);
        if (!is_new) continue;
        if (static_cast<double>(tables_.size() + 1) * std::ldexp(1.0, array.adc->bits) > kMostTransitions) {
          throw RuleError("architecture.array.adc.bits",
                          fmt::format("the converters of one layer have too many transitions to keep at {} bits: "
                                      "fewer bits, or scope layer",
                                      array.adc->bits));
        }
        const std::tuple key_of(row_block, place.column_block, place.index);
        auto converter = converters.find(key_of);
        if (converter == converters.end()) converter = converters.emplace(key_of, draw(*array.adc, place, key)).first;
        tables_.emplace_back(converter->second, range, array.adc->bits);
      }
    }
  }
}

}  // namespace ohmic::values
