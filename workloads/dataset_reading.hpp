// SPDX-License-Identifier: Apache-2.0
// What the dataset readers share.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.hpp"
#include "workloads/dataset.hpp"

namespace ohmic::workloads {

/// Images of a file that are asked for: [first, first + count).
struct ImageRange {
  std::int64_t first = 0;
  std::int64_t count = 0;
};

/// The range that `spec` asks for of a file that has `available` images; InputError when it has not enough.
[[nodiscard]] ImageRange choose_images(const DatasetSpec& spec, const std::string& file, std::int64_t available);

/// The shape of `what` (images, targets); InputError when a size is not positive or all of this range are more than a
/// run can hold.
[[nodiscard]] Shape checked_shape(const std::string& file, const char* what, const ImageRange& range,
                                  std::int64_t channels, std::int64_t height, std::int64_t width);

/// A data set of this range and shape with room for its images; errors as of checked_shape.
[[nodiscard]] Dataset make_dataset(const std::string& file, const ImageRange& range, std::int64_t channels,
                                   std::int64_t height, std::int64_t width);

/// One image from planes [channel][pixel] to pixels [pixel][channel].
template <class Value>
void interleave_planes(const Value* planes, const Shape& shape, Value* pixels) {
  for (int c = 0; c < shape.channels; ++c) {
    for (int p = 0; p < shape.pixels(); ++p) {
      pixels[std::int64_t{p} * shape.channels + c] = planes[std::int64_t{c} * shape.pixels() + p];
    }
  }
}

/// InputError when the key is given: this format has no use for it.
void refuse_labels(const DatasetSpec& spec, const std::string& file);
void refuse_split(const DatasetSpec& spec, const std::string& file);

}  // namespace ohmic::workloads
