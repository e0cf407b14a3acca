// SPDX-License-Identifier: Apache-2.0
#include "workloads/classify.hpp"

namespace ohmic::workloads {

int count_correct(const std::vector<int>& predictions, const Dataset& data) {
  int correct = 0;
  for (std::size_t i = 0; i < predictions.size(); ++i) correct += predictions[i] == data.labels[i] ? 1 : 0;
  return correct;
}

}  // namespace ohmic::workloads
