// SPDX-License-Identifier: Apache-2.0
// Conversion of whole numbers in single precision, where it can be shown to be the definition.
#pragma once

#include <optional>

#include "values/converter.hpp"
#include "values/table_kernels.hpp"
#include "values/table_layout.hpp"

namespace ohmic::values {

/// A scale and an offset with which round_half_even(value · scale + offset), in single precision, clamped to the codes,
/// gives code and clipping of convert(value · unit, range) for every value in `reachable`: all of them are tried. None
/// when there is none near the obvious one, or when too many values are reachable. `unit` is in 2^-16 levels.
[[nodiscard]] std::optional<SmallConverter> find_small_converter(const ConverterRange& range, std::int64_t max_code,
                                                                 const ValueRange& reachable, std::int64_t unit);

}  // namespace ohmic::values
