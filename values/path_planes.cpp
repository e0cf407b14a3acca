// SPDX-License-Identifier: Apache-2.0
// The vector path: for one input vector and one step, the sums of all columns of all planes at once, then noise and
// conversion of all of them. Digits that are zero cost nothing.
#include <algorithm>
#include <cmath>

#include "values/digits.hpp"
#include "values/plane_layout.hpp"

namespace ohmic::values {

namespace {

/// Buffers of one call.
struct Workspace {
  explicit Workspace(const LayerArray& layer, const PlaneLayout& layout);

  std::vector<std::int32_t> drive;                    // [row pair][2]
  std::vector<std::int16_t> digits;                   // [step][row pair][2]
  std::vector<std::int32_t> words, squares, indices;  // pairs of one segment that are not zero
  std::vector<std::int32_t> dots;                     // by lane of the planes
  std::vector<double> terms;                          // Σ digit² · variance, by lane of the planes
  std::vector<double> value, variance;                // by lane of the conversions
  std::vector<double> sums;                           // Σ weight · code
  std::vector<std::int32_t> z;
  std::uint32_t image = 0;
  std::uint32_t pixel = 0;
};

Workspace::Workspace(const LayerArray& layer, const PlaneLayout& layout) {
  const auto positions = static_cast<std::size_t>(layout.num_pairs) * 2;
  drive.assign(positions, 0);
  digits.assign(positions * layer.encoded.inputs.steps.size(), 0);
  for (auto* list : {&words, &squares, &indices}) list->resize(static_cast<std::size_t>(layout.num_pairs) + 1);
  dots.resize(static_cast<std::size_t>(layout.plane_lanes));
  terms.resize(static_cast<std::size_t>(layout.plane_lanes));
  const auto lanes = static_cast<std::size_t>(std::max(layout.lanes, layout.plane_lanes));
  for (auto* buffer : {&value, &variance, &sums}) buffer->resize(lanes);
  z.resize(layout.runs.front().quads.size() * 4 + lanes);
}

class PlanesPath : public LayerPath {
 public:
  PlanesPath(LayerArray layer, Dispatch dispatch)
      : layer_(std::move(layer)), layout_(layer_), kernels_(kernels(dispatch)), noise_scale_(layer_.noise.scale()) {}
  [[nodiscard]] LayerStatistics multiply(const workloads::MatrixCall& call) const override;

 private:
  std::int64_t set_digits(const std::int32_t* x, Workspace& w) const;
  bool add_up(const Run& run, int group, Workspace& w) const;
  void add_step(const Run& run, int t, const Segment& segment, int count, bool first, Workspace& w) const;
  void add_variance_terms(int t, const Segment& segment, int count, Workspace& w) const;
  void add_variance(const Run& run, int t, int group, Workspace& w) const;
  std::int64_t convert_run(const Run& run, int group, Workspace& w) const;
  void reconstruct(const Workspace& w, std::int64_t drive_sum, std::int64_t* acc) const;

