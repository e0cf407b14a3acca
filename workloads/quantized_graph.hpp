// SPDX-License-Identifier: Apache-2.0
// A network in integers: what the chip computes, exactly. Nodes that no rule matches stay float ("on the digital
// unit"), with quantize and dequantize nodes at the borders. This is the one definition of the integer network;
// execute.hpp is its one executor.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "workloads/graph.hpp"
#include "workloads/quantization_spec.hpp"

namespace ohmic::workloads {

EnumNames enum_names(Activation);

/// How an accumulator becomes an output integer; one entry per output channel, or one for all.
///   real:             round_half_even(float32(acc) · scale[c])        scale[c] = float32(s_in · s_weight[c] / s_out)
///   multiplier_shift: round(acc · multiplier[c] / 2^shift[c])         multiplier in [2^30, 2^31)
///   shift:            round(acc / 2^shift[c])
/// then plus the zero point, saturated to the output's range.
struct Requant {
  RequantKind kind = RequantKind::real;
  Rounding rounding = Rounding::half_even;
  std::vector<float> scale;
  std::vector<std::int32_t> multiplier;
  std::vector<std::int32_t> shift;

  /// The rounded quotient, before zero point and saturation.
  [[nodiscard]] std::int64_t apply(std::int64_t accumulator, int channel) const;
};

/// Leaky ReLU of a quotient, before zero point and saturation: q < 0 becomes rounded(q · alpha / 2^6). Randomized:
/// alpha is drawn for every beat of `lanes` outputs, beats counted in the order image, pixel, beat from the start of
/// the run (leaky.hpp).
struct Leaky {
  int alpha = 0;  // Q2.6, 0 … 127; not read where randomized
  LeakyRounding rounding = LeakyRounding::half_up;
  std::optional<RandomizedLeaky> randomized;
};

/// Pixels → float: the input as the data set gives it, normalised.
struct QuantizedInput {};

/// Float → integers by the node's own `params`: round_half_even(x / scale) + zero point, saturated.
struct Quantize {};
/// Integers → float.
struct Dequantize {};
/// A node of the float graph, in float.
struct FloatOperation {
  Operation operation;
};

/// Matrix-vector product on the arrays, then bias, requantization, activation on the digital unit.
///   acc[o] = bias[o] + Σ_r weights[o][r] · (x[r] − input zero point), r = (kh · kernel_w + kw) · in_channels + c
/// Padding reads the zero point, so it adds nothing.
struct QuantizedConv {
  Window window;
  int out_channels = 0;
  int rows = 0;                       // kernel_h · kernel_w · in_channels
  int weight_bits = 8;                // weights lie in −(2^(b−1)) … 2^(b−1) − 1
  std::vector<std::int16_t> weights;  // [out_channels][rows]
  std::vector<double> weight_scale;   // one, or one per output channel
  std::vector<std::int64_t> bias;     // in accumulator units
  Requant requant;
  Activation activation = Activation::none;
  Leaky leaky;  // of leaky_relu
};

/// max: the largest integer. average: Σ(x − zero point) requantized, 1/count being part of the scale; where the
/// divisor differs at the border (count_include_pad false), channel index of `requant` is count − 1. `raw`: Σx
/// requantized, no zero point taken off nor added, as TFLite averages where both sides have the same parameters.
/// Channels: `zeros_before` of zero points, those of the input, then zero points up to the node's.
struct QuantizedPool {
  PoolKind kind = PoolKind::max;
  Window window;
  bool count_include_pad = false;
  Requant requant;
  int zeros_before = 0;
  bool raw = false;
};

/// real: round_half_even(float32(float32(a−z_a)·scale_a + float32(b−z_b)·scale_b)); otherwise
/// round((m_a·(a−z_a) + m_b·(b−z_b)) / 2^shift) with one common shift. Entry 0 of `requant` is input a, entry 1 b.
/// multiplier_shift with rounding tflite: q_2(q_0(2^20·(a−z_a)) + q_1(2^20·(b−z_b))), q_i the quotient of entry i, as
/// TFLite adds 8-bit integers.
struct QuantizedAdd {
  Requant requant;
  Activation activation = Activation::none;
  Leaky leaky;
};

/// y = max(x, zero point); parameters as the input's.
struct QuantizedRelu {};

/// Leaky ReLU of x − zero point; parameters as the input's.
struct QuantizedLeakyRelu {
  Leaky leaky;
};

using QuantizedOperation = std::variant<QuantizedInput, Quantize, Dequantize, FloatOperation, QuantizedConv,
                                        QuantizedPool, QuantizedAdd, QuantizedRelu, QuantizedLeakyRelu>;

struct QuantizedNode {
  std::string name;
  QuantizedOperation operation;
  std::vector<int> inputs;
  Shape shape;
  bool is_integer = false;  // what the node puts out; `params` holds only then
  QuantParams params;
};

struct QuantizedGraph {
  std::string name;
  std::vector<QuantizedNode> nodes;  // topological; nodes[0] is the input
  int output = 0;
  AccumulatorSpec accumulator;
  Warnings warnings;  // what quantization found worth telling

  [[nodiscard]] const QuantParams& input_params(int node) const {
    return nodes[static_cast<std::size_t>(nodes[static_cast<std::size_t>(node)].inputs[0])].params;
  }
  /// Indices of the QuantizedConv nodes, in order: "layer k" everywhere is the k-th of these.
  [[nodiscard]] std::vector<int> matrix_nodes() const;
  /// By node: which of these it is, −1 for others.
  [[nodiscard]] std::vector<int> layer_of_node() const;
  [[nodiscard]] const std::string& layer_name(std::size_t layer) const {
    return nodes[static_cast<std::size_t>(matrix_nodes()[layer])].name;
  }
};

/// Text form (JSON) and back; the round trip is exact.
[[nodiscard]] std::string save_quantized_graph(const QuantizedGraph& graph);
[[nodiscard]] QuantizedGraph load_quantized_graph(const std::string& text);

[[nodiscard]] std::string operation_name(const QuantizedOperation& operation);

/// The leaky ReLU of a node, its own or one fused into it; nullptr when it has none.
[[nodiscard]] const Leaky* leaky_of(const QuantizedOperation& operation);

}  // namespace ohmic::workloads
