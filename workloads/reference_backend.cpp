// SPDX-License-Identifier: Apache-2.0
// The integer reference: plain loops. Integer sums have no order, so any vectorisation gives the same result.
#include <algorithm>
#include <limits>

#include "workloads/execute.hpp"

namespace ohmic::workloads {

namespace {

/// acc = Σ w · x for every pixel and column; Sum must hold every partial sum.
template <class X, class Sum>
void multiply_rows(const X* x, const std::int16_t* weights, std::size_t pixels, std::size_t rows, std::size_t columns,
                   std::int64_t* acc) {
  for (std::size_t p = 0; p < pixels; ++p) {
    const X* window = x + p * rows;
    for (std::size_t c = 0; c < columns; ++c) {
      const std::int16_t* w = weights + c * rows;
      Sum sum = 0;
      for (std::size_t r = 0; r < rows; ++r) sum += Sum{w[r]} * Sum{window[r]};
      acc[p * columns + c] = sum;
    }
  }
}

/// True when x − zero point fits int16 and no partial sum can leave int32, whatever the input.
bool fits_narrow(const QuantizedConv& conv, std::int64_t low, std::int64_t high) {
  if (low < std::numeric_limits<std::int16_t>::min() || high > std::numeric_limits<std::int16_t>::max()) return false;
  const std::int64_t largest = std::max(-low, high);
  const auto rows = static_cast<std::size_t>(conv.rows);
  for (std::size_t begin = 0; begin < conv.weights.size(); begin += rows) {
    std::int64_t magnitude = 0;
    for (std::size_t r = 0; r < rows; ++r) magnitude += std::abs(conv.weights[begin + r]);
    if (magnitude * largest > std::numeric_limits<std::int32_t>::max()) return false;
  }
  return true;
}

template <class X>
std::vector<X> without_zero_point(const MatrixCall& call, std::size_t count, std::int32_t zero_point) {
  std::vector<X> x(count);
  for (std::size_t i = 0; i < count; ++i) x[i] = static_cast<X>(call.x[i] - zero_point);
  return x;
}

}  // namespace

void ReferenceBackend::multiply(const MatrixCall& call) const {
  const auto& conv = std::get<QuantizedConv>(graph_.nodes[static_cast<std::size_t>(call.node)].operation);
  const QuantParams& input = graph_.input_params(call.node);
  const auto rows = static_cast<std::size_t>(call.rows);
  const auto columns = static_cast<std::size_t>(call.columns);
  const std::size_t pixels = static_cast<std::size_t>(call.images) * static_cast<std::size_t>(call.pixels);
  if (fits_narrow(conv, input.q_min() - input.zero_point, input.q_max() - input.zero_point)) {
    const auto x = without_zero_point<std::int16_t>(call, pixels * rows, input.zero_point);
    multiply_rows<std::int16_t, std::int32_t>(x.data(), conv.weights.data(), pixels, rows, columns, call.acc);
  } else {
    const auto x = without_zero_point<std::int32_t>(call, pixels * rows, input.zero_point);
    multiply_rows<std::int32_t, std::int64_t>(x.data(), conv.weights.data(), pixels, rows, columns, call.acc);
  }
}

}  // namespace ohmic::workloads
