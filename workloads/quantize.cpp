// SPDX-License-Identifier: Apache-2.0
#include "workloads/quantize.hpp"

#include <fmt/format.h>

#include <map>
#include <regex>
#include <set>

#include "base/config_reader.hpp"
#include "workloads/quantize_layer.hpp"

namespace ohmic::workloads {

namespace {

constexpr int kNoRule = -1;

/// Which rule holds for each node.
std::vector<int> match_rules(const Graph& graph, const QuantizationSpec& spec, Warnings& warnings) {
  std::vector<std::regex> patterns;
  for (const QuantizationRule& rule : spec.rules) patterns.emplace_back(rule.match);
  std::vector<int> matched(graph.nodes.size(), kNoRule);
  std::vector<bool> used(patterns.size(), false);
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    for (std::size_t r = 0; r < patterns.size() && matched[n] == kNoRule; ++r) {
      if (!std::regex_match(graph.nodes[n].name, patterns[r])) continue;
      matched[n] = static_cast<int>(r);
      used[r] = true;
    }
  }
  for (std::size_t r = 0; r < used.size(); ++r) {
    if (used[r]) continue;
    warnings.push_back(
        fmt::format("quantization.rules[{}] ('{}') is the first match of no node", r, spec.rules[r].match));
  }
  return matched;
}

/// The same where the file says which nodes are in integers.
std::vector<int> own_integers(const Graph& graph) {
  std::vector<int> matched;
  for (const Node& node : graph.nodes) matched.push_back(node.integers ? 0 : kNoRule);
  return matched;
}

/// Either the rules or the network's file say what integers there are.
void require_one_source(const Graph& graph, const QuantizationSpec& spec) {
  if (has_integers(graph) == spec.from_network()) return;
  throw RuleError("quantization.rules",
                  spec.from_network()
                      ? fmt::format("network '{}' brings no integers of its own (QuantizeLinear and DequantizeLinear): "
                                    "write rules, for example [{{match: '.*'}}]",
                                    graph.name)
                      : fmt::format("network '{}' brings its own integers, which rules would contradict: write "
                                    "'rules: from_network'",
                                    graph.name));
}

/// Writes the integer graph node by node. Borders between float and integers get their Quantize and Dequantize when
/// the first consumer asks.
class Quantizer {
 public:
  Quantizer(const Graph& graph, const QuantizationSpec& spec, std::vector<int> rules)
      : graph_(graph),
        spec_(spec),
        from_network_(spec.from_network()),
        rules_(std::move(rules)),
        forms_(graph.nodes.size()) {
    if (from_network_) spec_.rules.resize(1);  // for what files do not say
    for (QuantizationRule& rule : spec_.rules) {
      apply_format(rule.weights);
      apply_format(rule.activations);
    }
    for (const Node& node : graph.nodes) names_.insert(node.name);
    result_.name = graph.name;
    result_.accumulator = spec.accumulator;
  }

  /// Ranges that rules without a scale of their own need.
  [[nodiscard]] std::vector<RangeRequest> requests();
  QuantizedGraph build(const std::vector<NodeRange>& ranges, Warnings warnings);

 private:
  /// Indices in the result of what one node puts out.
  struct Forms {
    int real = -1;
    std::vector<int> integers;
  };

  [[nodiscard]] const Node& node(int index) const { return graph_.nodes[static_cast<std::size_t>(index)]; }
  [[nodiscard]] int rule_of(int index) const { return rules_[static_cast<std::size_t>(index)]; }
  [[nodiscard]] Forms& forms(int index) { return forms_[static_cast<std::size_t>(index)]; }
  [[nodiscard]] const QuantParams& params_of(int result_index) const {
    return result_.nodes[static_cast<std::size_t>(result_index)].params;
  }
  /// True when the node's output takes the parameters of its input: its values are the input's, or smaller ones.
  [[nodiscard]] static bool keeps_params(const Node& node) {
    return picks_inputs(node.operation) || std::holds_alternative<LeakyRelu>(node.operation);
  }
  /// There is no integer form of it: a matched one is computed in float and then quantized by its rule.
  [[nodiscard]] bool stays_real(const Node& node) const {
    return std::holds_alternative<Input>(node.operation) || std::holds_alternative<Affine>(node.operation) ||
           std::holds_alternative<Round>(node.operation) || (from_network_ && lacks_integers(node));
  }
  /// The file rounds its result, but not all that it is computed from.
  [[nodiscard]] bool lacks_integers(const Node& node) const;

