// SPDX-License-Identifier: Apache-2.0
// Which tokens of a stream a stage needs and gives back, firing by firing.
#include <algorithm>
#include <stdexcept>

#include "mapping/program.hpp"

namespace ohmic::mapping {

namespace {

/// Lines of an image under a window at one place along one axis; none when the window lies in the padding there.
struct Span {
  int first = 0;
  int last = -1;
  [[nodiscard]] bool empty() const { return last < first; }
};

std::vector<Span> spans(int outputs, int size, int kernel, int stride, int pad, int dilation) {
  std::vector<Span> all(static_cast<std::size_t>(outputs));
  for (int o = 0; o < outputs; ++o) {
    const int origin = o * stride - pad;
    // First and last tap that lie inside [0, size).
    const int first_tap = origin < 0 ? (-origin + dilation - 1) / dilation : 0;
    const int last_tap = std::min(kernel - 1, size - 1 >= origin ? (size - 1 - origin) / dilation : -1);
    if (first_tap <= last_tap)
      all[static_cast<std::size_t>(o)] = {origin + first_tap * dilation, origin + last_tap * dilation};
  }
  return all;
}

/// Tokens under the window of each firing: [first, last], raster order.
struct Needs {
  std::vector<std::int64_t> first;
  std::vector<std::int64_t> last;  // −1: the window lies in the padding
};

Needs windowed_needs(const Stage& stage, const InputPort& port) {
  const workloads::Window& w = port.window;
  const std::vector<Span> rows =
      spans(port.out_shape.height, port.in_shape.height, w.kernel_h, w.stride_h, w.pad_top, w.dilation_h);
  const std::vector<Span> columns =
      spans(port.out_shape.width, port.in_shape.width, w.kernel_w, w.stride_w, w.pad_left, w.dilation_w);
  const std::int64_t width = port.in_shape.width;
  Needs needs;
  for (std::int64_t f = 0; f < stage.firings; ++f) {
    const std::int64_t output = port.phase + f * port.period;
    const Span y = rows.at(static_cast<std::size_t>(output / port.out_shape.width));
    const Span x = columns.at(static_cast<std::size_t>(output % port.out_shape.width));
    const bool empty = y.empty() || x.empty();
    needs.first.push_back(empty ? 0 : y.first * width + x.first);
    needs.last.push_back(empty ? -1 : y.last * width + x.last);
  }
  return needs;
}

Needs plain_needs(const Stage& stage, const InputPort& port) {
  Needs needs;
  for (std::int64_t f = 0; f < stage.firings; ++f) {
    const bool takes_part = f % port.period == port.phase;
    needs.first.push_back(takes_part ? f / port.period : 0);
    needs.last.push_back(takes_part ? f / port.period : -1);
  }
  return needs;
}

}  // namespace

Consumption consumption(const Stage& stage, const InputPort& port, std::int64_t tokens_per_image) {
  const Needs needs = port.windowed ? windowed_needs(stage, port) : plain_needs(stage, port);
  const std::size_t firings = needs.first.size();
  Consumption result{std::vector<std::int64_t>(firings), std::vector<std::int64_t>(firings)};
  std::int64_t needed = 0;
  for (std::size_t f = 0; f < firings; ++f) {
    needed = std::max(needed, needs.last[f] + 1);
    result.need[f] = needed;
  }
  if (needed > tokens_per_image)
    throw std::logic_error("stage " + stage.name + " needs more tokens than its stream has");
  // A later row of windows begins further left than the end of this one: the smallest of all that follow counts.
  std::int64_t oldest = tokens_per_image;
  for (std::size_t f = firings; f-- > 0;) {
    result.release[f] = oldest;
    if (needs.last[f] >= 0) oldest = std::min(oldest, needs.first[f]);
  }
  return result;
}

}  // namespace ohmic::mapping
