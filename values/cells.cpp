// SPDX-License-Identifier: Apache-2.0
// The effects of docs/devices.md, one function each, over one plane (polarity and slice) of cells at a time.
#include "values/cells.hpp"

#include <algorithm>

#include "base/portable_exp.hpp"
#include "models/cell_devices.hpp"
#include "values/cell_levels.hpp"
#include "values/shared_variation.hpp"

namespace ohmic::values {

namespace {

constexpr double kDeviate = 1.0 / (1 << kGaussianFractionBits);

/// Cells of one polarity and slice, [row][column].
struct Plane {
  int polarity = 0;
  int slice = 0;
  const std::uint8_t* codes = nullptr;
  std::vector<double> g;  // 2^-F levels

  [[nodiscard]] std::uint32_t number() const { return static_cast<std::uint32_t>(slice * 2 + polarity); }
};

class CellProgram {
 public:
  CellProgram(const mapping::WeightPlan& plan, const models::ArraySpec& array, const Chip& chip, int layer)
      : plan_(plan),
        array_(array),
        causes_(chip.causes_of(layer)),
        constants_(cell_constants(plan, array, causes_, chip.conditions.time_since_write)),
        scope_{.seed = chip.seed, .trial = chip.trial, .layer = static_cast<std::uint32_t>(layer)},
        epoch_(chip.conditions.epoch) {}

  [[nodiscard]] std::vector<std::int16_t> run() const;

 private:
  void write(Plane& plane, SharedVariation& shared) const;
  void drift(Plane& plane) const;
  void add_slow_noise(Plane& plane) const;
  void stick(Plane& plane) const;
  void scale(Plane& plane) const;
  void mismatch(Plane& plane, const models::ChargeDomain& charge) const;
  [[nodiscard]] double write_error(const CellLevel& level, int row, int column, std::uint32_t plane,
                                   PhiloxKey key) const;

  /// visit(cell, bits) for every cell of a plane, with its own 32 random bits; four columns share one Philox call.
  template <class Visit>
  void draw(const Plane& plane, Purpose purpose, std::uint32_t epoch, const Visit& visit) const {
    const PhiloxKey key = key_of(purpose, epoch);
    std::size_t cell = 0;
    for (int row = 0; row < plan_.rows; ++row) {
      for (int column = 0; column < plan_.columns; column += 4) {
        const PhiloxCounter bits =
            philox({static_cast<std::uint32_t>(row), static_cast<std::uint32_t>(column) >> 2, plane.number(), 0}, key);
        for (int i = 0; i < std::min(4, plan_.columns - column); ++i) visit(cell++, bits[static_cast<std::size_t>(i)]);
      }
    }
  }
  [[nodiscard]] PhiloxKey key_of(Purpose purpose, std::uint32_t epoch = 0) const {
    DrawScope scope = scope_;
    scope.purpose = purpose;
    scope.epoch = epoch;
    return stream_key(scope);
  }
  [[nodiscard]] const CellLevel& level(const Plane& plane, std::size_t cell) const {
    return constants_.levels[plane.codes[cell]];
  }

