// SPDX-License-Identifier: Apache-2.0
// QuantizedGraph ⇄ JSON, through `fields` like everything else that is saved. Long lists are packed into one text.
#include <fmt/format.h>

#include "base/config_reader.hpp"
#include "base/files.hpp"
#include "base/json_writer.hpp"
#include "workloads/leaky.hpp"
#include "workloads/quantized_graph_file.hpp"

namespace ohmic::workloads {

namespace {

enum class RealKind { input, conv, pool, add, affine, relu, leaky_relu, round };
enum class NodeKind { input, quantize, dequantize, real, conv, pool, add, relu, leaky_relu };

constexpr Key kNeeded{.required = true};

/// Reads or writes the name of the alternative that `variant` holds; while reading, makes it hold that one.
template <class Kind, class Variant, std::size_t... I>
void key_alternative(Fields& f, std::string_view name, Variant& variant, std::index_sequence<I...>) {
  auto kind = static_cast<Kind>(variant.index());
  f.key(name, kind, kNeeded);
  const auto index = static_cast<std::size_t>(kind);
  if (index == variant.index()) return;
  ((index == I ? static_cast<void>(variant.template emplace<I>()) : void()), ...);
}

}  // namespace

EnumNames enum_names(Activation) {
  return {{"none", static_cast<int>(Activation::none)},
          {"relu", static_cast<int>(Activation::relu)},
          {"leaky_relu", static_cast<int>(Activation::leaky_relu)}};
}

static EnumNames enum_names(PoolKind) {
  return {{"max", static_cast<int>(PoolKind::max)}, {"average", static_cast<int>(PoolKind::average)}};
}

namespace {

EnumNames enum_names(RealKind) {
  return {{"input", static_cast<int>(RealKind::input)},
          {"conv", static_cast<int>(RealKind::conv)},
          {"pool", static_cast<int>(RealKind::pool)},
          {"add", static_cast<int>(RealKind::add)},
          {"affine", static_cast<int>(RealKind::affine)},
          {"relu", static_cast<int>(RealKind::relu)},
          {"leaky_relu", static_cast<int>(RealKind::leaky_relu)},
          {"round", static_cast<int>(RealKind::round)}};
}

EnumNames enum_names(NodeKind) {
  return {{"input", static_cast<int>(NodeKind::input)},
          {"quantize", static_cast<int>(NodeKind::quantize)},
          {"dequantize", static_cast<int>(NodeKind::dequantize)},
          {"float", static_cast<int>(NodeKind::real)},
          {"conv", static_cast<int>(NodeKind::conv)},
          {"pool", static_cast<int>(NodeKind::pool)},
          {"add", static_cast<int>(NodeKind::add)},
          {"relu", static_cast<int>(NodeKind::relu)},
          {"leaky_relu", static_cast<int>(NodeKind::leaky_relu)}};
}

}  // namespace

static void fields(Fields& f, Shape& s) {
  f.key("channels", s.channels, {.required = true, .min = 1});
  f.key("height", s.height, {.required = true, .min = 1});
  f.key("width", s.width, {.required = true, .min = 1});
}

static void fields(Fields& f, Window& s) {
  f.key("kernel_h", s.kernel_h, {.required = true, .min = 1});
  f.key("kernel_w", s.kernel_w, {.required = true, .min = 1});
  f.key("stride_h", s.stride_h, {.required = true, .min = 1});
  f.key("stride_w", s.stride_w, {.required = true, .min = 1});
  f.key("pad_top", s.pad_top, kNeeded);
  f.key("pad_left", s.pad_left, kNeeded);
  f.key("pad_bottom", s.pad_bottom, kNeeded);
  f.key("pad_right", s.pad_right, kNeeded);
  f.key("dilation_h", s.dilation_h, {.required = true, .min = 1});
  f.key("dilation_w", s.dilation_w, {.required = true, .min = 1});
}

static void fields(Fields& f, QuantParams& s) {
  f.key("bits", s.bits, {.required = true, .min = 2, .max = 16});
  f.key("signed", s.is_signed, kNeeded);
  f.key("scale", s.scale, {.required = true, .positive = true});
  f.key("zero_point", s.zero_point, kNeeded);
}

static void fields(Fields& f, Requant& s) {
  f.key("kind", s.kind, kNeeded);
  f.key("rounding", s.rounding, kNeeded);
  f.key("scale", Packed<float>{s.scale}, kNeeded);
  f.key("multiplier", Packed<std::int32_t>{s.multiplier}, kNeeded);
  f.key("shift", Packed<std::int32_t>{s.shift}, kNeeded);
}

static void fields(Fields& f, Leaky& s) {
  f.key("alpha", s.alpha, {.required = true, .min = 0, .max = kLargestAlpha});
  f.key("rounding", s.rounding, kNeeded);
  f.key("randomized", s.randomized);
}

namespace {

/// The keys of one alternative beside `kind`.
struct OperationFields {
  Fields& f;

