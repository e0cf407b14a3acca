// SPDX-License-Identifier: Apache-2.0
// The one executor of a QuantizedGraph. Everything digital is computed here; the matrix products are asked of a
// backend, so that the integer reference and every array model differ in nothing else.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "workloads/dataset.hpp"
#include "workloads/float_executor.hpp"
#include "workloads/quantized_graph.hpp"

namespace ohmic::workloads {

/// One matrix product for `images` consecutive images of the data set beginning with `first_image`.
///   x:   [images · pixels][rows] integers of the layer's input (zero point where a window hangs over the edge)
///   acc: [images · pixels][columns], to be set to Σ_r w[c][r] · (x[r] − zero point), without the bias
struct MatrixCall {
  int node = 0;
  int first_image = 0;
  int images = 0;
  int pixels = 0;  // output pixels of one image
  int rows = 0;
  int columns = 0;
  const std::int32_t* x = nullptr;
  std::int64_t* acc = nullptr;
};

class MatrixBackend {
 public:
  virtual ~MatrixBackend() = default;
  /// Called from several threads at once, for different images.
  virtual void multiply(const MatrixCall& call) const = 0;
};

/// Plain loops over QuantizedConv: the integer reference.
class ReferenceBackend : public MatrixBackend {
 public:
  explicit ReferenceBackend(const QuantizedGraph& graph) : graph_(graph) {}
  void multiply(const MatrixCall& call) const override;

 private:
  const QuantizedGraph& graph_;
};

/// Output of one node for a block of images: integers or floats, [images][pixels][channels].
struct NodeValue {
  std::vector<std::int32_t> integers;
  std::vector<float> reals;
};

/// Outputs of all nodes for images [first, first + count) of `data`. Outputs that nothing needs any more are freed
/// unless `keep_all`. InputError when an accumulator overflows and the graph says that this is an error.
[[nodiscard]] std::vector<NodeValue> execute(const QuantizedGraph& graph, const MatrixBackend& backend,
                                             const Dataset& data, const Normalize& normalize, int first, int count,
                                             bool keep_all);

/// Runs the network on all images of `data`, on up to `threads` threads, for what `backend` sees of it.
void execute_all(const QuantizedGraph& graph, const MatrixBackend& backend, const Dataset& data,
                 const Normalize& normalize, int threads);

/// Images that are best executed together: their windows take a few megabytes at most. It has no influence on any
/// result.
[[nodiscard]] int block_size(const QuantizedGraph& graph);

}  // namespace ohmic::workloads
