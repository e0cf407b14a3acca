// SPDX-License-Identifier: Apache-2.0
// QuantizedGraph → ONNX integer operators, such that onnxruntime computes the same integers: a second opinion on every
// intermediate. Float appears only where each operation is exactly rounded by IEEE 754 (Sub, Div, Mul, Add, Clip).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/config_reader.hpp"
#include "workloads/leaky.hpp"
#include "workloads/onnx_writer.hpp"
#include "workloads/quantize.hpp"
#include "workloads/window.hpp"

namespace ohmic::workloads {

namespace {

constexpr int kWeightZero = 128;  // weights go as uint8 around 128: the kernels for uint8 · uint8 never saturate inside

/// Throws for what ONNX cannot say exactly.
void require_exportable(const QuantizedGraph& graph);

class Exporter {
 public:
  Exporter(const QuantizedGraph& graph, const Normalize& normalize) : graph_(graph), normalize_(normalize) {}

  std::string run();

 private:
  [[nodiscard]] const QuantizedNode& node(int index) const { return graph_.nodes[static_cast<std::size_t>(index)]; }
  [[nodiscard]] const QuantizedNode& source(const QuantizedNode& n, std::size_t i = 0) const {
    return node(n.inputs[i]);
  }

  void add_input(const QuantizedNode& n);
  void add_conv(const QuantizedNode& n, const QuantizedConv& conv);
  /// Of all channels, those of zeros included.
  void add_pool(const QuantizedNode& n, const QuantizedPool& pool);
  void add_pooled(const QuantizedNode& n, const QuantizedPool& pool);
  void add_average_pool(const QuantizedNode& n, const QuantizedPool& pool);
  void add_sum(const QuantizedNode& n, const QuantizedAdd& add);
  void add_node(const QuantizedNode& n);

  /// Initializer with the zero point of an integer node, in that node's type.
  std::string zero_point(const QuantizedNode& n);
  /// Sums of `from` under `window` times weights.
  std::string convolved(const QuantizedNode& from, const std::string& weights, int weight_zero, const Window& window,
                        std::int64_t groups);
  /// (integer − zero point) · scale.
  std::string dequantized(const QuantizedNode& from, float scale, const std::string& result);
  /// Rounded quotients (float) → the same after a leaky ReLU.
  std::string leak(const std::string& quotient, const Leaky& leaky);
  /// Saturates and rounds quotients (float, without zero point) to the integers of node `n`.
  void finish(const QuantizedNode& n, const std::string& quotient, Activation activation, const Leaky& leaky = {});
  /// int32 accumulators · factors → `n`. `dims` is the shape of the factors.
  void requantize(const QuantizedNode& n, const std::string& accumulator, const std::vector<float>& factors,
                  const std::vector<std::int64_t>& dims, Activation activation, const Leaky& leaky = {});
  std::string number(float value) { return writer_.add_floats({value}, {}); }

