// SPDX-License-Identifier: Apache-2.0
// What each cause of errors, and each layer, costs: alone, and when it is taken away (docs/accuracy.md).
#pragma once

#include <string>
#include <vector>

#include "base/fields.hpp"
#include "values/statistics.hpp"
#include "values/trials.hpp"

namespace ohmic::values {

/// `evaluation.attribution`.
struct AttributionSpec {
  bool causes = true;
  bool layers = true;
  int trials = 5;
  int images = 0;  // 0 = all that are evaluated
};
void fields(Fields& f, AttributionSpec& s);

/// A cause or a layer. Trials of the same number are of the same chip. Losses and gains are differences of accuracy, or
/// of error with the other sign: positive where the errors of arrays do harm.
struct Effect {
  std::string name;
  Scores alone;    // with nothing else wrong
  Scores loss;     // integers − alone
  Scores removed;  // with all else wrong
  Scores gain;     // removed − whole chip

  /// Its part when it comes first and when it comes last, averaged.
  [[nodiscard]] double harm() const { return (loss.mean + gain.mean) / 2; }
};

struct Attribution {
  int images = 0;
  double integers = 0;         // score of the integer reference
  Scores whole;                // of the chip with all its causes
  Scores loss;                 // integers − whole
  std::vector<Effect> causes;  // in the order of Cause
  std::vector<Effect> layers;  // in the order of the network; streamed ones have no errors and are left out
};

/// The entry that hurts most; nullptr when none hurts.
[[nodiscard]] const Effect* most_harmful(const std::vector<Effect>& effects);

/// Switches what `experiment.chip.causes` has, cause by cause and layer by layer.
[[nodiscard]] Attribution attribute(const Experiment& experiment, const AttributionSpec& spec,
                                    const ComputeOptions& options);

}  // namespace ohmic::values
