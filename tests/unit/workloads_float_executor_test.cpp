// SPDX-License-Identifier: Apache-2.0
// The float executor against a naive one that follows the formulas of graph.hpp index by index, in double.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "base/config_reader.hpp"
#include "tests/support/random.hpp"
#include "tests/support/support.hpp"
#include "workloads/float_executor.hpp"

using namespace ohmic;
using namespace ohmic::workloads;
using test::Random;

namespace {

float random_value(Random& random) {
  return static_cast<float>(random.between(-1000, 1000)) / 512.0F;
}

std::vector<float> random_values(Random& random, std::int64_t count) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(random_value(random));
  return values;
}

Window random_window(Random& random) {
  Window w;
  w.kernel_h = random.between(1, 4);
  w.kernel_w = random.between(1, 4);
  w.stride_h = random.between(1, 3);
  w.stride_w = random.between(1, 3);
  w.dilation_h = random.between(1, 2);
  w.dilation_w = random.between(1, 2);
  w.pad_top = random.between(0, w.kernel_h - 1);
  w.pad_left = random.between(0, w.kernel_w - 1);
  w.pad_bottom = random.between(0, w.kernel_h - 1);
  w.pad_right = random.between(0, w.kernel_w - 1);
  return w;
}

/// Graph of an input and one node on it.
Graph one_node(const Shape& input, Operation operation, const Shape& output) {
  Graph graph;
  graph.name = "test";
  graph.nodes = {{"x", Input{}, {}, input}, {"n", std::move(operation), {0}, output}};
  graph.output = 1;
  return graph;
}

struct Tap {
  bool inside;
  double value;
};

Tap tap(const FloatTensor& x, const Shape& s, const Window& w, int oy, int ox, int kh, int kw, int c) {
  const int y = oy * w.stride_h - w.pad_top + kh * w.dilation_h;
  const int col = ox * w.stride_w - w.pad_left + kw * w.dilation_w;
  if (y < 0 || y >= s.height || col < 0 || col >= s.width) return {false, 0.0};
  return {true, x[static_cast<std::size_t>((y * s.width + col) * s.channels + c)]};
}

double naive_conv(const FloatTensor& x, const Shape& s, const Conv& conv, int oy, int ox, int o) {
  const Window& w = conv.window;
  double sum = conv.bias[static_cast<std::size_t>(o)];
  for (int kh = 0; kh < w.kernel_h; ++kh) {
    for (int kw = 0; kw < w.kernel_w; ++kw) {
      for (int c = 0; c < s.channels; ++c) {
        const int at = ((o * w.kernel_h + kh) * w.kernel_w + kw) * s.channels + c;
        sum += double{conv.weights[static_cast<std::size_t>(at)]} * tap(x, s, w, oy, ox, kh, kw, c).value;
      }
    }
  }
  return conv.activation == Activation::relu ? std::max(sum, 0.0) : sum;
}

double naive_pool(const FloatTensor& x, const Shape& s, const Pool& pool, int oy, int ox, int c) {
  double largest = -1e300;
  double sum = 0;
  int inside = 0;
  for (int kh = 0; kh < pool.window.kernel_h; ++kh) {
    for (int kw = 0; kw < pool.window.kernel_w; ++kw) {
      const Tap t = tap(x, s, pool.window, oy, ox, kh, kw, c);
      if (!t.inside) continue;
      ++inside;
      largest = std::max(largest, t.value);
      sum += t.value;
    }
  }
  if (pool.kind == PoolKind::max) return largest;
  return sum / (pool.count_include_pad ? pool.window.kernel_h * pool.window.kernel_w : inside);
}

bool has_empty_window(const Shape& s, const Pool& pool, const Shape& output) {
  const FloatTensor lowest(static_cast<std::size_t>(s.values()), 1.0F);
  Pool max = pool;
  max.kind = PoolKind::max;
  for (int y = 0; y < output.height; ++y) {
    for (int x = 0; x < output.width; ++x) {
      if (naive_pool(lowest, s, max, y, x, 0) != 1.0) return true;
    }
  }
  return false;
}

template <class Naive>
void compare(const FloatTensor& result, const Shape& shape, const Naive& naive) {
  REQUIRE(static_cast<std::int64_t>(result.size()) == shape.values());
  for (int y = 0; y < shape.height; ++y) {
    for (int x = 0; x < shape.width; ++x) {
      for (int c = 0; c < shape.channels; ++c) {
        const double expected = naive(y, x, c);
        const double got = result[static_cast<std::size_t>((y * shape.width + x) * shape.channels + c)];
        REQUIRE(std::fabs(got - expected) <= 1e-4 * std::max(1.0, std::fabs(expected)));
      }
    }
  }
}

}  // namespace

