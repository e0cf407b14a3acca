// SPDX-License-Identifier: Apache-2.0
// How far the sums go that come from the arrays of a layer, before constants and bias.
#pragma once

#include <cstdint>

#include "mapping/encoding.hpp"

namespace ohmic::mapping {

struct SumRange {
  std::int64_t low = 0;
  std::int64_t high = 0;
};

/// What one column's partial sums add up to, in levels, over all inputs: exact where every conversion gives its value
/// itself, otherwise a bound. `range` has whole levels.
[[nodiscard]] SumRange partial_sum_range(const EncodedLayer& layer, const workloads::QuantizedConv& conv,
                                         const workloads::QuantParams& input, const models::ArraySpec& array,
                                         const models::ConverterRange& range, int column);

}  // namespace ohmic::mapping
