// SPDX-License-Identifier: Apache-2.0
// The arrays of one chip, multiplying for the network's executor: programmed cells, input digits, conversions. What
// they compute is defined in docs/values.md; every path computes the same bits.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/fields.hpp"
#include "mapping/encoding.hpp"
#include "models/architecture.hpp"
#include "values/chip.hpp"
#include "values/converter.hpp"
#include "values/corrections.hpp"
#include "workloads/execute.hpp"
#include "workloads/quantized_graph.hpp"

namespace ohmic::values {

/// Which arithmetic computes the arrays. automatic: the fastest that is exact, layer by layer. per_cell: the
/// definition, one cell at a time. planes: vectorised column sums. collapsed: one integer product, where no
/// conversion can lose anything. tables: sums of a few rows looked up by the pattern of their digits.
enum class Path { automatic, per_cell, planes, collapsed, tables };
/// Vector instructions that may be used; automatic: the best that the machine has.
enum class Dispatch { automatic, portable, avx2, avx512 };
EnumNames enum_names(Path);
EnumNames enum_names(Dispatch);

/// Levels that this machine can run, slowest first; never automatic.
[[nodiscard]] std::vector<Dispatch> available_dispatch();

/// A path or dispatch level that cannot compute this chip exactly on this machine.
class UnsupportedPath : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// How to compute (never what: the bits are the same for all).
struct ComputeOptions {
  Path path = Path::automatic;
  Dispatch dispatch = Dispatch::automatic;
  int threads = 0;  // 0 = all cores
};

/// What is done to each chip before it is evaluated, on up to `threads` threads: measuring its corrections.
using PrepareChip = std::function<void(Chip&, int threads)>;

struct LayerStatistics {
  std::int64_t conversions = 0;
  std::int64_t clipped = 0;  // conversions whose rounded code was outside of the converter's codes
  // Counted by the per_cell path alone, 0 elsewhere:
  std::int64_t inexact = 0;           // conversions whose value is none of the converter's
  std::int64_t rounding_squares = 0;  // Σ (value − converted value)² where it did not clip, in 2^-32 steps²
};

/// True when a chip differs from the next or a read from the next: errors or noise of cells, drivers or converters.
[[nodiscard]] bool is_random(const models::ArraySpec& array);

/// One layer of one chip, computed by one path.
class LayerPath {
 public:
  virtual ~LayerPath() = default;
  [[nodiscard]] virtual LayerStatistics multiply(const workloads::MatrixCall& call) const = 0;
};

class ArrayBackend : public workloads::MatrixBackend {
 public:
  /// `layers` and `ranges` are numbered by graph.matrix_nodes(); nothing is kept of the arguments but `graph` and
  /// `layers`, which must outlive the backend. Streamed layers are computed exactly, by the integer reference.
  /// RuleError where sums would leave 64 bits; UnsupportedPath for a path or dispatch level in `options` that
  /// cannot compute this chip exactly here.
  ArrayBackend(const workloads::QuantizedGraph& graph, const std::vector<mapping::EncodedLayer>& layers,
               const models::ArraySpec& array, const ConverterRanges& ranges, const Chip& chip,
               const ComputeOptions& options = {});
  ~ArrayBackend() override;

  void multiply(const workloads::MatrixCall& call) const override;

  /// Counted since the backend was made, by layer.
  [[nodiscard]] std::vector<LayerStatistics> statistics() const;
  /// The path that `automatic` (or the caller) chose for a layer.
  [[nodiscard]] Path path(int layer) const { return layers_[static_cast<std::size_t>(layer)]->chosen; }

 private:
  struct Layer {
    Path chosen = Path::per_cell;
    std::unique_ptr<LayerPath> path;
    std::atomic<std::int64_t> conversions{0};
    std::atomic<std::int64_t> clipped{0};
    std::atomic<std::int64_t> inexact{0};
    std::atomic<std::int64_t> rounding_squares{0};
  };

  [[nodiscard]] static std::unique_ptr<Layer> make_layer(const workloads::QuantizedGraph& graph,
                                                         const mapping::EncodedLayer& encoded,
                                                         const models::ArraySpec& array,
                                                         const std::vector<ConverterRange>& ranges, const Chip& chip,
                                                         int index, const ComputeOptions& options);

  std::vector<int> layer_of_node_;
  std::vector<std::unique_ptr<Layer>> layers_;
};

}  // namespace ohmic::values
