// SPDX-License-Identifier: Apache-2.0
// Speed of the array arithmetic on one core, as a share of what oneDNN reaches in products of bytes in the same run:
// logical 8-bit × 8-bit products per second of 256 × 256 weights in four 2-bit slices, differential, 8-bit inputs bit
// by bit, converted for every slice and input bit. CPU time, the best of several rounds.
#include <dnnl.h>
#include <omp.h>

#include <algorithm>
#include <ctime>
#include <map>

#include "tests/bench/bench.hpp"
#include "tests/support/values_cases.hpp"

namespace {

using namespace ohmic;
using values::Dispatch;
using values::Path;

constexpr int kSize = 256;
constexpr int kRounds = 7;
constexpr double kSeconds = 0.15;  // of one measurement

/// CPU seconds of one call of `run`, repeated until they can be told.
template <class Run>
double seconds_of(const Run& run) {
  int calls = 0;
  const std::clock_t begin = std::clock();
  double seconds = 0;
  while (seconds < kSeconds) {
    run();
    ++calls;
    seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  }
  return seconds / calls;
}

/// Products per second of one oneDNN call of `m` vectors on a `size` × `size` matrix.
class Yardstick {
 public:
  Yardstick(int m, int size) : m_(m), size_(size), x_(count(m)), w_(count(size)), out_(count(m)) {
    test::Random random(1);
    for (auto& x : x_) x = static_cast<std::uint8_t>(random.between(0, 255));
    for (auto& w : w_) w = static_cast<std::int8_t>(random.between(-127, 127));
  }
  double rate() {
    const double seconds = seconds_of([this] {
      const std::int32_t zero = 0;
      dnnl_gemm_u8s8s32('N', 'N', 'F', m_, size_, size_, 1.0F, x_.data(), size_, 0, w_.data(), size_, 0, 0.0F,
                        out_.data(), size_, &zero);
    });
    return static_cast<double>(m_) * size_ * size_ / seconds;
  }

 private:
  [[nodiscard]] std::size_t count(int m) const { return static_cast<std::size_t>(m) * static_cast<std::size_t>(size_); }
  int m_, size_;
  std::vector<std::uint8_t> x_;
  std::vector<std::int8_t> w_;
  std::vector<std::int32_t> out_;
};

struct Work {
  std::string name;
  int adc_bits = 8;
  values::ConverterRange range;
  std::string device = "{kind: ideal}";
  Dispatch dispatch = Dispatch::automatic;
};

class Measured {
 public:
  explicit Measured(const Work& work) {
    models::ArraySpec& array = case_.array;
    array.rows = array.columns = array.parallel_rows = kSize;
    array.cell.bits = 2;
    array.cell.device = test::device(work.device);
    array.weights.encoding = models::WeightEncoding::differential;
    array.inputs.encoding = models::InputEncoding::unsigned_;
    array.inputs.dac_bits = 1;
    array.accumulate = {models::Domain::digital, models::Domain::digital, models::Domain::analog};
    array.adc.part->bits = work.adc_bits;
    case_.input = {8, false, 1.0, 0};
    case_.images = 8;
    case_.pixels = 128;
    test::Random random(2);
    case_.fill(random, kSize, kSize, 8);
    for (auto& x : case_.x) x = random.between(0, 255);
    case_.ranges = {{work.range}};
    backend_ =
        std::make_unique<values::ArrayBackend>(case_.graph, case_.layers, case_.array, case_.ranges, values::Chip{1, 0},
                                               values::ComputeOptions{Path::automatic, work.dispatch, 1});
    acc_.resize(case_.x.size());
  }
  double rate() {
    const double seconds = seconds_of([this] {
      backend_->multiply(
          {case_.graph.output, 0, case_.images, case_.pixels, kSize, kSize, case_.x.data(), acc_.data()});
    });
    return static_cast<double>(case_.images) * case_.pixels * kSize * kSize / seconds;
  }

 private:
  test::ValuesCase case_;
  std::unique_ptr<values::ArrayBackend> backend_;
  std::vector<std::int64_t> acc_;
};

}  // namespace

/// All works, or those named.
ohmic::bench::Numbers ohmic::bench::measure(const std::vector<std::string>& wanted) {
  omp_set_num_threads(1);
  const std::int64_t level = values::kLevel;
  // 8 bits of one level each clip what 256 rows reach (±768); 11 bits lose nothing.
  const values::ConverterRange clipping{-128 * level, level};
  std::vector<Work> works{
      {"collapsed", 11, {-1024 * level, level}},
      {"clip_exact", 8, clipping},
      {"analog", 8, clipping, "{kind: rram_generic, programming_error: 0.02, read_noise: 0}"},
      {"noisy", 8, clipping, "{kind: rram_generic, programming_error: 0, read_noise: 0.01}"},
      {"portable", 8, clipping, "{kind: ideal}", Dispatch::portable},
  };
  std::erase_if(works, [&](const Work& work) {
    return !wanted.empty() && std::find(wanted.begin(), wanted.end(), work.name) == wanted.end();
  });
  std::vector<Yardstick> yardsticks{{8192, 256}, {1024, 1024}, {2048, 2048}};
  std::vector<Measured> measured(works.begin(), works.end());
  double yardstick = 0;
  std::map<std::string, double> best;
  for (int round = 0; round < kRounds; ++round) {
    for (Yardstick& y : yardsticks) yardstick = std::max(yardstick, y.rate());
    for (std::size_t i = 0; i < works.size(); ++i) {
      best[works[i].name] = std::max(best[works[i].name], measured[i].rate());
    }
  }
  Numbers numbers{{"onednn_gmac_per_s", yardstick * 1e-9}};
  for (const Work& work : works) numbers.emplace_back("mac_share_" + work.name, best[work.name] / yardstick);
  return numbers;
}
