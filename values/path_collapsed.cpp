// SPDX-License-Identifier: Apache-2.0
// Where every conversion gives exactly what it is given, converting and adding up is linear: Σ over cells of weight ·
// digit · level = Σ over rows of (Σ over steps) · (Σ over slices and polarities), one integer product per column.
#include <algorithm>
#include <cstdlib>

#include "values/digits.hpp"
#include "values/kernels.hpp"
#include "values/layer_array.hpp"

namespace ohmic::values {

namespace {

constexpr std::int64_t kNarrow = 32767;
constexpr std::int64_t kSumLimit = 2147483647;

class CollapsedPath : public LayerPath {
 public:
  CollapsedPath(LayerArray layer, Dispatch dispatch);
  [[nodiscard]] LayerStatistics multiply(const workloads::MatrixCall& call) const override;

 private:
  void sum_weights();
  void sum_inputs();
  void lay_weights();
  void multiply_narrow(const std::int32_t* x, std::vector<std::int64_t>& raw) const;
  void multiply_wide(const std::int32_t* x, std::vector<std::int64_t>& raw) const;

  LayerArray layer_;
  const Kernels& kernels_;
  std::vector<std::int32_t> inputs_;   // Σ over steps, by drive value − v_min
  std::vector<std::int32_t> weights_;  // Σ over slices and polarities, [row][column]
  int segment_pairs_ = 0;              // row pairs whose sums fit 32 bits; 0: the wide product is used
  int lanes_ = 0;
  std::vector<std::int16_t> laid_;  // weights as the kernels read them
};

CollapsedPath::CollapsedPath(LayerArray layer, Dispatch dispatch)
    : layer_(std::move(layer)), kernels_(kernels(dispatch)) {
  sum_weights();
  sum_inputs();
  const auto magnitude = [](const std::vector<std::int32_t>& values) {
    std::int64_t largest = 1;
    for (const std::int32_t v : values) largest = std::max<std::int64_t>(largest, std::abs(v));
    return largest;
  };
  const std::int64_t x = magnitude(inputs_);
  const std::int64_t w = magnitude(weights_);
  if (x <= kNarrow && w <= kNarrow)
    segment_pairs_ = static_cast<int>(std::min<std::int64_t>(kSumLimit / (2 * x * w), 1 << 16));
  if (segment_pairs_ > 0) lay_weights();
}

void CollapsedPath::sum_weights() {
  const mapping::WeightPlan& plan = layer_.encoded.weights;
  weights_.assign(static_cast<std::size_t>(plan.rows) * static_cast<std::size_t>(plan.columns), 0);
  for (int p = 0; p < plan.planes; ++p) {
    for (int s = 0; s < static_cast<int>(plan.slices.size()); ++s) {
      const std::int64_t weight = plan.slices[static_cast<std::size_t>(s)].weight * (p == 1 ? -1 : 1);
      const std::uint8_t* code = plan.codes.data() + plan.index(p, s, 0, 0);
      for (std::int32_t& sum : weights_) sum += static_cast<std::int32_t>(weight * plan.level(*code++));
    }
  }
}

void CollapsedPath::sum_inputs() {
  const mapping::InputPlan& plan = layer_.encoded.inputs;
  for (int v = plan.v_min; v <= plan.v_max; ++v) {
    std::int64_t sum = 0;
    for (int t = 0; t < layer_.steps(); ++t) sum += plan.steps[static_cast<std::size_t>(t)].weight * plan.digit(v, t);
    inputs_.push_back(static_cast<std::int32_t>(sum));
  }
}

void CollapsedPath::lay_weights() {
  const int columns = layer_.columns();
  const int pairs = (layer_.rows() + 1) / 2;
  lanes_ = (columns + kLanes - 1) / kLanes * kLanes;
  laid_.assign(static_cast<std::size_t>(pairs) * static_cast<std::size_t>(lanes_) * 2, 0);
  for (int row = 0; row < layer_.rows(); ++row) {
    for (int column = 0; column < columns; ++column) {
      laid_[(static_cast<std::size_t>(row / 2) * static_cast<std::size_t>(lanes_) + static_cast<std::size_t>(column)) *
                2 +
            static_cast<std::size_t>(row % 2)] =
          static_cast<std::int16_t>(weights_[static_cast<std::size_t>(row) * static_cast<std::size_t>(columns) +
                                             static_cast<std::size_t>(column)]);
    }
  }
}

LayerStatistics CollapsedPath::multiply(const workloads::MatrixCall& call) const {
  const std::int64_t vectors = std::int64_t{1} * call.images * call.pixels;
  std::vector<std::int64_t> raw(static_cast<std::size_t>(call.columns));
  for (std::int64_t vector = 0; vector < vectors; ++vector) {
    const std::int32_t* x = call.x + vector * call.rows;
    std::fill(raw.begin(), raw.end(), 0);
    if (segment_pairs_ > 0) {
      multiply_narrow(x, raw);
    } else {
      multiply_wide(x, raw);
    }
    std::int64_t drive_sum = 0;
    for (int row = 0; row < call.rows; ++row) drive_sum += x[row] - layer_.encoded.inputs.offset;
    std::int64_t* acc = call.acc + vector * call.columns;
    for (int c = 0; c < call.columns; ++c) {
      acc[c] = layer_.result(raw[static_cast<std::size_t>(c)] * kLevel, drive_sum, c);
    }
  }
  return {layer_.count_conversions(vectors), 0};
}

void CollapsedPath::multiply_narrow(const std::int32_t* x, std::vector<std::int64_t>& raw) const {
  const int pairs = (layer_.rows() + 1) / 2;
  const int zero = layer_.encoded.inputs.offset + layer_.encoded.inputs.v_min;
  std::vector<std::int16_t> values(static_cast<std::size_t>(pairs) * 2, 0);
  for (int row = 0; row < layer_.rows(); ++row) {
    values[static_cast<std::size_t>(row)] = static_cast<std::int16_t>(inputs_[static_cast<std::size_t>(x[row] - zero)]);
  }
  std::vector<std::int32_t> words(static_cast<std::size_t>(pairs));
  std::vector<std::int32_t> indices(static_cast<std::size_t>(pairs));
  std::vector<std::int32_t> dots(static_cast<std::size_t>(lanes_));
  for (int begin = 0; begin < pairs; begin += segment_pairs_) {
    const int count = collect_pairs(values.data() + std::ptrdiff_t{2} * begin, std::min(segment_pairs_, pairs - begin),
                                    words.data(), indices.data());
    kernels_.dots(words.data(), indices.data(), count, laid_.data() + std::ptrdiff_t{2} * begin * lanes_, lanes_,
                  dots.data());
    for (std::size_t c = 0; c < raw.size(); ++c) raw[c] += dots[c];
  }
}

void CollapsedPath::multiply_wide(const std::int32_t* x, std::vector<std::int64_t>& raw) const {
  const int zero = layer_.encoded.inputs.offset + layer_.encoded.inputs.v_min;
  const std::int32_t* weight = weights_.data();
  for (int row = 0; row < layer_.rows(); ++row) {
    const std::int64_t value = inputs_[static_cast<std::size_t>(x[row] - zero)];
    for (std::int64_t& sum : raw) sum += value * *weight++;
  }
}

}  // namespace

bool can_collapse(const LayerArray& layer) {
  if (!layer.ideal_cells || layer.noise.enabled || !vectors_know(layer)) return false;
  if (!layer.rounds) return true;
  return std::all_of(layer.ranges.begin(), layer.ranges.end(), [&](const ConverterRange& range) {
    return range.step == kLevel && range.low % kLevel == 0 && range.low <= layer.reachable.low * kLevel &&
           layer.reachable.high * kLevel <= range.low + layer.max_code * kLevel;
  });
}

std::unique_ptr<LayerPath> make_collapsed(LayerArray layer, Dispatch dispatch) {
  return std::make_unique<CollapsedPath>(std::move(layer), dispatch);
}

}  // namespace ohmic::values
