// SPDX-License-Identifier: Apache-2.0
#include "workloads/score.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <span>

#include "base/config_reader.hpp"
#include "base/parallel.hpp"
#include "base/text.hpp"

namespace ohmic::workloads {

namespace {

double most_frequent(const std::vector<int>& labels) {
  std::map<int, int> count;
  int most = 0;
  for (const int label : labels) most = std::max(most, ++count[label]);
  return labels.empty() ? 0 : static_cast<double>(most) / static_cast<double>(labels.size());
}

/// Root mean square distance of the targets from their mean, output by output.
double spread(const Dataset& data) {
  const auto outputs = static_cast<std::size_t>(data.target_shape.values());
  const auto count = static_cast<double>(data.count());
  double squares = 0;
  for (std::size_t o = 0; o < outputs; ++o) {
    double sum = 0;
    for (std::size_t i = o; i < data.targets.size(); i += outputs) sum += data.targets[i];
    for (std::size_t i = o; i < data.targets.size(); i += outputs)
      squares += std::pow(data.targets[i] - sum / count, 2);
  }
  return std::sqrt(squares / static_cast<double>(data.targets.size()));
}

/// Enters what `output(o)` says of image `image` of the data set as answer number `index`.
template <class Output>
void enter(const Dataset& data, int image, std::size_t outputs, const Output& output, std::size_t index,
           Answers& answers) {
  if (!data.has_targets()) {
    std::size_t best = 0;
    for (std::size_t o = 1; o < outputs; ++o) best = output(o) > output(best) ? o : best;
    answers.classes[index] = static_cast<int>(best);
    return;
  }
  const float* target = data.target(image);
  double squares = 0;
  for (std::size_t o = 0; o < outputs; ++o) {
    const double error = static_cast<double>(output(o)) - static_cast<double>(target[o]);
    squares += error * error;
  }
  answers.square_errors[index] = squares / static_cast<double>(outputs);
}

}  // namespace

std::string Metric::text(double value) const {
  if (is_accuracy) return percent(value);
  return unit == "1" ? fmt::format("{:.4g}", value) : fmt::format("{:.4g} {}", value, unit);
}

std::string Metric::difference(double value) const {
  return is_accuracy ? fmt::format("{:.2f}", 100 * value) : fmt::format("{:.4g}", value);
}

std::string Metric::difference_unit() const {
  if (is_accuracy) return "percentage points of accuracy";
  return unit == "1" ? name : fmt::format("{} in {}", name, unit);
}

Metric metric_of(const Dataset& data) {
  if (data.has_targets()) return {"rmse", data.target_unit, false, spread(data)};
  return {"accuracy", "1", true, most_frequent(data.labels)};
}

Answers::Answers(const Dataset& data, int images)
    : classes(data.has_targets() ? 0 : static_cast<std::size_t>(images)),
      square_errors(data.has_targets() ? static_cast<std::size_t>(images) : 0) {}

void Answers::put(int first, const Answers& block) {
  std::copy(block.classes.begin(), block.classes.end(), classes.begin() + first);
  std::copy(block.square_errors.begin(), block.square_errors.end(), square_errors.begin() + first);
}

Answers answer_block(const QuantizedGraph& graph, const MatrixBackend& backend, const Dataset& data,
                     const Normalize& normalize, int first, int count) {
  const auto values = execute(graph, backend, data, normalize, first, count, false);
  const NodeValue& last = values[static_cast<std::size_t>(graph.output)];
  const QuantizedNode& node = graph.nodes[static_cast<std::size_t>(graph.output)];
  Answers answers(data, count);
  const auto outputs = static_cast<std::size_t>(node.shape.values());
  for (int i = 0; i < count; ++i) {
    const auto index = static_cast<std::size_t>(i);
    const auto real = [&](std::size_t o) {
      const std::size_t place = index * outputs + o;
      return node.is_integer ? node.params.scale * (last.integers[place] - node.params.zero_point)
                             : static_cast<double>(last.reals[place]);
    };
    enter(data, first + i, outputs, real, index, answers);
  }
  return answers;
}

Answers answer(const QuantizedGraph& graph, const MatrixBackend& backend, const Dataset& data,
               const Normalize& normalize, int images, int threads) {
  const int block = block_size(graph);
  const int blocks = (images + block - 1) / block;
  Answers answers(data, images);
  parallel_for(static_cast<std::size_t>(blocks), threads, [&](std::size_t b) {
    const int first = static_cast<int>(b) * block;
    answers.put(first, answer_block(graph, backend, data, normalize, first, std::min(block, images - first)));
  });
  return answers;
}

Answers answer_float(const Graph& graph, const Dataset& data, const Normalize& normalize, int images, int threads) {
  require_fitting_images(graph, data);
  const FloatExecutor executor(graph);
  Answers answers(data, images);
  parallel_for(static_cast<std::size_t>(images), threads, [&](std::size_t i) {
    const auto values = executor.run(normalize_image(data, static_cast<int>(i), normalize));
    const FloatTensor& last = values[static_cast<std::size_t>(graph.output)];
    enter(
        data, static_cast<int>(i), last.size(), [&](std::size_t o) { return last[o]; }, i, answers);
  });
  return answers;
}

double score(const Answers& answers, const Dataset& data) {
  if (data.has_targets()) {
    const std::vector<double>& errors = answers.square_errors;
    return std::sqrt(std::accumulate(errors.begin(), errors.end(), 0.0) / static_cast<double>(errors.size()));
  }
  int correct = 0;
  for (std::size_t i = 0; i < answers.classes.size(); ++i) correct += answers.classes[i] == data.labels[i] ? 1 : 0;
  return static_cast<double>(correct) / static_cast<double>(answers.classes.size());
}

void require_fitting_answers(const Graph& graph, const Dataset& data) {
  const Shape& shape = graph.nodes[static_cast<std::size_t>(graph.output)].shape;
  if (data.has_targets() && !is_same_layout(data.target_shape, shape)) {
    throw RuleError("workload.data.test",
                    fmt::format("targets are of {} (channels x height x width), the network puts out {}",
                                shape_text(data.target_shape), shape_text(shape)));
  }
  for (std::size_t i = 0; i < data.labels.size(); ++i) {
    if (data.labels[i] >= 0 && data.labels[i] < shape.values()) continue;
    throw RuleError("workload.data.test", fmt::format("image {} has label {}, the network has outputs 0 to {}", i,
                                                      data.labels[i], shape.values() - 1));
  }
}

}  // namespace ohmic::workloads