  const mapping::WeightPlan& plan_;
  const models::ArraySpec& array_;
  Causes causes_;
  CellConstants constants_;
  DrawScope scope_;
  std::uint32_t epoch_;
};

std::vector<std::int16_t> CellProgram::run() const {
  std::vector<std::int16_t> cells(plan_.codes.size());
  const std::size_t plane_size = static_cast<std::size_t>(plan_.rows) * static_cast<std::size_t>(plan_.columns);
  SharedVariation shared(plan_, array_, scope_);
  const auto charge = array_.cell.device->charge();
  for (int polarity = 0; polarity < plan_.planes; ++polarity) {
    for (int slice = 0; slice < static_cast<int>(plan_.slices.size()); ++slice) {
      const std::size_t first = plan_.index(polarity, slice, 0, 0);
      Plane plane{polarity, slice, plan_.codes.data() + first, std::vector<double>(plane_size)};
      write(plane, shared);
      if (constants_.drift_log > 0) drift(plane);
      if (causes_.has(Cause::slow_noise) && array_.cell.device->has_slow_noise()) add_slow_noise(plane);
      if (causes_.has(Cause::stuck_cells) && array_.cell.stuck.off + array_.cell.stuck.on > 0) stick(plane);
      scale(plane);
      if (causes_.has(Cause::mismatch) && charge) mismatch(plane, *charge);
      for (std::size_t i = 0; i < plane_size; ++i) {
        cells[first + i] = static_cast<std::int16_t>(
            std::clamp(std::nearbyint(plane.g[i]), -double{kMaxConductance}, double{kMaxConductance}));
      }
    }
  }
  return cells;
}

/// Levels, off conductance and the error of writing.
void CellProgram::write(Plane& plane, SharedVariation& shared) const {
  const PhiloxKey key = key_of(Purpose::programming_error);
  const bool scatters = std::any_of(constants_.levels.begin(), constants_.levels.end(),
                                    [](const CellLevel& level) { return level.sigma != 0; });
  const double sigma_unit = std::ldexp(1.0, -kSigmaFractionBits);
  std::size_t cell = 0;
  for (int row = 0; row < plan_.rows; ++row) {
    for (int column = 0; column < plan_.columns; ++column, ++cell) {
      const CellLevel& state = level(plane, cell);
      double g = state.mean;
      if (scatters) {
        double z = write_error(state, row, column, plane.number(), key);
        if (shared.is_there()) z = shared.at(plane.polarity, plane.slice, row, column) + shared.own_weight() * z;
        g += static_cast<double>(state.sigma) * sigma_unit * z;
      }
      plane.g[cell] = std::max(g, constants_.low);
    }
  }
}

/// Deviate of the last pulse on a cell, in units of its σ: pulse after pulse until one is within the tolerance.
double CellProgram::write_error(const CellLevel& level, int row, int column, std::uint32_t plane, PhiloxKey key) const {
  const int pulses = array_.write.tolerance ? array_.write.max_pulses : 1;
  const std::int64_t least = level.least_accepted * (std::int64_t{1} << kGaussianFractionBits);
  const std::int64_t most = level.most_accepted * (std::int64_t{1} << kGaussianFractionBits);
  PhiloxCounter bits{};
  std::int32_t z = 0;
  for (int pulse = 0; pulse < pulses; ++pulse) {
    if (pulse % 4 == 0) {
      bits = philox({static_cast<std::uint32_t>(row), static_cast<std::uint32_t>(column), plane,
                     static_cast<std::uint32_t>(pulse) >> 2},
                    key);
    }
    z = gaussian(bits[static_cast<std::size_t>(pulse % 4)]);
    const std::int64_t error = level.sigma * z;
    if (error >= least && error <= most) break;
  }
  return z * kDeviate;
}

void CellProgram::drift(Plane& plane) const {
  draw(plane, Purpose::drift_exponent, 0, [&](std::size_t cell, std::uint32_t bits) {
    const CellLevel& state = level(plane, cell);
    const double exponent = std::abs(state.drift_mean + state.drift_std * (gaussian(bits) * kDeviate));
    plane.g[cell] *= portable_exp(-exponent * constants_.drift_log);
  });
}

void CellProgram::add_slow_noise(Plane& plane) const {
  draw(plane, Purpose::slow_noise, epoch_, [&](std::size_t cell, std::uint32_t bits) {
    const double factor = 1 + level(plane, cell).slow * (gaussian(bits) * kDeviate);
    plane.g[cell] = std::max(plane.g[cell] * factor, constants_.low);
  });
}

void CellProgram::stick(Plane& plane) const {
  const auto threshold = [](double fraction) { return std::llround(std::ldexp(fraction, 32)); };
  const std::int64_t off_below = threshold(array_.cell.stuck.off);
  const std::int64_t on_from = (std::int64_t{1} << 32) - threshold(array_.cell.stuck.on);
  if (models::has_pairs(array_)) {
    // Either device alone: it conducts the range of a device more, or less, than it should.
    const double on = constants_.levels.back().nominal;
    for (const int device : {0, 1}) {
      const Plane devices{device, plane.slice, plane.codes, {}};
      draw(devices, Purpose::stuck_cell, 0, [&](std::size_t cell, std::uint32_t bits) {
        const bool should_be_on = plane.codes[cell] == (device == 0 ? 1 : 0);
        const double sign = device == 0 ? 1 : -1;
        if (bits < off_below && should_be_on) plane.g[cell] -= sign * on;
        if (bits >= on_from && !should_be_on) plane.g[cell] += sign * on;
      });
    }
    return;
  }
  draw(plane, Purpose::stuck_cell, 0, [&](std::size_t cell, std::uint32_t bits) {
    if (bits < off_below) {
      plane.g[cell] = constants_.levels.front().nominal + constants_.off;
    } else if (bits >= on_from) {
      plane.g[cell] = constants_.levels.back().nominal + constants_.off;
    }
  });
}

/// Temperature, and the off conductance that is corrected.
void CellProgram::scale(Plane& plane) const {
  const bool is_corrected = array_.cell.off_current == models::OffCurrent::exact || !causes_.has(Cause::off_current);
  const double corrected = is_corrected ? constants_.off : 0.0;
  for (double& g : plane.g) g = g * constants_.temperature - corrected;
}

/// C_i (N C + C_par) / (C (Σ C + C_par)), times the gain where the reference is not scaled to it. Rows of the array
/// that the layer does not use hang on the column with their nominal capacitance.
void CellProgram::mismatch(Plane& plane, const models::ChargeDomain& charge) const {
  const double sigma = charge.mismatch();
  std::vector<double> relative(plane.g.size(), 1.0);
  if (sigma > 0) {
    draw(plane, Purpose::capacitor_mismatch, 0, [&](std::size_t cell, std::uint32_t bits) {
      relative[cell] = std::max(1 + sigma * (gaussian(bits) * kDeviate), 0.0);
    });
  }
  const int together = array_.rows_at_once();
  const double parasitic = charge.parasitic(array_.rows).value() / charge.capacitance.value();
  const double gain = charge.is_reference_scaled ? 1.0 : charge.gain(together, array_.rows);
  const auto columns = static_cast<std::size_t>(plan_.columns);
  for (int block = 0; block < plan_.rows; block += array_.rows) {
    const int block_end = std::min(block + array_.rows, plan_.rows);
    for (int begin = block; begin < block_end; begin += together) {
      const auto first = static_cast<std::size_t>(begin) * columns;
      const auto end = static_cast<std::size_t>(std::min(begin + together, block_end)) * columns;
      for (std::size_t column = 0; column < columns; ++column) {
        double total = together + parasitic;
        for (std::size_t i = first + column; i < end; i += columns) total += relative[i] - 1;
        const double factor = gain * (together + parasitic) / total;
        for (std::size_t i = first + column; i < end; i += columns) plane.g[i] *= relative[i] * factor;
      }
    }
  }
}

}  // namespace

std::vector<std::int16_t> program_cells(const mapping::WeightPlan& plan, const models::ArraySpec& array,
                                        const Chip& chip, int layer) {
  return CellProgram(plan, array, chip, layer).run();
}

bool are_nominal(const mapping::WeightPlan& plan, const std::vector<std::int16_t>& cells, int cell_bits) {
  const int unit = 1 << conductance_fraction_bits(cell_bits);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i] != plan.level(plan.codes[i]) * unit) return false;
  }
  return true;
}

}  // namespace ohmic::values
