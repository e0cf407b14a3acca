// SPDX-License-Identifier: Apache-2.0
// What one conversion covers and which values can reach the converter. See docs/arrays.md.
#include <algorithm>
#include <bit>
#include <optional>

#include "mapping/encoding.hpp"

namespace ohmic::mapping {

namespace {

using models::Domain;

/// [0, count) cut into single items, or left whole where they meet before the converter.
std::vector<std::pair<int, int>> groups(int count, Domain domain) {
  if (domain == Domain::analog) return {{0, count}};
  std::vector<std::pair<int, int>> all;
  for (int i = 0; i < count; ++i) all.emplace_back(i, i + 1);
  return all;
}

/// Smallest and largest drive of a row in a conversion. Steps are converted one by one or all together.
struct DriveRange {
  std::int64_t low = 0;
  std::int64_t high = 0;
  bool operator==(const DriveRange&) const = default;
};

DriveRange drive_range(const InputPlan& inputs, const Conversion& conversion) {
  const bool bipolar = inputs.encoding == models::InputEncoding::bipolar;
  if (conversion.step_end - conversion.step_begin == 1) {
    return {bipolar ? -1 : 0, inputs.max_digit(conversion.step_begin)};
  }
  return {conversion_drive(inputs, conversion, inputs.v_min), conversion_drive(inputs, conversion, inputs.v_max)};
}

/// Sums of the positive and of the negative coefficients of a column's rows.
struct CoefficientSums {
  std::int64_t positive = 0;
  std::int64_t negative = 0;
  void add(std::int64_t coefficient) { (coefficient > 0 ? positive : negative) += coefficient; }
};

ConversionRange range_of(const CoefficientSums& sums, const DriveRange& drive) {
  return {sums.positive * drive.low + sums.negative * drive.high,
          sums.positive * drive.high + sums.negative * drive.low};
}

/// Calls visit(sums) for every column of the rows [begin, end), in one pass over the codes.
template <class Visit>
void visit_columns(const EncodedLayer& layer, const Conversion& conversion, int begin, int end, Visit&& visit) {
  const WeightPlan& weights = layer.weights;
  std::vector<CoefficientSums> sums(static_cast<std::size_t>(weights.columns));
  for (int row = begin; row < end; ++row) {
    for (int column = 0; column < weights.columns; ++column) {
      sums[static_cast<std::size_t>(column)].add(conversion_coefficient(layer, conversion, row, column));
    }
  }
  for (const CoefficientSums& column : sums) visit(column);
}

}  // namespace

std::vector<Conversion> conversions_of(const EncodedLayer& layer, const models::ArraySpec& array) {
  const auto& steps = layer.inputs.steps;
  const auto& slices = layer.weights.slices;
  const bool both_planes = layer.weights.planes == 2 && array.accumulate.polarity == Domain::digital;
  std::vector<Conversion> all;
  for (const auto& [step_begin, step_end] : groups(static_cast<int>(steps.size()), array.accumulate.inputs)) {
    for (const auto& [slice_begin, slice_end] : groups(static_cast<int>(slices.size()), array.accumulate.slices)) {
      const std::int64_t weight =
          steps[static_cast<std::size_t>(step_begin)].weight * slices[static_cast<std::size_t>(slice_begin)].weight;
      Conversion conversion{step_begin, step_end, slice_begin, slice_end, -1, weight};
      if (both_planes) {
        conversion.polarity = 0;
        all.push_back(conversion);
        conversion.polarity = 1;
        conversion.weight = -weight;
      }
      all.push_back(conversion);
    }
  }
  return all;
}

std::int64_t conversion_coefficient(const EncodedLayer& layer, const Conversion& conversion, int row, int column) {
  const WeightPlan& weights = layer.weights;
  const std::int64_t unit = weights.slices[static_cast<std::size_t>(conversion.slice_begin)].weight;
  const int plane = std::max(conversion.polarity, 0);
  const bool difference = weights.planes == 2 && conversion.polarity < 0;
  std::int64_t sum = 0;
  for (int slice = conversion.slice_begin; slice < conversion.slice_end; ++slice) {
    int level = weights.level(weights.code(plane, slice, row, column));
    if (difference) level -= weights.level(weights.code(1, slice, row, column));
    sum += weights.slices[static_cast<std::size_t>(slice)].weight / unit * level;
  }
  return sum;
}

std::int64_t conversion_drive(const InputPlan& inputs, const Conversion& conversion, int drive) {
  const std::int64_t unit = inputs.steps[static_cast<std::size_t>(conversion.step_begin)].weight;
  std::int64_t sum = 0;
  for (int step = conversion.step_begin; step < conversion.step_end; ++step) {
    sum += inputs.steps[static_cast<std::size_t>(step)].weight / unit * inputs.digit(drive, step);
  }
  return sum;
}

ConversionRange reachable_range(const EncodedLayer& layer, const Conversion& conversion, int row_begin, int row_end,
                                int column) {
  CoefficientSums sums;
  for (int row = row_begin; row < row_end; ++row) sums.add(conversion_coefficient(layer, conversion, row, column));
  return range_of(sums, drive_range(layer.inputs, conversion));
}

ConversionRange reachable_range(const EncodedLayer& layer, const models::ArraySpec& array) {
  std::vector<Conversion> conversions = conversions_of(layer, array);
  // Steps that drive alike see the same cells: one of them stands for all.
  std::vector<DriveRange> drives;
  for (const Conversion& c : conversions) {
    if (const DriveRange d = drive_range(layer.inputs, c); std::find(drives.begin(), drives.end(), d) == drives.end()) {
      drives.push_back(d);
    }
  }
  std::erase_if(conversions, [](const Conversion& c) { return c.step_begin != 0; });

  const int group_rows = array.rows_at_once();
  std::optional<ConversionRange> range;
  const auto visit = [&](const CoefficientSums& sums) {
    for (const DriveRange& drive : drives) {
      const ConversionRange one = range_of(sums, drive);
      range = range ? ConversionRange{std::min(range->low, one.low), std::max(range->high, one.high)} : one;
    }
  };
  for (const Conversion& conversion : conversions) {
    for (int block = 0; block < layer.weights.rows; block += array.rows) {
      const int block_end = std::min(block + array.rows, layer.weights.rows);
      for (int begin = block; begin < block_end; begin += group_rows) {
        visit_columns(layer, conversion, begin, std::min(begin + group_rows, block_end), visit);
      }
    }
  }
  return range.value_or(ConversionRange{});
}

int lossless_bits(const ConversionRange& range) {
  return std::max(1, static_cast<int>(std::bit_width(static_cast<std::uint64_t>(range.high - range.low))));
}

}  // namespace ohmic::mapping
