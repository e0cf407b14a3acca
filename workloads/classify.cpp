// SPDX-License-Identifier: Apache-2.0
#include "workloads/classify.hpp"

#include <algorithm>
#include <span>

#include "base/parallel.hpp"
#include "workloads/float_executor.hpp"

namespace ohmic::workloads {

std::vector<int> classify_block(const QuantizedGraph& graph, const MatrixBackend& backend, const Dataset& data,
                                const Normalize& normalize, int first, int count) {
  const auto values = execute(graph, backend, data, normalize, first, count, false);
  const NodeValue& output = values[static_cast<std::size_t>(graph.output)];
  std::vector<int> classes;
  const auto pick = [&](const auto& numbers) {
    const std::size_t size = numbers.size() / static_cast<std::size_t>(count);
    for (std::size_t begin = 0; begin < numbers.size(); begin += size) {
      classes.push_back(argmax(std::span(numbers).subspan(begin, size)));
    }
  };
  if (output.reals.empty()) {
    pick(output.integers);
  } else {
    pick(output.reals);
  }
  return classes;
}

std::vector<int> classify(const QuantizedGraph& graph, const MatrixBackend& backend, const Dataset& data,
                          const Normalize& normalize, int images, int threads) {
  const int block = block_size(graph);
  const int blocks = (images + block - 1) / block;
  std::vector<int> classes(static_cast<std::size_t>(images));
  parallel_for(static_cast<std::size_t>(blocks), threads, [&](std::size_t b) {
    const int first = static_cast<int>(b) * block;
    const std::vector<int> part =
        classify_block(graph, backend, data, normalize, first, std::min(block, images - first));
    std::copy(part.begin(), part.end(), classes.begin() + first);
  });
  return classes;
}

int count_correct(const std::vector<int>& predictions, const Dataset& data) {
  int correct = 0;
  for (std::size_t i = 0; i < predictions.size(); ++i) correct += predictions[i] == data.labels[i] ? 1 : 0;
  return correct;
}

}  // namespace ohmic::workloads