  void operator()(Input& /*s*/) const {}
  void operator()(Relu& /*s*/) const {}
  void operator()(Round& /*s*/) const {}
  void operator()(LeakyRelu& s) const { f.key("slope", s.slope, kNeeded); }
  void operator()(QuantizedInput& /*s*/) const {}
  void operator()(Quantize& /*s*/) const {}
  void operator()(Dequantize& /*s*/) const {}
  void operator()(QuantizedRelu& /*s*/) const {}
  void operator()(QuantizedLeakyRelu& s) const { f.key("leaky", s.leaky, kNeeded); }
  void operator()(Conv& s) const {
    f.key("window", s.window, kNeeded);
    f.key("out_channels", s.out_channels, {.required = true, .min = 1});
    f.key("weights", Packed<float>{s.weights}, kNeeded);
    f.key("bias", Packed<float>{s.bias}, kNeeded);
    real_activation(s);
  }
  void operator()(Pool& s) const {
    f.key("pool", s.kind, kNeeded);
    f.key("window", s.window, kNeeded);
    f.key("count_include_pad", s.count_include_pad, kNeeded);
    f.key("zeros_before", s.zeros_before, {.required = true, .min = 0});
    f.key("zeros_after", s.zeros_after, {.required = true, .min = 0});
  }
  void operator()(Add& s) const { real_activation(s); }
  void operator()(Affine& s) const {
    f.key("scale", Packed<float>{s.scale}, kNeeded);
    f.key("bias", Packed<float>{s.bias}, kNeeded);
    real_activation(s);
  }
  void operator()(FloatOperation& s) const {
    key_alternative<RealKind>(f, "operation", s.operation, std::make_index_sequence<std::variant_size_v<Operation>>());
    std::visit(*this, s.operation);
  }
  void operator()(QuantizedConv& s) const {
    f.key("window", s.window, kNeeded);
    f.key("out_channels", s.out_channels, {.required = true, .min = 1});
    f.key("rows", s.rows, {.required = true, .min = 1});
    f.key("weight_bits", s.weight_bits, {.required = true, .min = 2, .max = 16});
    f.key("weights", Packed<std::int16_t>{s.weights}, kNeeded);
    f.key("weight_scale", Packed<double>{s.weight_scale}, kNeeded);
    f.key("bias", Packed<std::int64_t>{s.bias}, kNeeded);
    f.key("requant", s.requant, kNeeded);
    integer_activation(s);
  }
  void operator()(QuantizedPool& s) const {
    f.key("pool", s.kind, kNeeded);
    f.key("window", s.window, kNeeded);
    f.key("count_include_pad", s.count_include_pad, kNeeded);
    f.key("requant", s.requant, kNeeded);
    f.key("zeros_before", s.zeros_before, {.required = true, .min = 0});
    f.key("raw", s.raw, kNeeded);
  }
  void operator()(QuantizedAdd& s) const {
    f.key("requant", s.requant, kNeeded);
    integer_activation(s);
  }

