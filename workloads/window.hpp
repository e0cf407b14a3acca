// SPDX-License-Identifier: Apache-2.0
// Which input pixels a window covers.
#pragma once

#include "workloads/graph.hpp"

namespace ohmic::workloads {

/// Input row (column) that tap `k` of output row (column) `out` reads; outside of the image where it reads padding.
[[nodiscard]] inline int input_row(const Window& w, int out, int k) {
  return out * w.stride_h - w.pad_top + k * w.dilation_h;
}
[[nodiscard]] inline int input_column(const Window& w, int out, int k) {
  return out * w.stride_w - w.pad_left + k * w.dilation_w;
}

/// Calls visit(kh, kw, pixel) for every tap of output pixel (y, x) that lies in the image.
template <class Visit>
void for_each_tap(const Window& w, const Shape& input, int y, int x, const Visit& visit) {
  for (int kh = 0; kh < w.kernel_h; ++kh) {
    const int row = input_row(w, y, kh);
    if (row < 0 || row >= input.height) continue;
    for (int kw = 0; kw < w.kernel_w; ++kw) {
      const int column = input_column(w, x, kw);
      if (column >= 0 && column < input.width) visit(kh, kw, row * input.width + column);
    }
  }
}

/// The same taps in spans that lie side by side in the window and in the image: calls visit(first tap, its pixel,
/// number of taps).
template <class Visit>
void for_each_span(const Window& w, const Shape& input, int y, int x, const Visit& visit) {
  const auto in_image = [&](int kw) {
    const int column = input_column(w, x, kw);
    return column >= 0 && column < input.width;
  };
  int begin = 0;
  while (begin < w.kernel_w && !in_image(begin)) ++begin;
  int end = begin;
  while (end < w.kernel_w && in_image(end)) ++end;
  if (begin == end) return;
  for (int kh = 0; kh < w.kernel_h; ++kh) {
    const int row = input_row(w, y, kh);
    if (row < 0 || row >= input.height) continue;
    const int taps = w.dilation_w == 1 ? end - begin : 1;
    for (int kw = begin; kw < end; kw += taps) {
      visit(kh * w.kernel_w + kw, row * input.width + input_column(w, x, kw), taps);
    }
  }
}

/// Number of taps of output pixel (y, x) that lie in the image.
[[nodiscard]] inline int window_count(const Window& w, const Shape& input, int y, int x) {
  int count = 0;
  for_each_tap(w, input, y, x, [&](int, int, int) { ++count; });
  return count;
}

}  // namespace ohmic::workloads
