// SPDX-License-Identifier: Apache-2.0
// A trained network as plain data, in float. Importers bring every network into this canonical form: fully
// connected layers are convolutions whose kernel covers the whole image, constant additions and batch
// normalisation are folded into the layer before, rectifiers are fused into it, a final softmax is left out (it
// changes no ranking).
#pragma once

#include <cstdint>
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

/// y[o] = activation(bias[o] + Σ weights[o][kh][kw][c] · x[…][c]); weights lie [out][kernel_h][kernel_w][in].
struct Conv {
  Window window;
  int out_channels = 0;
  std::vector<float> weights;
  std::vector<float> bias;  // out_channels values
  Activation activation = Activation::none;
  float slope = 0;  // of leaky_relu
};

enum class PoolKind { max, average };
struct Pool {
  PoolKind kind = PoolKind::max;
  Window window;
  bool count_include_pad = false;  // average: divide by the kernel's size at the border too
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

using Operation = std::variant<Input, Conv, Pool, Add, Affine, Relu, LeakyRelu>;

struct Node {
  std::string name;  // of the ONNX node (its output's name where the node has none), unique
  Operation operation;
  std::vector<int> inputs;  // indices of earlier nodes
  Shape shape;              // of the output
};

/// Nodes in topological order; nodes[0] is the only input.
struct Graph {
  std::string name;
  std::vector<Node> nodes;
  int output = 0;
};

/// Multiplications of one image: Σ over convolutions of output pixels · output channels · kernel · input channels.
[[nodiscard]] std::int64_t count_macs(const Graph& graph);

/// Name of an operation in listings: "conv", "max_pool", …
[[nodiscard]] std::string operation_name(const Operation& operation);

}  // namespace ohmic::workloads