 private:
  template <class Operation>
  void real_activation(Operation& s) const {
    f.key("activation", s.activation, kNeeded);
    if (s.activation == Activation::leaky_relu) f.key("slope", s.slope, kNeeded);
  }
  template <class Operation>
  void integer_activation(Operation& s) const {
    f.key("activation", s.activation, kNeeded);
    if (s.activation == Activation::leaky_relu) f.key("leaky", s.leaky, kNeeded);
  }
};

}  // namespace

static void fields(Fields& f, QuantizedNode& s) {
  f.key("name", s.name, kNeeded);
  key_alternative<NodeKind>(f, "kind", s.operation,
                            std::make_index_sequence<std::variant_size_v<QuantizedOperation>>());
  f.key("inputs", s.inputs, {.required = true, .min = 0});
  f.key("shape", s.shape, kNeeded);
  std::optional<QuantParams> params;
  if (s.is_integer) params = s.params;
  f.key("params", params);
  s.is_integer = params.has_value();
  s.params = params.value_or(QuantParams{});
  std::visit(OperationFields{f}, s.operation);
}

static void fields(Fields& f, QuantizedGraph& s) {
  f.key("name", s.name, kNeeded);
  f.key("output", s.output, {.required = true, .min = 0});
  f.key("accumulator", s.accumulator, kNeeded);
  f.key("warnings", s.warnings, kNeeded);
  f.key("nodes", s.nodes, kNeeded);
}

namespace {

bool fits_channels(std::size_t size, int channels) {
  return size == 1 || size == static_cast<std::size_t>(channels);
}

bool has_factors(const Requant& requant, int channels) {
  if (requant.kind == RequantKind::real) return fits_channels(requant.scale.size(), channels);
  if (!fits_channels(requant.shift.size(), channels)) return false;
  return requant.kind == RequantKind::shift || requant.multiplier.size() == requant.shift.size();
}

/// Whether the lists of one operation are as long as its shapes say.
struct IsComplete {
  const Shape& output;

  template <class Other>
  bool operator()(const Other& /*operation*/) const {
    return true;
  }
  bool operator()(const QuantizedConv& c) const {
    const auto columns = static_cast<std::size_t>(c.out_channels);
    return output.channels == c.out_channels && c.bias.size() == columns &&
           c.weights.size() == columns * static_cast<std::size_t>(c.rows) &&
           fits_channels(c.weight_scale.size(), c.out_channels) && has_factors(c.requant, c.out_channels);
  }
  bool operator()(const QuantizedPool& p) const {
    return p.kind == PoolKind::max || has_factors(p.requant, p.window.kernel_h * p.window.kernel_w);
  }
  bool operator()(const QuantizedAdd& a) const {
    const bool is_tflite = a.requant.kind == RequantKind::multiplier_shift && a.requant.rounding == Rounding::tflite;
    return is_tflite ? a.requant.shift.size() == 3 && has_factors(a.requant, 3) : has_factors(a.requant, 2);
  }
};

/// What the keys one by one cannot say: indices point backwards, lists have the lengths that shapes give.
void check_consistent(const QuantizedGraph& graph, const std::string& name) {
  const auto fail = [&](const std::string& message) { throw InputError(name, message); };
  if (graph.output >= static_cast<int>(graph.nodes.size())) fail("its output is no node of it");
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const QuantizedNode& node = graph.nodes[n];
    const bool is_first = std::holds_alternative<QuantizedInput>(node.operation);
    if (is_first != (n == 0) || is_first != node.inputs.empty())
      fail(fmt::format("node '{}' is out of place", node.name));
    for (const int input : node.inputs) {
      if (input >= static_cast<int>(n)) fail(fmt::format("node '{}' reads a node that comes later", node.name));
    }
    const auto* pool = std::get_if<QuantizedPool>(&node.operation);
    const bool fits = pool == nullptr || node.inputs.empty() ||
                      node.shape.channels - pool->zeros_before >=
                          graph.nodes[static_cast<std::size_t>(node.inputs[0])].shape.channels;
    if (!fits) fail(fmt::format("node '{}' has fewer channels than it pools", node.name));
    if (!std::visit(IsComplete{node.shape}, node.operation)) {
      fail(fmt::format("node '{}' has lists of a wrong length", node.name));
    }
  }
}

QuantizedGraph load(const std::string& text, const std::string& name) {
  QuantizedGraph graph;
  ConfigReader::read(load_yaml_text(text, name), graph);
  check_consistent(graph, name);
  return graph;
}

}  // namespace

std::string save_quantized_graph(const QuantizedGraph& graph) {
  return JsonWriter::write(graph).dump(1) + "\n";
}

QuantizedGraph load_quantized_graph(const std::string& text) {
  return load(text, "saved quantized graph");
}

QuantizedGraph read_quantized_graph(const std::string& file) {
  return load(read_text_file(file), file);
}

}  // namespace ohmic::workloads
