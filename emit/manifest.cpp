// SPDX-License-Identifier: Apache-2.0
#include "emit/manifest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace ohmic::emit {

namespace {

using mapping::EncodedLayer;
using workloads::QuantizedConv;

Json window_json(const workloads::Window& w) {
  Json json;
  json["kernel"] = {w.kernel_h, w.kernel_w};
  json["stride"] = {w.stride_h, w.stride_w};
  json["pads"] = {w.pad_top, w.pad_left, w.pad_bottom, w.pad_right};
  json["dilation"] = {w.dilation_h, w.dilation_w};
  return json;
}

Json slices_json(const mapping::WeightPlan& plan) {
  Json slices = Json::array();
  for (const mapping::WeightSlice& slice : plan.slices) {
    slices.push_back(Json{{"shift", slice.shift}, {"bits", slice.bits}, {"weight", slice.weight}});
  }
  return slices;
}

Json inputs_json(const mapping::InputPlan& plan) {
  Json json;
  json["encoding"] = enum_name(plan.encoding);
  json["offset"] = plan.offset;
  json["bits"] = plan.bits;
  json["v_min"] = plan.v_min;
  json["v_max"] = plan.v_max;
  Json& steps = json["steps"] = Json::array();
  for (const mapping::InputStep& step : plan.steps) {
    steps.push_back(Json{
        {"shift", step.shift}, {"bits", step.bits}, {"weight", step.weight}, {"negative_phase", step.negative_phase}});
  }
  return json;
}

Json quantization_json(const workloads::QuantParams& params) {
  Json json;
  json["scale"] = params.scale;
  json["zero_point"] = params.zero_point;
  json["bits"] = params.bits;
  json["signed"] = params.is_signed;
  const std::string format = q_format(params.scale, params.bits, params.is_signed);
  if (!format.empty()) json["q_format"] = format;
  return json;
}

Json requantization_json(const workloads::Requant& requant) {
  Json json;
  json["kind"] = enum_name(requant.kind);
  json["rounding"] = enum_name(requant.rounding);
  if (!requant.scale.empty()) json["scale"] = requant.scale;
  if (!requant.multiplier.empty()) json["multiplier"] = requant.multiplier;
  if (!requant.shift.empty()) json["shift"] = requant.shift;
  return json;
}

Json leaky_json(const workloads::Leaky& leaky) {
  Json json;
  json["rounding"] = enum_name(leaky.rounding);
  if (leaky.randomized) {
    json["randomized"] = {{"seed", leaky.randomized->seed}, {"lanes", leaky.randomized->lanes}};
  } else {
    json["alpha"] = leaky.alpha;
  }
  return json;
}

Json weights_json(const EncodedLayer& encoded, const QuantizedConv& conv) {
  Json json;
  json["encoding"] = encoded.is_streamed ? "stream" : enum_name(encoded.weights.encoding);
  json["bits"] = conv.weight_bits;
  if (!encoded.is_streamed) {
    json["planes"] = encoded.weights.planes;
    json["slices"] = slices_json(encoded.weights);
  }
  json["scale"] = conv.weight_scale;
  Json formats = Json::array();
  for (const double scale : conv.weight_scale) formats.push_back(q_format(scale, conv.weight_bits, true));
  if (std::find(formats.begin(), formats.end(), "") == formats.end()) json["q_format"] = formats;
  return json;
}

Json layer_json(const mapping::LayerMapping& layer, const EncodedLayer& encoded,
                const workloads::QuantizedGraph& graph) {
  const workloads::QuantizedNode& node = graph.nodes.at(static_cast<std::size_t>(layer.node));
  const auto* conv = std::get_if<QuantizedConv>(&node.operation);
  if (conv == nullptr) throw std::logic_error(fmt::format("layer '{}' is no matrix layer of its graph", layer.name));
  Json json;
  json["name"] = layer.name;
  json["node"] = layer.node;
  json["rows"] = layer.rows;
  json["columns"] = layer.columns;
  json["replicas"] = layer.replicas;
  json["window"] = window_json(conv->window);
  json["weights"] = weights_json(encoded, *conv);
  if (!encoded.is_streamed) {
    json["inputs"] = inputs_json(encoded.inputs);
    json["reconstruction"] = {{"shift", encoded.reconstruction.shift},
                              {"input_sum", encoded.reconstruction.input_sum},
                              {"constant", encoded.reconstruction.constant}};
  }
  json["bias"] = conv->bias;
  json["requantization"] = requantization_json(conv->requant);
  json["activation"] = enum_name(conv->activation);
  if (conv->activation == workloads::Activation::leaky_relu) json["leaky"] = leaky_json(conv->leaky);
  json["input"] = quantization_json(graph.input_params(layer.node));
  if (node.is_integer) json["output"] = quantization_json(node.params);
  return json;
}

}  // namespace

std::string q_format(double scale, int bits, bool is_signed) {
  int exponent = 0;
  if (std::frexp(scale, &exponent) != 0.5) return "";
  const int fraction_bits = 1 - exponent;
  const int whole_bits = bits - fraction_bits;
  if (fraction_bits < 0 || whole_bits < (is_signed ? 1 : 0)) return "";
  return fmt::format("{}{}.{}", is_signed ? "Q" : "UQ", whole_bits, fraction_bits);
}

Json manifest_head(const mapping::Program& program, const std::vector<EncodedLayer>& layers,
                   const workloads::QuantizedGraph& graph, const models::ArchitectureSpec& architecture) {
  Json json;
  json["format"] = "ohmic weight images";
  json["version"] = 1;
  json["network"] = program.network;
  json["architecture"] = program.architecture;
  json["array"] = {{"rows", architecture.array.rows},
                   {"columns", architecture.array.columns},
                   {"cell_bits", architecture.array.cell.bits}};
  json["accumulator"] = {{"bits", graph.accumulator.bits}, {"overflow", enum_name(graph.accumulator.overflow)}};
  Json& list = json["layers"] = Json::array();
  for (std::size_t l = 0; l < program.layers.size(); ++l) {
    list.push_back(layer_json(program.layers[l], layers.at(l), graph));
  }
  json["images"] = Json::array();
  json["streams"] = Json::array();
  return json;
}

Json image_entry(const WeightImage& image, int planes, int cell_bits) {
  Json json;
  json["file"] = image.file;
  json["layer"] = image.layer;
  json["row_block"] = image.row_block;
  json["column_block"] = image.column_block;
  json["slice"] = image.slice;
  if (planes == 2) json["polarity"] = image.polarity == 0 ? "p" : "n";
  json["first_row"] = image.row_begin;
  json["rows"] = image.rows();
  json["first_column"] = image.column_begin;
  json["columns"] = image.columns();
  json["word_bits"] = image.columns() * cell_bits;
  Json& arrays = json["arrays"] = Json::array();
  for (const ArrayPlace& place : image.arrays) {
    arrays.push_back(Json{{"replica", place.replica}, {"tile", place.tile}, {"slot", place.slot}});
  }
  return json;
}

}  // namespace ohmic::emit
