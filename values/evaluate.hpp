// SPDX-License-Identifier: Apache-2.0
// Array arithmetic over a Program: what the converters see, with device noise, and the accuracy that results.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fields.hpp"
#include "mapping/encoding.hpp"
#include "models/architecture.hpp"
#include "workloads/dataset.hpp"
#include "workloads/execute.hpp"
#include "workloads/quantized_graph.hpp"

namespace ohmic::values {

/// The `evaluation` section.
struct EvaluationSpec {
  int trials = 1;               // chips
  Duration time_since_write{};  // no device of this version drifts; a time is only accepted by those that do
  int images = 0;               // of the test split; 0 = all that workload.data.test gives
};
void fields(Fields& f, EvaluationSpec& s);

/// Which arithmetic computes the arrays. automatic: the fastest that applies. per_cell: the definition, one cell at
/// a time. planes: vectorised column sums. collapsed: one integer product, where no conversion can lose anything.
enum class Path { automatic, per_cell, planes, collapsed };
/// Vector instructions that `planes` may use; automatic: the best that the machine has.
enum class Dispatch { automatic, portable, avx2, avx512 };
EnumNames enum_names(Path);
EnumNames enum_names(Dispatch);

/// How to compute (never what: the bits are the same for all).
struct ComputeOptions {
  Path path = Path::automatic;
  Dispatch dispatch = Dispatch::automatic;
  int threads = 0;              // 0 = all cores
};

/// Converter range of one column of a layer, in units of 2^-16 levels.
struct ConverterRange {
  std::int64_t low = 0;
  std::int64_t step = 1 << 16;
};

/// What the arrays of one chip (one trial) hold and how they convert; multiplies as a MatrixBackend.
class ArrayBackend;

struct LayerStatistics {
  std::int64_t conversions = 0;  // counted while computing (per_cell and planes)
  std::int64_t clipped = 0;
};

struct Accuracy {
  double mean = 0;
  double std = 0;                // over trials, n − 1
  std::optional<double> ci95;    // half-width, Student t; absent below two trials
  std::vector<double> trials;
};

/// Student t quantile that puts 95 % of the distribution between −t and t.
[[nodiscard]] double student_t95(int degrees_of_freedom);
[[nodiscard]] Accuracy summarise(std::vector<double> trials);

}  // namespace ohmic::values
