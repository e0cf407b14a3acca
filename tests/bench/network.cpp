// SPDX-License-Identifier: Apache-2.0
// Time of ResNet-8 on 1,000 images of CIFAR-10 over the time of its array arithmetic alone, on the chip of its run and
// on lossless arrays of ideal cells, where the arithmetic is one integer product; and one core's time over two cores'.
// Needs the model and the images on the data path.
#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>

#include "base/files.hpp"
#include "explore/pipeline.hpp"
#include "explore/run_spec.hpp"
#include "tests/bench/bench.hpp"
#include "values/array_backend.hpp"
#include "values/evaluate.hpp"
#include "workloads/score.hpp"

namespace {

using namespace ohmic;

/// Counts the CPU time of the products that another backend computes; one thread at a time.
class TimedBackend : public workloads::MatrixBackend {
 public:
  explicit TimedBackend(const workloads::MatrixBackend& backend) : backend_(backend) {}
  void multiply(const workloads::MatrixCall& call) const override {
    const std::clock_t begin = std::clock();
    backend_.multiply(call);
    ticks_ += std::clock() - begin;
  }
  [[nodiscard]] double seconds() const { return static_cast<double>(ticks_) / CLOCKS_PER_SEC; }

 private:
  const workloads::MatrixBackend& backend_;
  mutable std::clock_t ticks_ = 0;
};

class Network {
 public:
  Network(const std::string& file, const std::vector<std::string>& overrides)
      : config_(explore::read_run(file, overrides)) {
    options_.data_path = DataPath::from_environment();
    mapped_ = explore::map_run(config_, options_);
    test_ = workloads::read_dataset(config_.spec.workload.data.test, options_.data_path);
    const models::ArraySpec& array = config_.spec.architecture.array;
    const workloads::Dataset calibration =
        workloads::read_dataset(*config_.spec.workload.data.calibration, options_.data_path);
    const values::ConverterRanges ranges =
        values::choose_ranges(mapped_.graph, mapped_.layers, array, calibration, normalize(), 0);
    backend_ = std::make_unique<values::ArrayBackend>(mapped_.graph, mapped_.layers, array, ranges,
                                                      values::Chip{config_.spec.seed, 0});
  }

  /// Time of everything over that of the products.
  [[nodiscard]] double over_kernels() const {
    const TimedBackend timed(*backend_);
    const std::clock_t begin = std::clock();
    classify(timed, test_.count(), 1);
    return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC / timed.seconds();
  }

  /// Wall time on one core over that on two, the median of three.
  [[nodiscard]] double two_core_speedup() const {
    std::array<double, 3> ratios{};
    for (double& ratio : ratios) ratio = wall_seconds(1) / wall_seconds(2);
    std::sort(ratios.begin(), ratios.end());
    return ratios[1];
  }

 private:
  [[nodiscard]] const workloads::Normalize& normalize() const { return config_.spec.workload.data.normalize; }
  void classify(const workloads::MatrixBackend& backend, int images, int threads) const {
    (void)workloads::answer(mapped_.graph, backend, test_, normalize(), images, threads);
  }
  [[nodiscard]] double wall_seconds(int threads) const {
    const auto begin = std::chrono::steady_clock::now();
    classify(*backend_, test_.count() / 4, threads);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }

  explore::RunConfig config_;
  explore::PipelineOptions options_;
  explore::MappedNetwork mapped_;
  workloads::Dataset test_;
  std::unique_ptr<values::ArrayBackend> backend_;
};

}  // namespace

ohmic::bench::Numbers ohmic::bench::measure(const std::vector<std::string>& /*arguments*/) {
  const std::string file = OHMIC_SOURCE_DIR "/configs/runs/resnet8_cifar10.yaml";
  const Network shipped(file, {});
  const Network ideal(file, {"architecture.array.cell.device={kind: ideal}", "architecture.array.adc.range=lossless",
                             "architecture.array.adc.bits=11"});
  return {{"network_over_kernels", shipped.over_kernels()},
          {"network_over_kernels_ideal", ideal.over_kernels()},
          {"network_two_core_speedup", shipped.two_core_speedup()}};
}