  void request(int index, int rule);
  QuantParams params(int index, int rule);
  std::string new_name(const std::string& base, const std::string& suffix);
  int append(std::string name, QuantizedOperation operation, std::vector<int> inputs, const Shape& shape);
  int append_integer(std::string name, QuantizedOperation operation, std::vector<int> inputs, const Shape& shape,
                     const QuantParams& params);

  int add_quantize(int index, int rule);
  int integer_form(int index, int consumer_rule);
  int real_form(int index);
  void build_real(int index);
  void build_integer(int index);
  void warn_of_real(const Node& node, bool is_matched);

  const Graph& graph_;
  QuantizationSpec spec_;
  bool from_network_;
  std::vector<int> rules_;
  std::vector<Forms> forms_;
  std::set<std::string> names_;
  std::map<std::pair<int, int>, NodeRange> ranges_;  // by node and rule
  std::vector<RangeRequest> requests_;
  std::vector<std::pair<int, int>> requested_;
  QuantizedGraph result_;
};

bool Quantizer::lacks_integers(const Node& n) const {
  const auto is_real = [&](int input) { return !node(input).integers; };
  if (std::any_of(n.inputs.begin(), n.inputs.end(), is_real)) return true;
  const auto* conv = std::get_if<Conv>(&n.operation);
  if (conv != nullptr) return !conv->integers;
  return keeps_params(n) && node(n.inputs.front()).integers != n.integers;
}

void Quantizer::request(int index, int rule) {
  if (from_network_) return;
  const ActivationRule& activations = spec_.rules[static_cast<std::size_t>(rule)].activations;
  if (activations.scale || !ranges_.emplace(std::pair{index, rule}, NodeRange{}).second) return;
  requested_.emplace_back(index, rule);
  requests_.push_back({index, activations.calibration.percentile});
}

std::vector<RangeRequest> Quantizer::requests() {
  for (int n = 0; n < static_cast<int>(graph_.nodes.size()); ++n) {
    if (rule_of(n) == kNoRule) continue;
    if (!keeps_params(node(n))) request(n, rule_of(n));
    if (stays_real(node(n))) continue;
    for (const int input : node(n).inputs) {
      if (rule_of(input) == kNoRule) request(input, rule_of(n));
    }
  }
  return requests_;
}

QuantParams Quantizer::params(int index, int rule) {
  if (from_network_) return *node(index).integers;
  const auto range = ranges_.find({index, rule});
  return choose_params(spec_.rules[static_cast<std::size_t>(rule)].activations,
                       range == ranges_.end() ? NodeRange{} : range->second, node(index).name, result_.warnings);
}

std::string Quantizer::new_name(const std::string& base, const std::string& suffix) {
  std::string name = base + suffix;
  for (int i = 2; !names_.insert(name).second; ++i) name = fmt::format("{}{}_{}", base, suffix, i);
  return name;
}

int Quantizer::append(std::string name, QuantizedOperation operation, std::vector<int> inputs, const Shape& shape) {
  result_.nodes.push_back({std::move(name), std::move(operation), std::move(inputs), shape, false, {}});
  return static_cast<int>(result_.nodes.size()) - 1;
}

int Quantizer::append_integer(std::string name, QuantizedOperation operation, std::vector<int> inputs,
                              const Shape& shape, const QuantParams& params) {
  const int index = append(std::move(name), std::move(operation), std::move(inputs), shape);
  result_.nodes.back().is_integer = true;
  result_.nodes.back().params = params;
  return index;
}

int Quantizer::add_quantize(int index, int rule) {
  const QuantParams wanted = params(index, rule);
  for (const int existing : forms(index).integers) {
    if (params_of(existing) == wanted) return existing;
  }
  const int added = append_integer(new_name(node(index).name, ".quantize"), Quantize{}, {forms(index).real},
                                   node(index).shape, wanted);
  forms(index).integers.push_back(added);
  return added;
}

/// The integers of a node: its own where a rule matched it, else a Quantize node as the consumer's rule says.
int Quantizer::integer_form(int index, int consumer_rule) {
  return rule_of(index) != kNoRule ? forms(index).integers.front() : add_quantize(index, consumer_rule);
}

int Quantizer::real_form(int index) {
  Forms& known = forms(index);
  if (known.real < 0) {
    known.real =
        append(new_name(node(index).name, ".dequantize"), Dequantize{}, {known.integers.front()}, node(index).shape);
  }
  return known.real;
}

void Quantizer::build_real(int index) {
  const Node& source = node(index);
  std::vector<int> inputs;
  for (const int input : source.inputs) inputs.push_back(real_form(input));
  const bool is_input = std::holds_alternative<Input>(source.operation);
  forms(index).real =
      append(source.name, is_input ? QuantizedOperation(QuantizedInput{}) : FloatOperation{source.operation}, inputs,
             source.shape);
}

void Quantizer::build_integer(int index) {
  const Node& source = node(index);
  const int rule = rule_of(index);
  std::vector<int> inputs;
  for (const int input : source.inputs) inputs.push_back(integer_form(input, rule));
  const QuantParams from = params_of(inputs.front());
  const QuantParams to = keeps_params(source) ? from : params(index, rule);
  const LayerContext context{source.name, spec_, spec_.rules[static_cast<std::size_t>(rule)].leaky, result_.warnings};
  QuantizedOperation operation = QuantizedRelu{};
  if (const auto* conv = std::get_if<Conv>(&source.operation)) {
    operation = quantize_conv(*conv, spec_.rules[static_cast<std::size_t>(rule)].weights, from, to, context);
  } else if (const auto* pool = std::get_if<Pool>(&source.operation)) {
    operation = quantize_pool(*pool, node(source.inputs.front()).shape, from, to, context);
  } else if (const auto* add = std::get_if<Add>(&source.operation)) {
    operation = quantize_add(*add, from, params_of(inputs.at(1)), to, context);
  } else if (const auto* leaky = std::get_if<LeakyRelu>(&source.operation)) {
    operation = QuantizedLeakyRelu{quantize_leaky(leaky->slope, context)};
  }
  forms(index).integers = {append_integer(source.name, std::move(operation), inputs, source.shape, to)};
}

/// What a reader may have expected in integers.
void Quantizer::warn_of_real(const Node& node, bool is_matched) {
  if (is_matched && std::holds_alternative<Affine>(node.operation)) {
    result_.warnings.push_back(fmt::format("node '{}' (affine) has no integer form and stays float", node.name));
  }
  const auto* conv = std::get_if<Conv>(&node.operation);
  if (!from_network_ || conv == nullptr) return;
  const char* what = !node.integers ? "result" : !conv->integers ? "weights" : "input";
  result_.warnings.push_back(
      fmt::format("node '{}' (conv) stays float: the network's file has its {} in real numbers", node.name, what));
}

QuantizedGraph Quantizer::build(const std::vector<NodeRange>& ranges, Warnings warnings) {
  result_.warnings = std::move(warnings);
  for (std::size_t i = 0; i < ranges.size(); ++i) ranges_[requested_[i]] = ranges[i];
  for (int n = 0; n < static_cast<int>(graph_.nodes.size()); ++n) {
    const bool is_matched = rule_of(n) != kNoRule;
    if (is_matched && !stays_real(node(n))) {
      build_integer(n);
      continue;
    }
    build_real(n);
    warn_of_real(node(n), is_matched);
    if (is_matched) add_quantize(n, rule_of(n));
  }
  const Forms& output = forms(graph_.output);
  result_.output = output.integers.empty() ? output.real : output.integers.front();
  return std::move(result_);
}

void require_calibration_data(const Graph& graph, const std::vector<RangeRequest>& requests, const Dataset& data) {
  if (requests.empty() || data.count() > 0) return;
  throw RuleError("workload.data.calibration",
                  fmt::format("is needed: the rule for node '{}' gives no scale",
                              graph.nodes[static_cast<std::size_t>(requests.front().node)].name));
}

}  // namespace

QuantizedGraph quantize(const Graph& graph, const QuantizationSpec& spec, const Dataset& data,
                        const Normalize& normalize, int threads) {
  validate(spec);
  require_one_source(graph, spec);
  Warnings warnings;
  std::vector<int> rules = spec.from_network() ? own_integers(graph) : match_rules(graph, spec, warnings);
  Quantizer quantizer(graph, spec, std::move(rules));
  const std::vector<RangeRequest> requests = quantizer.requests();
  require_calibration_data(graph, requests, data);
  std::vector<NodeRange> ranges;
  if (!requests.empty()) {
    require_fitting_images(graph, data);
    ranges = calibrate(graph, requests, data, normalize, threads);
  }
  return quantizer.build(ranges, std::move(warnings));
}

}  // namespace ohmic::workloads
