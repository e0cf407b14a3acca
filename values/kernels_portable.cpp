// SPDX-License-Identifier: Apache-2.0
#include "values/kernel_loops.hpp"

namespace ohmic::values {

namespace {

void dots(const std::int32_t* words, const std::int32_t* pairs, int count, const std::int16_t* weights, int lanes,
          std::int32_t* __restrict out) {
  for (int lane = 0; lane < lanes; ++lane) out[lane] = 0;
  for (int i = 0; i < count; ++i) {
    const std::int32_t even = static_cast<std::int16_t>(words[i]);
    const std::int32_t odd = words[i] >> 16;
    const std::int16_t* __restrict w = weights + std::int64_t{2} * pairs[i] * lanes;
    for (std::ptrdiff_t lane = 0; lane < lanes; ++lane) out[lane] += even * w[2 * lane] + odd * w[2 * lane + 1];
  }
}

void draws(PhiloxKey key, std::uint32_t image, std::uint32_t pixel, const std::uint32_t* quads,
           const std::uint32_t* places, std::uint32_t place, int count, std::int32_t* z) {
  for (int i = 0; i < count; ++i) {
    const PhiloxCounter bits = philox({image, pixel, quads[i], places[i] | place}, key);
    for (const std::uint32_t word : bits) *z++ = gaussian(word);
  }
}

void add_noise(double* value, const double* variance, const std::int32_t* z, double scale, int lanes) {
  add_noise_loop(value, variance, z, scale, lanes);
}

std::int64_t convert_lanes(const ConverterLanes& converters, const double* value, double* sums, int lanes) {
  return convert_loop(converters, value, sums, lanes);
}

}  // namespace

const Kernels kPortableKernels{dots, draws, add_noise, convert_lanes};

}  // namespace ohmic::values
