// SPDX-License-Identifier: Apache-2.0
// Ranges of float outputs. Exact order statistics in bounded memory: floats are mapped to integers of the same order,
// a first run counts their upper halves, a second one the lower halves of those that hold the wanted ranks.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "base/parallel.hpp"
#include "workloads/quantize.hpp"

namespace ohmic::workloads {

namespace {

constexpr int kHalfBits = 16;
constexpr std::size_t kBins = std::size_t{1} << kHalfBits;
constexpr int kImagesAtOnce = 8;  // whose outputs are in memory together

using Counts = std::vector<std::int64_t>;

/// An integer in the order of the floats.
std::uint32_t ordered_bits(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return (bits >> 31) != 0 ? ~bits : bits | 0x80000000U;
}

float from_ordered_bits(std::uint32_t ordered) {
  return std::bit_cast<float>((ordered >> 31) != 0 ? ordered & 0x7FFFFFFFU : ~ordered);
}

/// Bin that holds the element of 1-based rank `rank`; `rank` becomes the rank within the bin.
std::uint32_t find_bin(const Counts& counts, std::int64_t& rank) {
  for (std::size_t bin = 0; bin < counts.size(); ++bin) {
    if (rank <= counts[bin]) return static_cast<std::uint32_t>(bin);
    rank -= counts[bin];
  }
  throw std::logic_error("rank beyond the number of values");
}

/// What one request has gathered.
struct Gathered {
  float low = std::numeric_limits<float>::infinity();
  float high = -std::numeric_limits<float>::infinity();
  std::int64_t count = 0;
  Counts upper;                 // first run, only for percentiles
  std::array<Counts, 2> lower;  // second run, for the low and the high rank
  std::array<std::uint32_t, 2> upper_half{};
  std::array<std::int64_t, 2> rank{};

  void begin_first(double percentile) {
    if (percentile < 100) upper.assign(kBins, 0);
  }
  void add_first(const FloatTensor& values) {
    count += static_cast<std::int64_t>(values.size());
    for (const float value : values) {
      // A NaN fails both comparisons and would go unseen.
      if (std::isnan(value)) high = std::numeric_limits<float>::infinity();
      low = std::min(low, value);
      high = std::max(high, value);
    }
    if (upper.empty()) return;
    for (const float value : values) ++upper[ordered_bits(value) >> kHalfBits];
  }
  void begin_second(double percentile) {
    if (upper.empty()) return;
    rank[1] = percentile_rank(percentile, count);
    rank[0] = count + 1 - rank[1];
    for (std::size_t side = 0; side < 2; ++side) {
      upper_half[side] = find_bin(upper, rank[side]);
      lower[side].assign(kBins, 0);
    }
  }
  void add_second(const FloatTensor& values) {
    if (upper.empty()) return;
    for (const float value : values) {
      const std::uint32_t bits = ordered_bits(value);
      for (std::size_t side = 0; side < 2; ++side) {
        if (bits >> kHalfBits == upper_half[side]) ++lower[side][bits & (kBins - 1)];
      }
    }
  }
  [[nodiscard]] NodeRange range() {
    if (upper.empty()) return {low, high};
    std::array<double, 2> ends{};
    for (std::size_t side = 0; side < 2; ++side) {
      const std::uint32_t bin = find_bin(lower[side], rank[side]);
      ends[side] = from_ordered_bits(upper_half[side] << kHalfBits | bin);
    }
    return {ends[0], ends[1]};
  }
};

/// Runs all images; `add(request, values)` is called in the order of the images, in parallel over requests.
template <class Add>
void for_all_images(const FloatExecutor& executor, const std::vector<RangeRequest>& requests, const Dataset& data,
                    const Normalize& normalize, int threads, const Add& add) {
  for (int first = 0; first < data.count(); first += kImagesAtOnce) {
    const auto count = static_cast<std::size_t>(std::min(kImagesAtOnce, data.count() - first));
    std::vector<std::vector<FloatTensor>> outputs(count);
    parallel_for(count, threads, [&](std::size_t i) {
      outputs[i] = executor.run(normalize_image(data, first + static_cast<int>(i), normalize));
    });
    parallel_for(requests.size(), threads, [&](std::size_t r) {
      for (const auto& values : outputs) add(r, values[static_cast<std::size_t>(requests[r].node)]);
    });
  }
}

}  // namespace

std::int64_t percentile_rank(double percentile, std::int64_t count) {
  // The part of a product that binary fractions add to a whole number must not lift the rank.
  const double rank = std::ceil(percentile / 100 * static_cast<double>(count) - 1e-6);
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(rank), 1, count);
}

std::vector<NodeRange> calibrate(const Graph& graph, const std::vector<RangeRequest>& requests, const Dataset& data,
                                 const Normalize& normalize, int threads) {
  const FloatExecutor executor(graph);
  std::vector<Gathered> gathered(requests.size());
  for (std::size_t r = 0; r < requests.size(); ++r) gathered[r].begin_first(requests[r].percentile);
  for_all_images(executor, requests, data, normalize, threads,
                 [&](std::size_t r, const FloatTensor& values) { gathered[r].add_first(values); });
  bool again = false;
  for (std::size_t r = 0; r < requests.size(); ++r) {
    if (!std::isfinite(gathered[r].low) || !std::isfinite(gathered[r].high)) {
      throw InputError(graph.name, fmt::format("node '{}' gives values that are not finite on the calibration images",
                                               graph.nodes[static_cast<std::size_t>(requests[r].node)].name));
    }
    gathered[r].begin_second(requests[r].percentile);
    again = again || !gathered[r].upper.empty();
  }
  if (again) {
    for_all_images(executor, requests, data, normalize, threads,
                   [&](std::size_t r, const FloatTensor& values) { gathered[r].add_second(values); });
  }
  std::vector<NodeRange> ranges;
  for (Gathered& one : gathered) ranges.push_back(one.range());
  return ranges;
}

}  // namespace ohmic::workloads