  LayerArray layer_;
  PlaneLayout layout_;
  const Kernels& kernels_;
  double noise_scale_;
};

LayerStatistics PlanesPath::multiply(const workloads::MatrixCall& call) const {
  Workspace w(layer_, layout_);
  LayerStatistics counted;
  const std::int32_t* x = call.x;
  std::int64_t* acc = call.acc;
  for (int image = 0; image < call.images; ++image) {
    w.image = static_cast<std::uint32_t>(call.first_image + image);
    for (int pixel = 0; pixel < call.pixels; ++pixel, x += call.rows, acc += call.columns) {
      w.pixel = static_cast<std::uint32_t>(pixel);
      const std::int64_t drive_sum = set_digits(x, w);
      std::fill(w.sums.begin(), w.sums.end(), 0.0);
      for (int group = 0; group < static_cast<int>(layout_.groups.size()); ++group) {
        for (const Run& run : layout_.runs) {
          counted.conversions += std::int64_t{1} * layout_.conversions * call.columns;
          counted.clipped += convert_run(run, group, w);
        }
      }
      reconstruct(w, drive_sum, acc);
    }
  }
  return counted;
}

/// Returns the sum of the drive values.
std::int64_t PlanesPath::set_digits(const std::int32_t* x, Workspace& w) const {
  const mapping::InputPlan& inputs = layer_.encoded.inputs;
  std::int64_t drive_sum = 0;
  for (const auto& segments : layout_.groups) {
    for (const Segment& segment : segments) {
      std::int32_t* to = w.drive.data() + std::ptrdiff_t{2} * segment.pair_begin;
      for (int row = segment.row_begin; row < segment.row_end; ++row) {
        *to = x[row] - inputs.offset;
        drive_sum += *to++;
      }
    }
  }
  const int positions = layout_.num_pairs * 2;
  for (int t = 0; t < layer_.steps(); ++t) {
    std::int16_t* digits = w.digits.data() + std::ptrdiff_t{t} * positions;
    extract_digits(inputs, t, w.drive.data(), positions, digits);
    // The empty half of a last pair has no cell.
    for (const auto& segments : layout_.groups) {
      for (const Segment& segment : segments) {
        if ((segment.row_end - segment.row_begin) % 2 != 0) digits[2 * (segment.pair_begin + segment.pairs()) - 1] = 0;
      }
    }
  }
  return drive_sum;
}

/// Values and variances of a run's conversions; false when no row is driven.
bool PlanesPath::add_up(const Run& run, int group, Workspace& w) const {
  bool driven = false;
  const bool noisy = layer_.noise.enabled;
  if (!layout_.direct) std::fill(w.value.begin(), w.value.end(), 0.0);
  if (noisy) std::fill(w.variance.begin(), w.variance.end(), 0.0);
  for (int t = run.step_begin; t < run.step_end; ++t) {
    bool step_driven = false;
    if (!layout_.variance.empty()) std::fill(w.terms.begin(), w.terms.end(), 0.0);
    for (const Segment& segment : layout_.groups[static_cast<std::size_t>(group)]) {
      const std::int16_t* digits = w.digits.data() + 2 * (std::ptrdiff_t{t} * layout_.num_pairs + segment.pair_begin);
      const int count = collect_pairs(digits, segment.pairs(), w.words.data(), w.indices.data());
      if (count == 0) continue;
      add_step(run, t, segment, count, !driven, w);
      if (!layout_.variance.empty()) add_variance_terms(t, segment, count, w);
      driven = step_driven = true;
    }
    if (noisy && step_driven) add_variance(run, t, group, w);
  }
  return driven;
}

void PlanesPath::add_step(const Run& run, int t, const Segment& segment, int count, bool first, Workspace& w) const {
  const std::int16_t* cells = layout_.conductance.data() + std::ptrdiff_t{2} * segment.pair_begin * layout_.plane_lanes;
  kernels_.dots(w.words.data(), w.indices.data(), count, cells, layout_.plane_lanes, w.dots.data());
  double* __restrict value = w.value.data();
  const std::int32_t* __restrict dots = w.dots.data();
  if (layout_.direct) {
    if (first) {
      for (int lane = 0; lane < layout_.plane_lanes; ++lane) value[lane] = dots[lane];
    } else {
      for (int lane = 0; lane < layout_.plane_lanes; ++lane) value[lane] += dots[lane];
    }
    return;
  }
  const double step_weight = run.step_weight[static_cast<std::size_t>(t - run.step_begin)];
  for (const Plane& plane : layout_.planes) {
    double* __restrict to = value + std::ptrdiff_t{plane.conversion} * layout_.padded_columns;
    const double weight = step_weight * plane.weight;
    for (int column = 0; column < layout_.padded_columns; ++column) to[column] += weight * dots[column];
    dots += layout_.padded_columns;
  }
}

/// terms += digit² · variance, in pieces that keep sums in 32 bits: 8 bits of the square, 14 of the variance.
void PlanesPath::add_variance_terms(int t, const Segment& segment, int count, Workspace& w) const {
  constexpr int kSquareBits = 8;
  constexpr int kMask = (1 << kSquareBits) - 1;
  const int max_digit = layer_.encoded.inputs.max_digit(t);
  const std::ptrdiff_t begin = std::ptrdiff_t{2} * segment.pair_begin * layout_.plane_lanes;
  for (int shift = 0; shift == 0 || ((max_digit * max_digit) >> shift) != 0; shift += kSquareBits) {
    for (int i = 0; i < count; ++i) {
      const int low = static_cast<std::int16_t>(w.words[static_cast<std::size_t>(i)]);
      const int high = w.words[static_cast<std::size_t>(i)] >> 16;
      w.squares[static_cast<std::size_t>(i)] = digit_pair(static_cast<std::int16_t>((low * low >> shift) & kMask),
                                                          static_cast<std::int16_t>((high * high >> shift) & kMask));
    }
    double unit = std::ldexp(1.0, shift);
    for (const std::vector<std::int16_t>& piece : layout_.variance) {
      kernels_.dots(w.squares.data(), w.indices.data(), count, piece.data() + begin, layout_.plane_lanes,
                    w.dots.data());
      for (int lane = 0; lane < layout_.plane_lanes; ++lane) {
        w.terms[static_cast<std::size_t>(lane)] += unit * w.dots[static_cast<std::size_t>(lane)];
      }
      unit = std::ldexp(unit, kVariancePieceBits);
    }
  }
}

/// variance += weight² · Σ digit² · variance, for every plane in the order of the definition.
void PlanesPath::add_variance(const Run& run, int t, int group, Workspace& w) const {
  const double step_weight = run.step_weight[static_cast<std::size_t>(t - run.step_begin)];
  double uniform = 0;
  if (layout_.variance.empty()) {
    const auto& segments = layout_.groups[static_cast<std::size_t>(group)];
    const std::int16_t* digits = w.digits.data() + std::ptrdiff_t{2} * t * layout_.num_pairs;
    std::int64_t squares = 0;
    for (int i = 2 * segments.front().pair_begin; i < 2 * (segments.back().pair_begin + segments.back().pairs()); ++i) {
      const std::int32_t square = digits[i] * digits[i];
      squares += square;
    }
    uniform = static_cast<double>(squares * layer_.noise.variance.front());
  }
  const double* terms = w.terms.data();
  for (const Plane& plane : layout_.planes) {
    double* __restrict to = w.variance.data() + std::ptrdiff_t{plane.conversion} * layout_.padded_columns;
    const double weight = step_weight * plane.weight;
    if (layout_.variance.empty()) {
      const double cells = plane.polarity < 0 ? layer_.encoded.weights.planes : 1;
      const double term = weight * weight * (cells * uniform);
      for (int column = 0; column < layout_.padded_columns; ++column) to[column] += term;
    } else {
      for (int column = 0; column < layout_.padded_columns; ++column) to[column] += weight * weight * terms[column];
      terms += layout_.padded_columns;
    }
  }
}

/// Adds the codes of a run to the sums; returns how many clipped.
std::int64_t PlanesPath::convert_run(const Run& run, int group, Workspace& w) const {
  if (!add_up(run, group, w)) {
    for (int lane = 0; lane < layout_.lanes; ++lane) {
      const auto i = static_cast<std::size_t>(lane);
      w.sums[i] += run.weight[i] * layout_.zero_code[i];
    }
    return layout_.zero_clipped;
  }
  if (layer_.noise.enabled) {
    kernels_.draws(layer_.noise_key, w.image, w.pixel, run.quads.data(), run.places.data(),
                   static_cast<std::uint32_t>(group) << 16, static_cast<int>(run.quads.size()), w.z.data());
    kernels_.add_noise(w.value.data(), w.variance.data(), w.z.data(), noise_scale_, layout_.lanes);
  }
  const ConverterLanes converters{layout_.low.data(), layout_.step.data(), run.weight.data(),
                                  std::ldexp(1.0, kValueFractionBits - layer_.fraction_bits),
                                  static_cast<double>(layer_.max_code)};
  return kernels_.convert(converters, w.value.data(), w.sums.data(), layout_.lanes);
}

void PlanesPath::reconstruct(const Workspace& w, std::int64_t drive_sum, std::int64_t* acc) const {
  std::int64_t weights = 0;
  for (const mapping::Conversion& c : layer_.conversions) weights += c.weight;
  weights *= static_cast<std::int64_t>(layer_.groups.size());
  for (int column = 0; column < layer_.columns(); ++column) {
    double codes = 0;
    for (int k = 0; k < layout_.conversions; ++k) {
      codes += w.sums[static_cast<std::size_t>(k) * layout_.padded_columns + column];
    }
    const ConverterRange& range = layer_.ranges[static_cast<std::size_t>(column)];
    const std::int64_t raw = range.low * weights + range.step * static_cast<std::int64_t>(codes);
    acc[column] = layer_.result(raw, drive_sum, column);
  }
}

}  // namespace

bool doubles_convert(const LayerArray& layer) {
  // Values and sums of codes are exact in doubles; see convert_loop() for the quotient.
  const double value_limit = std::ldexp(1.0, 51);
  const double exact_limit = std::ldexp(1.0, 53);
  const auto codes = static_cast<double>(layer.max_code + 2);
  return layer.bounds.value < value_limit && layer.bounds.code_sum < exact_limit &&
         std::all_of(layer.ranges.begin(), layer.ranges.end(), [&](const ConverterRange& range) {
           return static_cast<double>(range.step) * codes < value_limit;
         });
}

bool can_use_planes(const LayerArray& layer) {
  return vectors_know(layer) && doubles_convert(layer) && layer.bounds.variance_term < std::ldexp(1.0, 53);
}

std::unique_ptr<LayerPath> make_planes(LayerArray layer, Dispatch dispatch) {
  return std::make_unique<PlanesPath>(std::move(layer), dispatch);
}

}  // namespace ohmic::values
