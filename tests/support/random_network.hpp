// SPDX-License-Identifier: Apache-2.0
// Random float networks and images: odd kernels, strides, paddings and dilations, branches that meet again.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "tests/support/random.hpp"
#include "workloads/dataset.hpp"
#include "workloads/graph.hpp"

namespace ohmic::test {

/// Uniform in [−1, 1).
inline float random_weight(Random& random) {
  return static_cast<float>(random.bits() >> 7) * 0x1p-24F - 1.0F;
}

inline std::vector<float> random_weights(Random& random, std::int64_t count) {
  std::vector<float> weights(static_cast<std::size_t>(count));
  for (float& weight : weights) weight = random_weight(random);
  return weights;
}

inline workloads::Dataset random_images(Random& random, const workloads::Shape& shape, int count) {
  workloads::Dataset data{shape, {}, std::vector<int>(static_cast<std::size_t>(count), 0)};
  for (std::int64_t i = 0; i < shape.values() * count; ++i)
    data.images.push_back(static_cast<std::uint8_t>(random.bits() >> 24));
  return data;
}

/// Grows a network node by node from random parts that fit.
class RandomNetwork {
 public:
  explicit RandomNetwork(Random& random) : random_(random) {
    graph_.name = "random";
    const workloads::Shape shape{random.between(1, 4), random.between(4, 11), random.between(4, 11)};
    graph_.nodes.push_back({"image", workloads::Input{}, {}, shape});
  }

  workloads::Graph build(int nodes) {
    while (static_cast<int>(graph_.nodes.size()) < nodes) add_any();
    const workloads::Shape& last = graph_.nodes.back().shape;
    workloads::Window whole;
    whole.kernel_h = last.height;
    whole.kernel_w = last.width;
    add_conv(static_cast<int>(graph_.nodes.size()) - 1, whole, 5, workloads::Activation::none);
    graph_.output = static_cast<int>(graph_.nodes.size()) - 1;
    return std::move(graph_);
  }

 private:
  [[nodiscard]] const workloads::Shape& shape(int node) const {
    return graph_.nodes[static_cast<std::size_t>(node)].shape;
  }

  /// The newest node most of the time, so that networks grow deep.
  int pick_source() {
    const int newest = static_cast<int>(graph_.nodes.size()) - 1;
    return random_.between(0, 2) > 0 ? newest : random_.between(0, newest);
  }

  workloads::Window random_window(bool for_pool) {
    workloads::Window w;
    w.kernel_h = random_.between(1, 3);
    w.kernel_w = random_.between(1, 3);
    w.stride_h = random_.between(1, 3);
    w.stride_w = random_.between(1, 3);
    w.dilation_h = random_.between(1, 2);
    w.dilation_w = random_.between(1, 2);
    // A pooling window always holds one pixel of the image at least.
    const int most_h = for_pool ? (w.dilation_h == 1 ? w.kernel_h - 1 : 0) : 2;
    const int most_w = for_pool ? (w.dilation_w == 1 ? w.kernel_w - 1 : 0) : 2;
    w.pad_top = random_.between(0, most_h);
    w.pad_bottom = random_.between(0, most_h);
    w.pad_left = random_.between(0, most_w);
    w.pad_right = random_.between(0, most_w);
    return w;
  }

  void append(workloads::Operation operation, std::vector<int> inputs, const workloads::Shape& output) {
    const std::string name = fmt::format("{}_{}", workloads::operation_name(operation), graph_.nodes.size());
    graph_.nodes.push_back({name, std::move(operation), std::move(inputs), output});
  }

  void add_conv(int from, const workloads::Window& window, int out_channels, workloads::Activation activation) {
    workloads::Shape output = window.output_shape(shape(from));
    if (output.height < 1 || output.width < 1) return;
    output.channels = out_channels;
    const int rows = window.kernel_h * window.kernel_w * shape(from).channels;
    append(workloads::Conv{window, out_channels, random_weights(random_, std::int64_t{rows} * out_channels),
                           random_weights(random_, out_channels), activation, random_slope()},
           {from}, output);
  }

  void add_pool() {
    const int from = pick_source();
    const workloads::Window window = random_window(true);
    workloads::Shape output = window.output_shape(shape(from));
    if (output.height < 1 || output.width < 1) return;
    const auto kind = random_.flip() ? workloads::PoolKind::max : workloads::PoolKind::average;
    workloads::Pool pool{kind, window, kind == workloads::PoolKind::average && random_.flip()};
    if (random_.between(0, 2) == 0) {
      pool.zeros_before = random_.between(0, 2);
      pool.zeros_after = random_.between(0, 2);
    }
    output.channels += pool.zeros_before + pool.zeros_after;
    append(pool, {from}, output);
  }

  void add_sum() {
    const int a = pick_source();
    std::vector<int> partners;
    for (int b = 0; b < static_cast<int>(graph_.nodes.size()); ++b) {
      if (shape(b) == shape(a)) partners.push_back(b);
    }
    const int b = partners[static_cast<std::size_t>(random_.between(0, static_cast<int>(partners.size()) - 1))];
    append(workloads::Add{random_activation(), random_slope()}, {a, b}, shape(a));
  }

  workloads::Activation random_activation() {
    using workloads::Activation;
    return random_.pick({Activation::relu, Activation::none, Activation::leaky_relu});
  }

  /// As integers can have it.
  float random_slope() { return static_cast<float>(random_.between(0, 127)) / 64.0F; }

  void add_any() {
    const int choice = random_.between(0, 9);
    if (choice < 5) {
      add_conv(pick_source(), random_window(false), random_.between(1, 6), random_activation());
    } else if (choice < 7) {
      add_pool();
    } else if (choice < 9) {
      add_sum();
    } else {
      const int from = pick_source();
      random_.flip() ? append(workloads::Relu{}, {from}, shape(from))
                     : append(workloads::LeakyRelu{random_slope()}, {from}, shape(from));
    }
  }

  Random& random_;
  workloads::Graph graph_;
};

}  // namespace ohmic::test
