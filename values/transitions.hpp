// SPDX-License-Identifier: Apache-2.0
// The converters of one layer of one chip that are not ideal: where each one's codes change (docs/circuits.md).
#pragma once

#include <cstdint>
#include <vector>

#include "base/draws.hpp"
#include "mapping/encoding.hpp"
#include "models/architecture.hpp"
#include "values/converter.hpp"

namespace ohmic::values {

/// The smallest value for which convert() gives at least `code` before it clamps, 2^-16 levels. Any code.
[[nodiscard]] std::int64_t ideal_transition(const ConverterRange& range, std::int64_t code);

/// Ascending inputs, 2^-16 levels: entry k is where code k begins. Entries 0 and 2^bits are those of the codes beyond
/// the ends, as late as their neighbours.
class Transitions {
 public:
  Transitions(const models::ConverterErrors& errors, const ConverterRange& range, int bits);

  [[nodiscard]] Converted convert(std::int64_t value) const;
  /// What the value becomes in a converter with these errors that neither rounds nor clips.
  [[nodiscard]] std::int64_t unrounded(std::int64_t value) const;
  /// As convert(), of many values: codes before they are clamped, −1 … 2^bits.
  void find_codes(const std::int64_t* values, int count, std::int32_t* codes) const;
  /// Begin of codes 1 … 2^bits − 1.
  [[nodiscard]] const std::int64_t* begins() const { return at_.data() + 1; }

 private:
  std::vector<std::int64_t> at_;
  std::vector<std::int64_t> late_;  // at_ less that of an ideal converter
};

class ConverterBank {
 public:
  ConverterBank() = default;
  /// Draws all converters of a layer; `ranges` has an entry per column. RuleError when the transitions would not fit
  /// into memory.
  ConverterBank(const mapping::EncodedLayer& layer, const models::ArraySpec& array,
                const std::vector<ConverterRange>& ranges, PhiloxKey key);

  [[nodiscard]] bool empty() const { return tables_.empty(); }
  /// Of the converter that a conversion (by its first slice) of a column meets in arrays of this row block.
  [[nodiscard]] const Transitions& of(int row_block, int column, int slice) const {
    return tables_[table_of_[(static_cast<std::size_t>(row_block) * slices_ + static_cast<std::size_t>(slice)) *
                                 columns_ +
                             static_cast<std::size_t>(column)]];
  }

 private:
  std::size_t slices_ = 0;
  std::size_t columns_ = 0;
  std::vector<std::size_t> table_of_;  // [row block][slice][column]
  std::vector<Transitions> tables_;
};

}  // namespace ohmic::values
