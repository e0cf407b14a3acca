// SPDX-License-Identifier: Apache-2.0
#include "workloads/float_executor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "base/config_reader.hpp"
#include "base/parallel.hpp"
#include "workloads/requantize.hpp"

namespace ohmic::workloads {

namespace {

// Outputs that are summed side by side: four SSE registers, so that sums stay in registers on any x86-64.
constexpr int kBlock = 16;

/// Weights [out][row] as [block][row][kBlock].
std::vector<float> pack_weights(const Conv& conv) {
  const auto outs = static_cast<std::size_t>(conv.out_channels);
  const std::size_t rows = conv.weights.size() / outs;
  const std::size_t blocks = (outs + kBlock - 1) / kBlock;
  std::vector<float> packed(blocks * rows * kBlock, 0.0F);
  for (std::size_t o = 0; o < outs; ++o) {
    float* to = packed.data() + (o / kBlock) * rows * kBlock + o % kBlock;
    for (std::size_t r = 0; r < rows; ++r) to[r * kBlock] = conv.weights[o * rows + r];
  }
  return packed;
}

/// Kernel positions that lie on the image, along one side: [first, last).
struct Span {
  int first;
  int last;
};

Span kernel_span(int start, int kernel, int dilation, int size) {
  const int first = start >= 0 ? 0 : (-start + dilation - 1) / dilation;
  const int last = start >= size ? 0 : (size - 1 - start) / dilation + 1;
  return {first, std::min(kernel, last)};
}

/// Where a window stands on the image.
struct Place {
  int y;  // of kernel position 0, may lie outside
  int x;
  Span rows;
  Span columns;
};

Place place_window(const Window& w, const Shape& input, int out_y, int out_x) {
  const int y = out_y * w.stride_h - w.pad_top;
  const int x = out_x * w.stride_w - w.pad_left;
  return {y, x, kernel_span(y, w.kernel_h, w.dilation_h, input.height),
          kernel_span(x, w.kernel_w, w.dilation_w, input.width)};
}

/// sums[j] += Σ_r values[r] · weights[r][j], in the order of r.
inline void accumulate(const float* values, const float* weights, int rows, float* __restrict sums) {
  std::array<float, kBlock> local{};
  std::copy_n(sums, kBlock, local.data());
  for (int r = 0; r < rows; ++r) {
    const float value = values[r];
    const float* row = weights + std::ptrdiff_t{r} * kBlock;
    for (int j = 0; j < kBlock; ++j) local[static_cast<std::size_t>(j)] += row[j] * value;
  }
  std::copy_n(local.data(), kBlock, sums);
}

void activate(FloatTensor& values, Activation activation, float slope) {
  if (activation == Activation::relu) {
    for (float& value : values) value = value > 0.0F ? value : 0.0F;
  } else if (activation == Activation::leaky_relu) {
    for (float& value : values) value = value >= 0.0F ? value : slope * value;
  }
}

struct Runner {
  const Shape& input;
  const Shape& output;
  const std::vector<float>& packed;
  const std::vector<const FloatTensor*>& inputs;

  [[nodiscard]] const float* pixel(int y, int x) const {
    return inputs[0]->data() + (std::ptrdiff_t{y} * input.width + x) * input.channels;
  }

  /// One block of output channels at one output pixel.
  void conv_block(const Window& w, const Place& place, const float* weights, float* sums) const {
    const int columns = place.columns.last - place.columns.first;
    for (int kh = place.rows.first; kh < place.rows.last; ++kh) {
      const int y = place.y + kh * w.dilation_h;
      const std::ptrdiff_t row = (std::ptrdiff_t{kh} * w.kernel_w + place.columns.first) * input.channels;
      if (columns > 0 && w.dilation_w == 1) {  // neighbouring pixels: one run of values
        accumulate(pixel(y, place.x + place.columns.first), weights + row * kBlock, columns * input.channels, sums);
        continue;
      }
      for (int kw = place.columns.first; kw < place.columns.last; ++kw) {
        const std::ptrdiff_t at = (std::ptrdiff_t{kh} * w.kernel_w + kw) * input.channels;
        accumulate(pixel(y, place.x + kw * w.dilation_w), weights + at * kBlock, input.channels, sums);
      }
    }
  }

