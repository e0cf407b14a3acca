// SPDX-License-Identifier: Apache-2.0
// A QuantizedGraph computed from its definitions, value by value: the second opinion on workloads/execute.
#pragma once

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "tests/support/naive_leaky.hpp"
#include "tests/support/reference_rounding.hpp"
#include "workloads/dataset.hpp"
#include "workloads/quantized_graph.hpp"

namespace ohmic::test {

/// One image; reals and integers of every node in doubles and 64 bits.
class NaiveIntegerNetwork {
 public:
  NaiveIntegerNetwork(const workloads::QuantizedGraph& graph, const workloads::Dataset& data, int image)
      : graph_(graph), values_(graph.nodes.size()), image_(image) {
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
      const workloads::QuantizedNode& node = graph.nodes[n];
      for (int y = 0; y < node.shape.height; ++y) {
        for (int x = 0; x < node.shape.width; ++x) {
          for (int c = 0; c < node.shape.channels; ++c) {
            const double value = n == 0 ? data.image(image)[values_[0].size()] : compute(node, y, x, c);
            values_[n].push_back(value);
          }
        }
      }
    }
  }

  [[nodiscard]] const std::vector<double>& values(std::size_t node) const { return values_[node]; }

 private:
  [[nodiscard]] const workloads::QuantizedNode& source(const workloads::QuantizedNode& node, std::size_t i) const {
    return graph_.nodes[static_cast<std::size_t>(node.inputs[i])];
  }

  /// Integer without zero point of input `i` at (y, x, c); false outside of the image.
  bool read(const workloads::QuantizedNode& node, std::size_t i, int y, int x, int c, std::int64_t& value) const {
    const workloads::QuantizedNode& from = source(node, i);
    if (y < 0 || x < 0 || y >= from.shape.height || x >= from.shape.width) return false;
    const auto at = static_cast<std::size_t>((y * from.shape.width + x) * from.shape.channels + c);
    value = static_cast<std::int64_t>(values_[static_cast<std::size_t>(node.inputs[i])][at]) - from.params.zero_point;
    return true;
  }

  /// A result at (y, x, c) of a node that may have an activation.
  double activate(const workloads::QuantizedNode& node, std::int64_t quotient, workloads::Activation activation, int y,
                  int x, int c) const {
    const workloads::Leaky* leaky = workloads::leaky_of(node.operation);
    if (leaky != nullptr) {
      const std::int64_t pixel = std::int64_t{image_} * node.shape.pixels() + y * node.shape.width + x;
      quotient = naive_leaky(*leaky, quotient, pixel, c, node.shape.channels);
    }
    return finish(node, quotient, activation);
  }

  double finish(const workloads::QuantizedNode& node, std::int64_t quotient, workloads::Activation activation) const {
    if (activation == workloads::Activation::relu) quotient = std::max<std::int64_t>(quotient, 0);
    const std::int64_t shifted = quotient + node.params.zero_point;
    return static_cast<double>(std::clamp<std::int64_t>(shifted, node.params.q_min(), node.params.q_max()));
  }

  double compute(const workloads::QuantizedNode& node, int y, int x, int c) const {
    using namespace workloads;
    if (std::holds_alternative<Quantize>(node.operation)) return quantize(node, y, x, c);
    if (const auto* conv = std::get_if<QuantizedConv>(&node.operation)) return convolve(node, *conv, y, x, c);
    if (const auto* pool = std::get_if<QuantizedPool>(&node.operation)) return pooled(node, *pool, y, x, c);
    if (const auto* add = std::get_if<QuantizedAdd>(&node.operation)) return sum(node, *add, y, x, c);
    std::int64_t value = 0;
    read(node, 0, y, x, c, value);
    if (std::holds_alternative<QuantizedLeakyRelu>(node.operation)) {
      return activate(node, value, Activation::none, y, x, c);
    }
    return finish(node, std::max<std::int64_t>(value, 0), Activation::none);
  }

  /// The input as it is: pixels are not normalised in these tests.
  double quantize(const workloads::QuantizedNode& node, int y, int x, int c) const {
    const auto at = static_cast<std::size_t>((y * node.shape.width + x) * node.shape.channels + c);
    const auto pixel = static_cast<float>(values_[0][at]);
    const auto quotient = static_cast<double>(pixel / static_cast<float>(node.params.scale));
    return finish(node, static_cast<std::int64_t>(std::nearbyint(quotient)), workloads::Activation::none);
  }