TEST_CASE("convolutions of random shapes agree with the naive sum") {
  const std::uint64_t seed = 21;
  Random random(seed);
  int done = 0;
  for (int i = 0; i < 300; ++i) {
    INFO("seed " << seed << ", design " << i);
    const Shape input{random.between(1, 6), random.between(1, 9), random.between(1, 9)};
    Conv conv;
    conv.window = random_window(random);
    conv.out_channels = random.pick({1, 3, 15, 16, 17, 33});
    conv.weights = random_values(
        random, std::int64_t{1} * conv.out_channels * conv.window.kernel_h * conv.window.kernel_w * input.channels);
    conv.bias = random_values(random, conv.out_channels);
    conv.activation = random.flip() ? Activation::relu : Activation::none;
    Shape output = conv.window.output_shape(input);
    output.channels = conv.out_channels;
    if (output.pixels() < 1 || output.height < 1) continue;
    const FloatTensor x = random_values(random, input.values());
    const Graph graph = one_node(input, conv, output);
    compare(run_float(graph, x)[1], output,
            [&](int oy, int ox, int o) { return naive_conv(x, input, conv, oy, ox, o); });
    ++done;
  }
  CHECK(done > 150);
}

TEST_CASE("poolings of random shapes agree with the naive ones") {
  const std::uint64_t seed = 22;
  Random random(seed);
  int done = 0;
  for (int i = 0; i < 300; ++i) {
    INFO("seed " << seed << ", design " << i);
    const Shape input{random.between(1, 6), random.between(1, 9), random.between(1, 9)};
    Pool pool{random.flip() ? PoolKind::max : PoolKind::average, random_window(random), random.flip()};
    const Shape output = pool.window.output_shape(input);
    if (output.height < 1 || output.width < 1 || has_empty_window(input, pool, output)) continue;
    const FloatTensor x = random_values(random, input.values());
    compare(run_float(one_node(input, pool, output), x)[1], output,
            [&](int oy, int ox, int c) { return naive_pool(x, input, pool, oy, ox, c); });
    ++done;
  }
  CHECK(done > 150);
}

TEST_CASE("additions, affine functions and rectifiers work value by value") {
  const Shape shape{2, 1, 2};
  Graph graph = one_node(shape, Affine{{2.0F, -1.0F}, {1.0F, 0.5F}, Activation::none}, shape);
  graph.nodes.push_back({"r", Relu{}, {1}, shape});
  graph.nodes.push_back({"s", Add{Activation::relu}, {0, 2}, shape});
  const auto values = run_float(graph, {1.0F, 2.0F, -3.0F, -4.0F});
  CHECK(values[1] == FloatTensor{3.0F, -1.5F, -5.0F, 4.5F});
  CHECK(values[2] == FloatTensor{3.0F, 0.0F, 0.0F, 4.5F});
  CHECK(values[3] == FloatTensor{4.0F, 2.0F, 0.0F, 0.5F});
}

TEST_CASE("a sum runs over the bias, then the rows in order, each product rounded") {
  // 2^24 + 1 + 1 is 2^24 in float32 when added one by one, and 2^24 + 2 in any other order.
  Conv conv;
  conv.out_channels = 1;
  conv.weights = {1.0F, 1.0F};
  conv.bias = {16777216.0F};
  const Graph graph = one_node({2, 1, 1}, conv, {1, 1, 1});
  CHECK(run_float(graph, {1.0F, 1.0F})[1][0] == 16777216.0F);
  // (1 + 2^-12)^2 = 1 + 2^-11 + 2^-24: a fused multiply-add would keep the last bit.
  conv.weights = {1.0F + 1.0F / 4096, 0.0F};
  conv.bias = {-1.0F - 1.0F / 2048};
  CHECK(run_float(one_node({2, 1, 1}, conv, {1, 1, 1}), {1.0F + 1.0F / 4096, 0.0F})[1][0] == 0.0F);
}

TEST_CASE("images are normalised channel by channel") {
  Dataset data;
  data.shape = {2, 1, 2};
  data.images = {0, 10, 255, 30, 1, 2, 3, 4};
  data.labels = {0, 1};
  Normalize normalize;
  CHECK(normalize_image(data, 1, normalize) == FloatTensor{1, 2, 3, 4});
  normalize.mean = {5.0, 10.0};
  normalize.std = {2.0, 4.0};
  CHECK(normalize_image(data, 0, normalize) == FloatTensor{-2.5F, 0.0F, 125.0F, 5.0F});
  normalize.mean = {1.0, 2.0, 3.0};
  try {
    (void)normalize_image(data, 0, normalize);
    FAIL("no error");
  } catch (const RuleError& error) {
    CHECK(error.path() == "workload.data.normalize.mean");
    CHECK(std::string(error.what()) == "has 3 values; the images have 2 channels: give one value or one per channel");
  }
}

TEST_CASE("images that do not fit the network are refused with both shapes") {
  Dataset data;
  data.shape = {1, 8, 8};
  const Graph image = one_node({1, 28, 28}, Relu{}, {1, 28, 28});
  CHECK(test::input_error([&] { require_fitting_images(image, data); }) ==
        "test: input 'x' takes images of 1x28x28 (channels x height x width); the data has 1x8x8");
  CHECK_NOTHROW(require_fitting_images(one_node({64, 1, 1}, Relu{}, {64, 1, 1}), data));
  data.shape = {4, 4, 4};  // would be flattened in another order
  CHECK(!test::input_error([&] { require_fitting_images(one_node({64, 1, 1}, Relu{}, {64, 1, 1}), data); }).empty());
  CHECK(test::input_error([&] { (void)run_float(image, FloatTensor(64)); }) ==
        "test: input 'x' takes 784 values (1x28x28); the image has 64");
}
