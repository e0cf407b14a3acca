// SPDX-License-Identifier: Apache-2.0
#include "workloads/onnx_import.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.hpp"
#include "base/files.hpp"
#include "workloads/canonical.hpp"
#include "workloads/onnx_operator.hpp"

namespace ohmic::workloads {

namespace {

constexpr std::int64_t kOldestOpset = 7;
constexpr std::size_t kMaxFileBytes = (std::size_t{1} << 31) - 1;  // protobuf's own limit
constexpr std::int64_t kMaxImageValues = std::int64_t{1} << 26;

onnx::ModelProto read_model(const std::string& file) {
  const std::string bytes = read_text_file(file);
  if (bytes.size() > kMaxFileBytes) throw InputError(file, "is larger than 2 GiB");
  onnx::ModelProto model;
  if (!model.ParseFromString(bytes)) throw InputError(file, "is no ONNX model, or it is truncated");
  if (!model.has_graph() || model.opset_import_size() == 0) {
    throw InputError(file, "is no ONNX model, or it is truncated: it has no graph or names no opset");
  }
  return model;
}

std::int64_t read_opset(const onnx::ModelProto& model) {
  for (const onnx::OperatorSetIdProto& opset : model.opset_import()) {
    if (opset.domain().empty() || opset.domain() == "ai.onnx") return opset.version();
  }
  return 0;
}

/// Walks a model once and builds the graph, or the list of all its problems.
class Importer {
 public:
  explicit Importer(const onnx::ModelProto& model) : onnx_(model.graph()), opset_(read_opset(model)) {}

  ImportState run() {
    if (opset_ < kOldestOpset) {
      problem(fmt::format("the model is of opset {}; {} and later are supported", opset_, kOldestOpset));
      return std::move(state_);
    }
    index_names();
    find_live_nodes();
    import_input();
    for (int i = 0; i < onnx_.node_size(); ++i) {
      if (live_[static_cast<std::size_t>(i)]) import_node(i);
    }
    import_output();
    return std::move(state_);
  }

 private:
  void problem(std::string what) { state_.problems.push_back(std::move(what)); }

  void index_names() {
    for (const onnx::TensorProto& tensor : onnx_.initializer()) {
      initializers_[tensor.name()] = &tensor;
      made_.insert(tensor.name());
    }
    for (int i = 0; i < onnx_.node_size(); ++i) {
      for (const std::string& output : onnx_.node(i).output()) producers_.emplace(output, i);
    }
  }

  /// Marks the nodes that the outputs depend on; others are not looked at.
  void find_live_nodes() {
    live_.assign(static_cast<std::size_t>(onnx_.node_size()), false);
    std::vector<std::string> open;
    for (const onnx::ValueInfoProto& output : onnx_.output()) open.push_back(output.name());
    while (!open.empty()) {
      const std::string name = std::move(open.back());
      open.pop_back();
      if (name.empty() || !used_.insert(name).second) continue;
      const auto producer = producers_.find(name);
      if (producer == producers_.end()) continue;
      live_[static_cast<std::size_t>(producer->second)] = true;
      for (const std::string& input : onnx_.node(producer->second).input()) open.push_back(input);
    }
  }

  void import_input() {
    std::vector<const onnx::ValueInfoProto*> inputs;
    std::vector<std::string> names;
    for (const onnx::ValueInfoProto& input : onnx_.input()) {
      if (initializers_.contains(input.name()) || !used_.contains(input.name())) continue;
      inputs.push_back(&input);
      names.push_back(fmt::format("'{}'", input.name()));
      state_.values[input.name()] = {};
      made_.insert(input.name());
    }
    if (inputs.size() == 1) return import_image(*inputs[0]);
    if (inputs.empty()) return;  // then the output does not depend on an image, which is told there
    problem(fmt::format("the model has {} inputs: {}; exactly one, the image, is supported", inputs.size(),
                        fmt::join(names, ", ")));
  }

