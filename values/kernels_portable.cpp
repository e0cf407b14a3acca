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

void product(const std::int16_t* x, int vectors, int pairs, const std::int16_t* weights, int lanes, std::int32_t* out) {
  for (int v = 0; v < vectors; ++v) {
    for (int lane = 0; lane < lanes; lane += kLanes) {
      std::int32_t sums[kLanes] = {};
      const std::int16_t* __restrict w = weights + std::ptrdiff_t{2} * lane * pairs;
      for (int i = 0; i < pairs; ++i, w += std::ptrdiff_t{2} * kLanes) {
        const std::int32_t even = x[2 * i];
        const std::int32_t odd = x[2 * i + 1];
        for (int k = 0; k < kLanes; ++k) sums[k] += even * w[2 * k] + odd * w[2 * k + 1];
      }
      std::copy(sums, sums + kLanes, out + lane);
    }
    x += std::ptrdiff_t{2} * pairs;
    out += lanes;
  }
}

void to_words(const std::int32_t* x, std::int64_t count, std::int32_t factor, std::int32_t zero, std::int16_t* out) {
  narrow_loop(x, count, factor, zero, out);
}

void to_bytes(const std::int32_t* x, std::int64_t count, std::int32_t factor, std::int32_t zero, std::uint8_t* out) {
  narrow_loop(x, count, factor, zero, out);
}

std::int64_t sum(const std::int32_t* x, int count) {
  return sum_loop(x, count);
}

void finish(const std::int32_t* sums, const std::int64_t* constant, std::int64_t common, int shift, int count,
            std::int64_t* acc) {
  finish_loop(sums, constant, common, shift, count, acc);
}

}  // namespace

const Kernels kPortableKernels{dots, draws, add_noise, convert_lanes, product, to_words, to_bytes, sum, finish};

}  // namespace ohmic::values
