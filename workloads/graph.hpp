// SPDX-License-Identifier: Apache-2.0
// A trained network as plain data, in float. Importers bring every network into this canonical form: fully
// connected layers are convolutions whose kernel covers the whole image, constant additions and batch
// normalisation are folded into the layer before, rectifiers are fused into it, a final softmax is left out (it
// changes no ranking). Where the file brings integers of its own (QuantizeLinear, DequantizeLinear), nodes say to
// which integers their results are rounded, and convolutions keep the integers of their weights.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace ohmic::workloads {

/// Shape of one image's tensor. Values lie row by row, pixel by pixel, channel fastest: [height][width][channels].
struct Shape {
  int channels = 0;
  int height = 0;
  int width = 0;

  [[nodiscard]] int pixels() const { return height * width; }
  [[nodiscard]] std::int64_t values() const { return std::int64_t{1} * channels * height * width; }
  bool operator==(const Shape&) const = default;
};

/// True when values of `data` lie as the network wants them: shapes are the same, or `network` is a flat vector of as
/// many values and `data` has one channel.
[[nodiscard]] bool is_same_layout(const Shape& data, const Shape& network);
/// "3x32x32", channels first.
[[nodiscard]] std::string shape_text(const Shape& shape);

/// real value = scale · (integer − zero_point).
struct QuantParams {
  int bits = 8;
  bool is_signed = false;
  double scale = 1;
  int zero_point = 0;

  [[nodiscard]] int q_min() const { return is_signed ? -(1 << (bits - 1)) : 0; }
  [[nodiscard]] int q_max() const { return (is_signed ? 1 << (bits - 1) : 1 << bits) - 1; }
  bool operator==(const QuantParams&) const = default;
};

/// Sliding window of a convolution or pooling. Output size = (size + pads − dilation·(kernel − 1) − 1) / stride + 1.
struct Window {
  int kernel_h = 1, kernel_w = 1;
  int stride_h = 1, stride_w = 1;
  int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  int dilation_h = 1, dilation_w = 1;

  /// Height and width of the output, channels as in `input`. Either is <= 0 when the window does not fit.
  [[nodiscard]] Shape output_shape(const Shape& input) const;
  bool operator==(const Window&) const = default;
};

/// What is applied to a node's result before it leaves.
/// leaky_relu: x, or slope · x where x is negative.
enum class Activation { none, relu, leaky_relu };

struct Input {};

/// What the file has of a layer in integers.
struct IntegerWeights {
  int bits = 8;
  std::vector<std::int16_t> weights;  // in the order of the real ones
  std::vector<double> scale;          // one, or one per output channel: weight = scale · integer
  std::vector<std::int64_t> bias;     // empty: the file has real ones
  std::vector<double> bias_scale;     // one, or one per output channel
};

/// y[o] = activation(bias[o] + Σ weights[o][kh][kw][c] · x[…][c]); weights lie [out][kernel_h][kernel_w][in].
struct Conv {
  Window window;
  int out_channels = 0;
  std::vector<float> weights;
  std::vector<float> bias;  // out_channels values
  Activation activation = Activation::none;
  float slope = 0;                                        // of leaky_relu
  std::optional<IntegerWeights> integers = std::nullopt;  // whose values `weights` and `bias` are
};

enum class PoolKind { max, average };
struct Pool {
  PoolKind kind = PoolKind::max;
  Window window;
  bool count_include_pad = false;  // average: divide by the kernel's size at the border too
  int zeros_before = 0;            // channels of zeros before and after those of the input
  int zeros_after = 0;
};

/// Sum of two tensors of one shape.
struct Add {
  Activation activation = Activation::none;
  float slope = 0;
};

/// y[c] = scale[c] · x[c] + bias[c], where no layer before could take it in.
struct Affine {
  std::vector<float> scale;
  std::vector<float> bias;
  Activation activation = Activation::none;
  float slope = 0;
};

struct Relu {};

/// The one that no layer before could take in.
struct LeakyRelu {
  float slope = 0;
};

/// y = x, rounded to the node's integers: where the node before could not take that in.
struct Round {};

using Operation = std::variant<Input, Conv, Pool, Add, Affine, Relu, LeakyRelu, Round>;

struct Node {
  std::string name;  // of the ONNX node (its output's name where the node has none), unique
  Operation operation;
  std::vector<int> inputs;  // indices of earlier nodes
  Shape shape;              // of the output
  /// The file rounds the result to these integers; every node after it sees the rounded values.
  std::optional<QuantParams> integers = std::nullopt;
};

/// Nodes in topological order; nodes[0] is the only input.
struct Graph {
  std::string name;
  std::vector<Node> nodes;
  int output = 0;
};

/// True when results are among the inputs (or zero), so that integers stay what they are: maxima, rectifiers.
[[nodiscard]] bool picks_inputs(const Operation& operation);

/// Whether the file brings integers of its own.
[[nodiscard]] bool has_integers(const Graph& graph);

/// Multiplications of one image: Σ over convolutions of output pixels · output channels · kernel · input channels.
[[nodiscard]] std::int64_t count_macs(const Graph& graph);

/// "max_pool", "average_pool", or "subsample" for a window of one.
[[nodiscard]] std::string pool_name(PoolKind kind, const Window& window);
/// Name of an operation in listings: "conv", "max_pool", …
[[nodiscard]] std::string operation_name(const Operation& operation);

}  // namespace ohmic::workloads