  FloatTensor operator()(const Conv& conv) const {
    FloatTensor result(static_cast<std::size_t>(output.values()));
    const std::ptrdiff_t block_size = static_cast<std::ptrdiff_t>(conv.weights.size()) / conv.out_channels * kBlock;
    float* out = result.data();
    for (int y = 0; y < output.height; ++y) {
      for (int x = 0; x < output.width; ++x, out += output.channels) {
        const Place place = place_window(conv.window, input, y, x);
        for (int o = 0; o < conv.out_channels; o += kBlock) {
          const int count = std::min(kBlock, conv.out_channels - o);
          std::array<float, kBlock> sums{};
          std::copy_n(conv.bias.data() + o, count, sums.data());
          conv_block(conv.window, place, packed.data() + o / kBlock * block_size, sums.data());
          std::copy_n(sums.data(), count, out + o);
        }
      }
    }
    activate(result, conv.activation, conv.slope);
    return result;
  }

  /// `out`: the channels of the input.
  void pool_pixel(const Pool& pool, const Place& place, float* out) const {
    const bool is_max = pool.kind == PoolKind::max;
    std::fill_n(out, input.channels, is_max ? -std::numeric_limits<float>::infinity() : 0.0F);
    const Window& w = pool.window;
    for (int kh = place.rows.first; kh < place.rows.last; ++kh) {
      for (int kw = place.columns.first; kw < place.columns.last; ++kw) {
        const float* in = pixel(place.y + kh * w.dilation_h, place.x + kw * w.dilation_w);
        for (int c = 0; c < input.channels; ++c) out[c] = is_max ? std::max(out[c], in[c]) : out[c] + in[c];
      }
    }
    if (is_max) return;
    const int inside = (place.rows.last - place.rows.first) * (place.columns.last - place.columns.first);
    const int divisor = pool.count_include_pad ? w.kernel_h * w.kernel_w : inside;
    for (int c = 0; c < input.channels; ++c) out[c] /= static_cast<float>(divisor);
  }

  FloatTensor operator()(const Pool& pool) const {
    FloatTensor result(static_cast<std::size_t>(output.values()));
    float* out = result.data();
    for (int y = 0; y < output.height; ++y) {
      for (int x = 0; x < output.width; ++x, out += output.channels) {
        pool_pixel(pool, place_window(pool.window, input, y, x), out + pool.zeros_before);
      }
    }
    return result;
  }

  FloatTensor operator()(const Add& add) const {
    FloatTensor result = *inputs[0];
    for (std::size_t i = 0; i < result.size(); ++i) result[i] += (*inputs[1])[i];
    activate(result, add.activation, add.slope);
    return result;
  }

  FloatTensor operator()(const Affine& affine) const {
    FloatTensor result = *inputs[0];
    const std::size_t channels = affine.scale.size();
    for (std::size_t i = 0; i < result.size(); ++i) {
      result[i] = affine.scale[i % channels] * result[i] + affine.bias[i % channels];
    }
    activate(result, affine.activation, affine.slope);
    return result;
  }

  FloatTensor operator()(const Relu&) const {
    FloatTensor result = *inputs[0];
    activate(result, Activation::relu, 0);
    return result;
  }

  FloatTensor operator()(const LeakyRelu& leaky) const {
    FloatTensor result = *inputs[0];
    activate(result, Activation::leaky_relu, leaky.slope);
    return result;
  }