  double convolve(const workloads::QuantizedNode& node, const workloads::QuantizedConv& conv, int y, int x,
                  int c) const {
    const workloads::Window& w = conv.window;
    const int channels = source(node, 0).shape.channels;
    std::int64_t sum = conv.bias[static_cast<std::size_t>(c)];
    for (int kh = 0; kh < w.kernel_h; ++kh) {
      for (int kw = 0; kw < w.kernel_w; ++kw) {
        for (int in = 0; in < channels; ++in) {
          std::int64_t value = 0;
          if (!read(node, 0, y * w.stride_h + kh * w.dilation_h - w.pad_top,
                    x * w.stride_w + kw * w.dilation_w - w.pad_left, in, value)) {
            continue;
          }
          const int row = (kh * w.kernel_w + kw) * channels + in;
          sum += value * conv.weights[static_cast<std::size_t>(c * conv.rows + row)];
        }
      }
    }
    return activate(node, reference_quotient(conv.requant, sum, c), conv.activation, y, x, c);
  }

  double pooled(const workloads::QuantizedNode& node, const workloads::QuantizedPool& pool, int y, int x, int c) const {
    const workloads::Window& w = pool.window;
    c -= pool.zeros_before;
    if (c < 0 || c >= source(node, 0).shape.channels) return node.params.zero_point;
    const int raw_offset = pool.raw ? source(node, 0).params.zero_point : 0;
    std::int64_t sum = 0;
    std::int64_t largest = std::numeric_limits<std::int64_t>::min();
    int count = 0;
    for (int kh = 0; kh < w.kernel_h; ++kh) {
      for (int kw = 0; kw < w.kernel_w; ++kw) {
        std::int64_t value = 0;
        const bool inside = read(node, 0, y * w.stride_h + kh * w.dilation_h - w.pad_top,
                                 x * w.stride_w + kw * w.dilation_w - w.pad_left, c, value);
        if (inside) largest = std::max(largest, value);
        sum += inside ? value + raw_offset : 0;
        count += inside || pool.count_include_pad ? 1 : 0;
      }
    }
    if (pool.kind == workloads::PoolKind::max) return finish(node, largest, workloads::Activation::none);
    const std::int64_t quotient = reference_quotient(pool.requant, sum, count - 1);
    return finish(node, pool.raw ? quotient - node.params.zero_point : quotient, workloads::Activation::none);
  }

  double sum(const workloads::QuantizedNode& node, const workloads::QuantizedAdd& add, int y, int x, int c) const {
    std::int64_t a = 0;
    std::int64_t b = 0;
    read(node, 0, y, x, c, a);
    read(node, 1, y, x, c, b);
    const workloads::Requant& r = add.requant;
    if (r.kind == workloads::RequantKind::real) {
      const auto scaled_a = static_cast<float>(static_cast<double>(a) * static_cast<double>(r.scale[0]));
      const auto scaled_b = static_cast<float>(static_cast<double>(b) * static_cast<double>(r.scale[1]));
      return activate(node, real_quotient_of(scaled_a + scaled_b), add.activation, y, x, c);
    }
    if (r.kind == workloads::RequantKind::multiplier_shift && r.rounding == workloads::Rounding::tflite) {
      const std::int64_t both = reference_quotient(r, a * 1048576, 0) + reference_quotient(r, b * 1048576, 1);
      return activate(node, reference_quotient(r, both, 2), add.activation, y, x, c);
    }
    const Wide weighted = Wide{a} * r.multiplier[0] + Wide{b} * r.multiplier[1];
    const int shift = r.shift[0];
    const Wide quotient =
        shift < 0 ? weighted * (Wide{1} << -shift) : rounded_quotient(weighted, Wide{1} << shift, r.rounding);
    return activate(node, static_cast<std::int64_t>(quotient), add.activation, y, x, c);
  }

  static std::int64_t real_quotient_of(float value) {
    return static_cast<std::int64_t>(std::nearbyint(static_cast<double>(value)));
  }

  const workloads::QuantizedGraph& graph_;
  std::vector<std::vector<double>> values_;
  int image_;
};

}  // namespace ohmic::test
