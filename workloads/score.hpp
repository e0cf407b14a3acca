// SPDX-License-Identifier: Apache-2.0
// What a network answers to images, and what its answers are worth (docs/accuracy.md): the fraction of classes that are
// right where the data set has labels, the root mean square error where it has targets.
#pragma once

#include <string>
#include <vector>

#include "workloads/execute.hpp"

namespace ohmic::workloads {

/// The measure that a data set allows.
struct Metric {
  std::string name;         // accuracy, rmse
  std::string unit;         // of the targets; "1" for accuracy
  bool is_accuracy = true;  // a fraction of 1, more is better; otherwise an error, less is better
  double chance = 0;        // of the best constant answer: the most frequent label, the mean target

  /// How much better `a` is than `b`, in the metric's unit: negative when it is worse.
  [[nodiscard]] double better_by(double a, double b) const { return is_accuracy ? a - b : b - a; }
  /// A value for people: "91.25 %", "0.1374 mm".
  [[nodiscard]] std::string text(double value) const;
  /// The same without its unit, for tables of differences in `difference_unit`.
  [[nodiscard]] std::string difference(double value) const;
  [[nodiscard]] std::string difference_unit() const;
};
[[nodiscard]] Metric metric_of(const Dataset& data);

/// Answers to images in their order; the list that the data set's metric has no use for is empty.
struct Answers {
  std::vector<int> classes;           // the first of the largest outputs
  std::vector<double> square_errors;  // mean over the outputs of (output − target)²

  /// Room for the answers to `images` images of `data`.
  Answers(const Dataset& data, int images);
  Answers() = default;
  /// Takes the answers in `block` as those to images from `first` on.
  void put(int first, const Answers& block);
  bool operator==(const Answers&) const = default;
};

/// Answers to images [first, first + count) of `data`, executed as one block. Integers stand for reals by the scale and
/// zero point of the network's output.
[[nodiscard]] Answers answer_block(const QuantizedGraph& graph, const MatrixBackend& backend, const Dataset& data,
                                   const Normalize& normalize, int first, int count);

/// Answers to images [0, images) of `data`, in blocks on up to `threads` threads.
[[nodiscard]] Answers answer(const QuantizedGraph& graph, const MatrixBackend& backend, const Dataset& data,
                             const Normalize& normalize, int images, int threads);

/// The same by the network in float; InputError when the images do not fit.
[[nodiscard]] Answers answer_float(const Graph& graph, const Dataset& data, const Normalize& normalize, int images,
                                   int threads);

/// Value of the metric for the answers to the first images of `data`: fraction that is right, or √(mean square error).
[[nodiscard]] double score(const Answers& answers, const Dataset& data);

/// RuleError at "workload.data.test" when a label is none of the network's outputs, or a target has another shape than
/// they: a mistake that would only show as a bad score.
void require_fitting_answers(const Graph& graph, const Dataset& data);

}  // namespace ohmic::workloads