  FloatTensor operator()(const Input&) const { return *inputs[0]; }
  FloatTensor operator()(const Round&) const { return *inputs[0]; }
};

void require_one_or_per_channel(const char* key, std::size_t values, int channels) {
  if (values == 1 || values == static_cast<std::size_t>(channels)) return;
  throw RuleError(
      fmt::format("workload.data.normalize.{}", key),
      fmt::format("has {} values; the images have {} channels: give one value or one per channel", values, channels));
}

}  // namespace

FloatTensor normalize_image(const Dataset& data, int image, const Normalize& normalize) {
  const auto channels = static_cast<std::size_t>(data.shape.channels);
  require_one_or_per_channel("mean", normalize.mean.size(), data.shape.channels);
  require_one_or_per_channel("std", normalize.std.size(), data.shape.channels);
  const auto values = static_cast<std::size_t>(data.shape.values());
  const std::uint8_t* pixels = data.image(image);
  FloatTensor result(values);
  for (std::size_t c = 0; c < channels; ++c) {
    const auto mean = static_cast<float>(normalize.mean[normalize.mean.size() == 1 ? 0 : c]);
    const auto deviation = static_cast<float>(normalize.std[normalize.std.size() == 1 ? 0 : c]);
    for (std::size_t i = c; i < values; i += channels) result[i] = (static_cast<float>(pixels[i]) - mean) / deviation;
  }
  return result;
}

void require_fitting_images(const std::string& network, const std::string& input, const Shape& shape,
                            const Dataset& data) {
  if (is_same_layout(data.shape, shape)) return;
  throw InputError(network, fmt::format("input '{}' takes images of {} (channels x height x width); the data has {}",
                                        input, shape_text(shape), shape_text(data.shape)));
}

FloatKernel::FloatKernel(const Operation& operation, const Shape& input, const Shape& output)
    : operation_(&operation), input_(input), output_(output) {
  if (const auto* conv = std::get_if<Conv>(&operation)) packed_weights_ = pack_weights(*conv);
}

FloatTensor FloatKernel::run(const std::vector<const FloatTensor*>& inputs) const {
  return std::visit(Runner{input_, output_, packed_weights_, inputs}, *operation_);
}

namespace {

FloatKernel make_kernel(const Graph& graph, const Node& node) {
  const Shape& input = node.inputs.empty() ? node.shape : graph.nodes[static_cast<std::size_t>(node.inputs[0])].shape;
  return {node.operation, input, node.shape};
}

/// The values that the integers of `node`, if it has any, stand for.
FloatTensor rounded(const Node& node, FloatTensor values) {
  if (!node.integers) return values;
  for (float& value : values) value = dequantize_value(quantize_value(value, *node.integers), *node.integers);
  return values;
}

FloatTensor run_kernel(const FloatKernel& kernel, const Node& node, const std::vector<FloatTensor>& values) {
  std::vector<const FloatTensor*> inputs;
  for (const int input : node.inputs) inputs.push_back(&values[static_cast<std::size_t>(input)]);
  return rounded(node, kernel.run(inputs));
}

}  // namespace

FloatExecutor::FloatExecutor(const Graph& graph) : graph_(graph) {
  kernels_.reserve(graph.nodes.size());
  for (const Node& node : graph.nodes) kernels_.push_back(make_kernel(graph, node));
}

FloatTensor FloatExecutor::run_node(int node, const std::vector<FloatTensor>& values) const {
  const auto index = static_cast<std::size_t>(node);
  return run_kernel(kernels_[index], graph_.nodes[index], values);
}

std::vector<FloatTensor> FloatExecutor::run(const FloatTensor& input) const {
  const Node& first = graph_.nodes.front();
  if (static_cast<std::int64_t>(input.size()) != first.shape.values()) {
    throw InputError(graph_.name, fmt::format("input '{}' takes {} values ({}); the image has {}", first.name,
                                              first.shape.values(), shape_text(first.shape), input.size()));
  }
  std::vector<FloatTensor> values(graph_.nodes.size());
  values[0] = rounded(first, input);
  for (std::size_t i = 1; i < values.size(); ++i) values[i] = run_node(static_cast<int>(i), values);
  return values;
}

std::vector<FloatTensor> run_float(const Graph& graph, const FloatTensor& input) {
  return FloatExecutor(graph).run(input);
}

}  // namespace ohmic::workloads