  const QuantizedGraph& graph_;
  const Normalize& normalize_;
  OnnxWriter writer_;
};

std::vector<float> as_floats(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

void Exporter::add_input(const QuantizedNode& n) {
  const std::string pixels = writer_.add_input("pixels", n.shape);
  const auto per_channel = [&](const std::vector<double>& values) {
    return writer_.add_floats(as_floats(values), {1, static_cast<std::int64_t>(values.size()), 1, 1});
  };
  const std::string shifted = writer_.add_node("Sub", {pixels, per_channel(normalize_.mean)});
  writer_.add_node("Div", {shifted, per_channel(normalize_.std)}, n.name);
}

std::string Exporter::zero_point(const QuantizedNode& n) {
  return writer_.add_bytes({n.params.zero_point}, n.params.is_signed, {});
}

std::string Exporter::dequantized(const QuantizedNode& from, float scale, const std::string& result) {
  return writer_.add_node("DequantizeLinear", {from.name, writer_.add_floats({scale}, {}), zero_point(from)}, result);
}

std::string Exporter::leak(const std::string& quotient, const Leaky& leaky) {
  // Inside of these bounds all products are exact in float; outside of them 8 bits are saturated anyway.
  constexpr float kBound = 65536.0F;
  const float slope = std::ldexp(static_cast<float>(leaky.alpha), -kAlphaFractionBits);
  const float half = leaky.rounding == LeakyRounding::half_up ? 0.5F : 0.0F;
  const std::string rounded =
      writer_.add_node("Round", {writer_.add_node("Clip", {quotient, number(-kBound), number(kBound)})});
  const std::string negative = writer_.add_node("Mul", {writer_.add_node("Min", {rounded, number(0)}), number(slope)});
  const std::string leaked = writer_.add_node("Floor", {writer_.add_node("Add", {negative, number(half)})});
  return writer_.add_node("Add", {writer_.add_node("Max", {rounded, number(0)}), leaked});
}

void Exporter::finish(const QuantizedNode& n, const std::string& quotient, Activation activation, const Leaky& leaky) {
  if (activation == Activation::leaky_relu) return finish(n, leak(quotient, leaky), Activation::none);
  // Rounding after saturating is the same as before it, the bounds being integers.
  const int low = activation == Activation::relu ? 0 : n.params.q_min() - n.params.zero_point;
  const int high = n.params.q_max() - n.params.zero_point;
  const std::string clipped =
      writer_.add_node("Clip", {quotient, number(static_cast<float>(low)), number(static_cast<float>(high))});
  writer_.add_node("QuantizeLinear", {clipped, writer_.add_floats({1.0F}, {}), zero_point(n)}, n.name);
}

void Exporter::requantize(const QuantizedNode& n, const std::string& accumulator, const std::vector<float>& factors,
                          const std::vector<std::int64_t>& dims, Activation activation, const Leaky& leaky) {
  const std::string real = writer_.add_cast(accumulator, onnx::TensorProto::FLOAT);
  finish(n, writer_.add_node("Mul", {real, writer_.add_floats(factors, dims)}), activation, leaky);
}

/// [out][kh][kw][in] → [out][in][kh][kw], offset by kWeightZero.
std::vector<int> onnx_weights(const QuantizedConv& conv, int channels) {
  const auto taps = static_cast<std::size_t>(conv.rows / channels);
  const auto in = static_cast<std::size_t>(channels);
  std::vector<int> weights(conv.weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const std::size_t out = i / (taps * in);
    const std::size_t tap = i / in % taps;
    weights[(out * in + i % in) * taps + tap] = conv.weights[i] + kWeightZero;
  }
  return weights;
}

std::string Exporter::convolved(const QuantizedNode& from, const std::string& weights, int weight_zero,
                                const Window& window, std::int64_t groups) {
  std::string input = from.name;
  std::string zero;
  // onnxruntime's kernels for uint8 · int8 saturate inside where there is no VNNI: signed integers go as uint8 too.
  if (from.params.is_signed) {
    const int offset = -from.params.q_min();
    const std::string wide = writer_.add_cast(input, onnx::TensorProto::INT32);
    input =
        writer_.add_cast(writer_.add_node("Add", {wide, writer_.add_integers({offset}, {})}), onnx::TensorProto::UINT8);
    zero = writer_.add_bytes({from.params.zero_point + offset}, false, {});
  } else {
    zero = zero_point(from);
  }
  return writer_.add_windowed("ConvInteger", {input, weights, zero, writer_.add_bytes({weight_zero}, false, {})},
                              window, groups, "");
}

void Exporter::add_conv(const QuantizedNode& n, const QuantizedConv& conv) {
  const QuantizedNode& from = source(n);
  const std::int64_t out = conv.out_channels;
  const std::string weights = writer_.add_bytes(onnx_weights(conv, from.shape.channels), false,
                                                {out, from.shape.channels, conv.window.kernel_h, conv.window.kernel_w});
  const std::string sums = convolved(from, weights, kWeightZero, conv.window, 1);
  const std::vector<std::int32_t> bias(conv.bias.begin(), conv.bias.end());
  const std::string biased = writer_.add_node("Add", {sums, writer_.add_integers(bias, {1, out, 1, 1})});
  const auto factors = static_cast<std::int64_t>(conv.requant.scale.size());
  requantize(n, biased, conv.requant.scale, {1, factors, 1, 1}, conv.activation, conv.leaky);
}

void Exporter::add_pool(const QuantizedNode& n, const QuantizedPool& pool) {
  const int zeros = n.shape.channels - source(n).shape.channels;
  if (zeros == 0) return add_pooled(n, pool);
  QuantizedNode inner = n;
  inner.name = writer_.new_name(n.name + ".pooled");
  inner.shape.channels -= zeros;
  add_pooled(inner, pool);
  const std::string pads = writer_.add_longs({0, pool.zeros_before, 0, 0, 0, zeros - pool.zeros_before, 0, 0});
  writer_.add_node("Pad", {inner.name, pads, zero_point(n)}, n.name);
}

void Exporter::add_pooled(const QuantizedNode& n, const QuantizedPool& pool) {
  if (pool.kind == PoolKind::average) return add_average_pool(n, pool);
  writer_.add_windowed("MaxPool", {source(n).name}, pool.window, 0, n.name);
}

/// Sums by a depthwise convolution with ones; one factor per pixel, as windows at the border may hold fewer values.
void Exporter::add_average_pool(const QuantizedNode& n, const QuantizedPool& pool) {
  const QuantizedNode& from = source(n);
  const std::int64_t channels = n.shape.channels;
  const int full = pool.window.kernel_h * pool.window.kernel_w;
  const std::vector<int> ones(static_cast<std::size_t>(channels * full), 1);
  const std::string weights = writer_.add_bytes(ones, false, {channels, 1, pool.window.kernel_h, pool.window.kernel_w});
  const std::string sums = convolved(from, weights, 0, pool.window, channels);
  std::vector<float> factors;
  for (int y = 0; y < n.shape.height; ++y) {
    for (int x = 0; x < n.shape.width; ++x) {
      const int count = pool.count_include_pad ? full : std::max(window_count(pool.window, from.shape, y, x), 1);
      const std::size_t index = pool.requant.scale.size() == 1 ? 0 : static_cast<std::size_t>(count - 1);
      factors.push_back(pool.requant.scale[index]);
    }
  }
  requantize(n, sums, factors, {1, 1, n.shape.height, n.shape.width}, Activation::none);
}

void Exporter::add_sum(const QuantizedNode& n, const QuantizedAdd& add) {
  const std::string a = dequantized(source(n, 0), add.requant.scale[0], "");
  const std::string b = dequantized(source(n, 1), add.requant.scale[1], "");
  finish(n, writer_.add_node("Add", {a, b}), add.activation, add.leaky);
}

void Exporter::add_node(const QuantizedNode& n) {
  if (std::holds_alternative<QuantizedInput>(n.operation)) {
    add_input(n);
  } else if (const auto* conv = std::get_if<QuantizedConv>(&n.operation)) {
    add_conv(n, *conv);
  } else if (const auto* pool = std::get_if<QuantizedPool>(&n.operation)) {
    add_pool(n, *pool);
  } else if (const auto* add = std::get_if<QuantizedAdd>(&n.operation)) {
    add_sum(n, *add);
  } else if (std::holds_alternative<QuantizedRelu>(n.operation)) {
    writer_.add_node("Max", {source(n).name, zero_point(n)}, n.name);
  } else if (const auto* leaky = std::get_if<QuantizedLeakyRelu>(&n.operation)) {
    finish(n, dequantized(source(n), 1.0F, ""), Activation::leaky_relu, leaky->leaky);
  } else if (std::holds_alternative<Quantize>(n.operation)) {
    const std::string scale = writer_.add_floats({static_cast<float>(n.params.scale)}, {});
    finish(n, writer_.add_node("Div", {source(n).name, scale}), Activation::none);
  } else {
    dequantized(source(n), static_cast<float>(source(n).params.scale), n.name);
  }
}

std::string Exporter::run() {
  for (const QuantizedNode& n : graph_.nodes) writer_.reserve(n.name);
  for (const QuantizedNode& n : graph_.nodes) {
    add_node(n);
    writer_.add_output(n.name, n.shape, n.is_integer, n.params.is_signed);
  }
  return writer_.serialize(graph_.name);
}

/// Largest magnitude that an accumulator of the layer can reach.
std::int64_t reachable(const QuantizedConv& conv, const QuantParams& input) {
  const std::int64_t x = std::max(input.q_max() - input.zero_point, input.zero_point - input.q_min());
  std::int64_t largest = 0;
  for (std::size_t c = 0; c < conv.bias.size(); ++c) {
    std::int64_t sum = std::abs(conv.bias[c]);
    for (int r = 0; r < conv.rows; ++r)
      sum += x * std::abs(conv.weights[c * static_cast<std::size_t>(conv.rows) + static_cast<std::size_t>(r)]);
    largest = std::max(largest, sum);
  }
  return largest;
}

void require_exportable_conv(const QuantizedGraph& graph, const QuantizedNode& n, const QuantizedConv& conv) {
  if (conv.weight_bits > 8) {
    throw RuleError(
        "quantization.rules",
        fmt::format("node '{}' has weights of {} bits, ONNX's integer operators take 8", n.name, conv.weight_bits));
  }
  const QuantParams& input = graph.nodes[static_cast<std::size_t>(n.inputs[0])].params;
  // An overflow that is an error never gets as far as a result, so only the 32 bits of ONNX count then.
  const int own = graph.accumulator.overflow == Overflow::error ? 32 : std::min(graph.accumulator.bits, 32);
  if (graph.accumulator.overflow == Overflow::error && graph.accumulator.bits <= 32) return;
  if (reachable(conv, input) < std::int64_t{1} << (own - 1)) return;
  throw RuleError("quantization.accumulator.bits",
                  fmt::format("accumulators of node '{}' can leave {} bits, where ONNX does not do what "
                              "quantization.accumulator says",
                              n.name, own));
}

const Requant* requant_of(const QuantizedOperation& operation) {
  if (const auto* conv = std::get_if<QuantizedConv>(&operation)) return &conv->requant;
  if (const auto* add = std::get_if<QuantizedAdd>(&operation)) return &add->requant;
  const auto* pool = std::get_if<QuantizedPool>(&operation);
  return pool != nullptr && pool->kind == PoolKind::average ? &pool->requant : nullptr;
}

void require_exportable(const QuantizedGraph& graph) {
  for (const QuantizedNode& n : graph.nodes) {
    const Requant* requant = requant_of(n.operation);
    if (requant != nullptr && requant->kind != RequantKind::real) {
      throw RuleError("quantization.requantization.kind", "must be float for an export in ONNX's integer operators");
    }
    if (n.is_integer && n.params.bits > 8) {
      throw RuleError("quantization.rules",
                      fmt::format("node '{}' has activations of {} bits, ONNX's integer operators "
                                  "take 8",
                                  n.name, n.params.bits));
    }
    if (std::holds_alternative<FloatOperation>(n.operation)) {
      throw RuleError("quantization.rules",
                      fmt::format("node '{}' stays float: ONNX leaves the order of float sums open, so that its export "
                                  "would not be exact",
                                  n.name));
    }
    const Leaky* leaky = leaky_of(n.operation);
    if (leaky != nullptr && leaky->randomized) {
      throw RuleError("quantization.rules",
                      fmt::format("node '{}' has randomized leaky ReLU, which no ONNX operator computes", n.name));
    }
    const auto* conv = std::get_if<QuantizedConv>(&n.operation);
    if (conv != nullptr) require_exportable_conv(graph, n, *conv);
  }
}

}  // namespace

std::string export_integer_onnx(const QuantizedGraph& graph, const Normalize& normalize) {
  require_exportable(graph);
  return Exporter(graph, normalize).run();
}

}  // namespace ohmic::workloads
