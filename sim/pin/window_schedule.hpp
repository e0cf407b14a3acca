// SPDX-License-Identifier: Apache-2.0
// Which tokens of an image lie under the window of each firing of a port: from the geometry, tap by tap.
#pragma once

#include <cstdint>
#include <vector>

#include "mapping/program.hpp"

namespace ohmic::sim::pin {

class WindowSchedule {
 public:
  WindowSchedule(const mapping::InputPort& port, std::int64_t firings, std::int64_t tokens);

  [[nodiscard]] std::int64_t firings() const { return static_cast<std::int64_t>(needed_.size()); }
  [[nodiscard]] std::int64_t tokens() const { return static_cast<std::int64_t>(last_user_.size()); }
  /// Places under the window, padding included.
  [[nodiscard]] int places() const { return port_.windowed ? port_.window.kernel_h * port_.window.kernel_w : 1; }
  /// Whether the firing takes an operand from this port at all.
  [[nodiscard]] bool takes_part(std::int64_t firing) const {
    return port_.windowed || firing % port_.period == port_.phase;
  }
  /// Tokens from the first on that reach as far as the firing's last one; 0 when all of its places are padding.
  [[nodiscard]] std::int64_t needed(std::int64_t firing) const { return needed_[static_cast<std::size_t>(firing)]; }
  /// Last firing with the token under its window; −1: none.
  [[nodiscard]] std::int64_t last_user(std::int64_t token) const { return last_user_[static_cast<std::size_t>(token)]; }

  /// Calls visit(place, token) for every place of the firing in raster order; token −1: padding.
  template <class Visit>
  void for_each_place(std::int64_t firing, const Visit& visit) const {
    if (!takes_part(firing)) return;
    if (!port_.windowed) {
      visit(0, firing / port_.period);
      return;
    }
    const workloads::Window& w = port_.window;
    const std::int64_t pixel = port_.phase + firing * port_.period;
    const auto top = static_cast<int>(pixel / port_.out_shape.width) * w.stride_h - w.pad_top;
    const auto left = static_cast<int>(pixel % port_.out_shape.width) * w.stride_w - w.pad_left;
    int place = 0;
    for (int kh = 0; kh < w.kernel_h; ++kh) {
      const int y = top + kh * w.dilation_h;
      for (int kw = 0; kw < w.kernel_w; ++kw) {
        const int x = left + kw * w.dilation_w;
        const bool inside = y >= 0 && y < port_.in_shape.height && x >= 0 && x < port_.in_shape.width;
        visit(place++, inside ? std::int64_t{y} * port_.in_shape.width + x : -1);
      }
    }
  }

 private:
  mapping::InputPort port_;
  std::vector<std::int32_t> needed_;     // by firing
  std::vector<std::int32_t> last_user_;  // by token
};

}  // namespace ohmic::sim::pin