  void import_image(const onnx::ValueInfoProto& input) {
    const auto& type = input.type().tensor_type();
    const std::optional<IntegerType> integer = narrow_integer(type.elem_type());
    if (type.elem_type() != onnx::TensorProto::FLOAT && !integer) {
      return problem(fmt::format("input '{}' is neither of type FLOAT nor in integers of 8 or 16 bits", input.name()));
    }
    Dims dims;
    for (const auto& size : type.shape().dim()) dims.push_back(size.has_dim_value() ? size.dim_value() : -1);
    if (dims.size() != 4 && dims.size() != 2) {
      return problem(
          fmt::format("input '{}' has {} dimensions; [N,C,H,W] and [N,C] are supported", input.name(), dims.size()));
    }
    dims[0] = std::max<std::int64_t>(dims[0], 1);  // symbolic: one image at a time
    std::int64_t values = 1;
    for (std::size_t i = 1; i < dims.size(); ++i) {
      if (dims[i] < 1) return problem(fmt::format("input '{}': dimension {} has no fixed size", input.name(), i));
      values = dims[i] > kMaxImageValues ? kMaxImageValues + 1 : values * dims[i];
      if (values > kMaxImageValues) return problem(fmt::format("input '{}' is too large", input.name()));
    }
    const auto side = [&](std::size_t i) { return i < dims.size() ? static_cast<int>(dims[i]) : 1; };
    state_.graph.nodes.push_back({input.name(), Input{}, {}, {side(1), side(2), side(3)}});
    OnnxValue image;
    image.kind = OnnxValue::Kind::tensor;
    image.dims = dims;
    if (integer) image.integers = QuantParams{integer->bits, integer->is_signed, 0, 0};
    state_.values[input.name()] = image;
  }

  void import_node(int index) {
    const onnx::NodeProto& node = onnx_.node(index);
    OperatorCall call(node, static_cast<int>(std::min<std::int64_t>(opset_, 1 << 20)), state_);
    if (!has_new_outputs(node, call)) return;
    if (const OperatorHandler handler = find_handler(node)) {
      for (const std::string& input : node.input()) {
        if (!input.empty()) resolve(input, index, call);
      }
      run_handler(handler, call);
    } else {
      call.report("operator is not supported");
    }
    finish_outputs(node, call);
  }

  /// nullptr when the operator is not supported.
  static OperatorHandler find_handler(const onnx::NodeProto& node) {
    const auto handler = onnx_operators().find(node.op_type());
    const bool standard = node.domain().empty() || node.domain() == "ai.onnx";
    return standard && handler != onnx_operators().end() ? handler->second : nullptr;
  }

  static void run_handler(OperatorHandler handler, OperatorCall& call) {
    try {
      handler(call);
    } catch (const Unsupported& unsupported) {
      call.report(unsupported.what());
    } catch (const UnknownInput&) {
      // What made it unknown has been reported.
    }
  }

  bool has_new_outputs(const onnx::NodeProto& node, const OperatorCall& call) {
    const auto twice = std::find_if(node.output().begin(), node.output().end(), [&](const std::string& output) {
      return !output.empty() && !made_.insert(output).second;
    });
    if (twice == node.output().end()) return true;
    call.report(fmt::format("output '{}' is made twice", *twice));
    return false;
  }

  /// Makes sure that a value of this name is there, if only an unknown one.
  void resolve(const std::string& name, int index, const OperatorCall& call) {
    if (state_.values.contains(name)) return;
    OnnxValue& value = state_.values[name];
    const auto initializer = initializers_.find(name);
    if (initializer != initializers_.end()) return read_initializer(*initializer->second, value);
    const auto producer = producers_.find(name);
    if (producer == producers_.end()) {
      call.report(fmt::format("input '{}' is made by no node{}", name, is_sparse(name) ? " (it is sparse)" : ""));
    } else if (producer->second >= index) {
      call.report(fmt::format("input '{}' is made only later: the nodes are not in order, or form a circle", name));
    }
  }

