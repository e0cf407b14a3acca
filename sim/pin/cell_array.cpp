// SPDX-License-Identifier: Apache-2.0
#include "sim/pin/cell_array.hpp"

#include <cstdlib>
#include <limits>

namespace ohmic::sim::pin {

namespace {

template <class Sum, class Number>
Sum dot(const Number* a, const Number* b, int count) {
  Sum sum = 0;
  for (int i = 0; i < count; ++i) sum += static_cast<Sum>(a[i]) * static_cast<Sum>(b[i]);
  return sum;
}

/// Whether cells, drives and sums of a conversion fit 16, 16 and 32 bits, whatever the cells hold.
bool is_narrow(const std::vector<std::int64_t>& slice_weights, const mapping::InputPlan& inputs,
               const mapping::Conversion& conversion, int cell_bits, int rows) {
  const std::int64_t slice_unit = slice_weights[static_cast<std::size_t>(conversion.slice_begin)];
  const std::int64_t step_unit = inputs.steps[static_cast<std::size_t>(conversion.step_begin)].weight;
  std::int64_t coefficient = 0;
  for (int s = conversion.slice_begin; s < conversion.slice_end; ++s) {
    coefficient += std::abs(slice_weights[static_cast<std::size_t>(s)] / slice_unit) * ((1 << cell_bits) - 1);
  }
  std::int64_t drive = 0;
  for (int t = conversion.step_begin; t < conversion.step_end; ++t) {
    const mapping::InputStep& step = inputs.steps[static_cast<std::size_t>(t)];
    drive += std::abs(step.weight / step_unit) * ((1 << step.bits) - 1);
  }
  constexpr std::int64_t kNarrow = std::numeric_limits<std::int16_t>::max();
  constexpr std::int64_t kSum = std::numeric_limits<std::int32_t>::max();
  return coefficient <= kNarrow && drive <= kNarrow && coefficient * drive * rows <= kSum;
}

}  // namespace

Bits row_word(const mapping::WeightPlan& weights, const RowFormat& format, int row, int column_begin) {
  Bits word(format.bits());
  for (int s = 0; s < format.slices; ++s) {
    for (int p = 0; p < format.planes; ++p) {
      for (int c = 0; c < format.columns; ++c) {
        word.set(format.first_bit(s, p, c), format.cell_bits,
                 static_cast<std::uint64_t>(weights.code(p, s, row, column_begin + c)));
      }
    }
  }
  return word;
}

CellArray::CellArray(const mapping::WeightPlan& weights, const mapping::InputPlan& inputs,
                     const std::vector<mapping::Conversion>& burst, const RowFormat& format, int rows)
    : format_(format), rows_(rows), is_xnor_(weights.encoding == models::WeightEncoding::xnor), burst_(burst) {
  for (const mapping::WeightSlice& slice : weights.slices) slice_weights_.push_back(slice.weight);
  bool narrow = true;
  for (const mapping::Conversion& c : burst) {
    narrow = narrow && is_narrow(slice_weights_, inputs, c, format.cell_bits, rows);
  }
  const std::size_t cells = static_cast<std::size_t>(format.columns) * burst.size() * static_cast<std::size_t>(rows);
  narrow ? narrow_.resize(cells) : wide_.resize(cells);
  for (int row = 0; row < rows; ++row) write_row(row, Bits(format.bits()));
}

void CellArray::write_row(int row, const Bits& word) {
  auto place = static_cast<std::size_t>(row);
  for (int column = 0; column < format_.columns; ++column) {
    for (const mapping::Conversion& conversion : burst_) {
      const std::int32_t value = coefficient(conversion, word, column);
      if (wide_.empty()) {
        narrow_[place] = static_cast<std::int16_t>(value);
      } else {
        wide_[place] = value;
      }
      place += static_cast<std::size_t>(rows_);
    }
  }
}

std::int32_t CellArray::coefficient(const mapping::Conversion& conversion, const Bits& word, int column) const {
  const auto level = [&](int slice, int plane) {
    const auto code = static_cast<std::int64_t>(word.get(format_.first_bit(slice, plane, column), format_.cell_bits));
    return is_xnor_ ? 2 * code - 1 : code;
  };
  const std::int64_t unit = slice_weights_[static_cast<std::size_t>(conversion.slice_begin)];
  std::int64_t total = 0;
  for (int s = conversion.slice_begin; s < conversion.slice_end; ++s) {
    std::int64_t conducted = level(s, conversion.polarity == 1 ? 1 : 0);
    if (conversion.polarity < 0 && format_.planes == 2) conducted -= level(s, 1);
    total += slice_weights_[static_cast<std::size_t>(s)] / unit * conducted;
  }
  return static_cast<std::int32_t>(total);
}

void CellArray::read(const std::vector<std::int32_t>& drive, int begin, int end, std::int64_t* values) {
  const int count = end - begin;
  const int columns = format_.columns * static_cast<int>(burst_.size());
  if (wide_.empty()) {
    narrow_drive_.assign(drive.begin(), drive.end());
    const std::int16_t* cells = narrow_.data() + begin;
    for (int i = 0; i < columns; ++i, cells += rows_) {
      values[i] = dot<std::int32_t>(cells, narrow_drive_.data(), count);
    }
    return;
  }
  const std::int32_t* cells = wide_.data() + begin;
  for (int i = 0; i < columns; ++i, cells += rows_) values[i] = dot<std::int64_t>(cells, drive.data(), count);
}

}  // namespace ohmic::sim::pin