  void read_initializer(const onnx::TensorProto& tensor, OnnxValue& value) {
    try {
      value.constant = std::make_shared<const Constant>(read_constant(tensor));
      value.kind = OnnxValue::Kind::constant;
    } catch (const Unsupported& unsupported) {
      problem(fmt::format("initializer '{}' {}", tensor.name(), unsupported.what()));
    }
  }

  [[nodiscard]] bool is_sparse(const std::string& name) const {
    return std::any_of(onnx_.sparse_initializer().begin(), onnx_.sparse_initializer().end(),
                       [&](const onnx::SparseTensorProto& tensor) { return tensor.values().name() == name; });
  }

  void finish_outputs(const onnx::NodeProto& node, const OperatorCall& call) {
    for (int i = 0; i < node.output_size(); ++i) {
      const std::string& output = node.output(i);
      if (output.empty()) continue;
      const bool is_new = state_.values.emplace(output, OnnxValue{}).second;
      if (i > 0 && is_new && find_handler(node) != nullptr && used_.contains(output)) {
        call.report(fmt::format("output '{}' is used; only the first output is supported", output));
      }
    }
  }

  void import_output() {
    if (onnx_.output_size() != 1) {
      return problem(fmt::format("the model has {} outputs; exactly one is supported", onnx_.output_size()));
    }
    const std::string& name = onnx_.output(0).name();
    const auto found = state_.values.find(name);
    if (found == state_.values.end() || found->second.kind == OnnxValue::Kind::constant) {
      return problem(fmt::format("output '{}' does not depend on the image", name));
    }
    const OnnxValue& value = found->second;
    if (value.kind == OnnxValue::Kind::unknown) return;
    const Shape& shape = state_.graph.nodes[static_cast<std::size_t>(value.node)].shape;
    if (value.dims.size() == 2 && shape.pixels() > 1) {
      problem(fmt::format("output '{}' is a flattened image; leave the last flattening out", name));
    }
    state_.graph.output = value.node;
  }

  const onnx::GraphProto& onnx_;
  std::int64_t opset_;
  ImportState state_;
  std::map<std::string, const onnx::TensorProto*> initializers_;
  std::map<std::string, int> producers_;
  std::vector<bool> live_;
  std::set<std::string> used_;  // names that the outputs depend on
  std::set<std::string> made_;  // initializers, the input, outputs of the nodes so far
};

bool all_finite(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

bool has_finite_parameters(const Operation& operation) {
  if (const auto* conv = std::get_if<Conv>(&operation)) return all_finite(conv->weights) && all_finite(conv->bias);
  if (const auto* affine = std::get_if<Affine>(&operation))
    return all_finite(affine->scale) && all_finite(affine->bias);
  return true;
}

ImportState import_model(const std::string& file) {
  const onnx::ModelProto model = read_model(file);
  ImportState state = Importer(model).run();
  if (!state.problems.empty()) return state;
  state.graph.name = model.graph().name().empty() ? std::filesystem::path(file).stem().string() : model.graph().name();
  canonicalize(state.graph);
  for (const Node& node : state.graph.nodes) {
    if (has_finite_parameters(node.operation)) continue;
    state.problems.push_back(fmt::format("node '{}': folding makes a parameter that is not finite", node.name));
  }
  return state;
}

}  // namespace

Graph import_onnx(const std::string& file) {
  ImportState state = import_model(file);
  if (state.problems.empty()) return std::move(state.graph);
  const std::size_t more = state.problems.size() - 1;
  throw InputError(file, state.problems[0] + (more > 0 ? fmt::format(" (and {} more: see ohmic check)", more) : ""));
}

std::vector<Problem> check_onnx(const std::string& file) {
  return import_model(file).problems;
}

}  // namespace ohmic::workloads
