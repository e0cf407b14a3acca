// SPDX-License-Identifier: Apache-2.0
#include "values/trials.hpp"

#include <algorithm>
#include <memory>

#include "base/parallel.hpp"
#include "workloads/execute.hpp"

namespace ohmic::values {

namespace {

/// How work is cut: `chips` at once, each with blocks of `block` images.
struct Cut {
  int chips = 1;
  int block = 1;
};

/// A few pieces for each thread; as few chips in memory as that allows, never more than threads.
Cut cut_work(int images, int trials, int largest_block, int threads) {
  if (threads == 1) return {1, largest_block};
  constexpr std::int64_t kPiecesPerThread = 2;
  const std::int64_t pieces = kPiecesPerThread * threads;
  const auto chips = std::min<std::int64_t>({ceil_div(pieces * largest_block, images), threads, trials});
  const std::int64_t block = std::clamp<std::int64_t>(images * chips / pieces, 1, largest_block);
  return {static_cast<int>(chips), static_cast<int>(block)};
}

/// Trials that run at the same time.
class Wave {
 public:
  Wave(const Experiment& experiment, int first_trial, const Cut& cut, const ComputeOptions& options)
      : experiment_(experiment),
        cut_(cut),
        options_(options),
        blocks_((experiment.images + cut.block - 1) / cut.block),
        chips_(static_cast<std::size_t>(cut.chips), experiment.chip),
        backends_(chips_.size()),
        observed_(chips_.size() * static_cast<std::size_t>(blocks_)) {
    for (std::size_t i = 0; i < chips_.size(); ++i) {
      chips_[i].trial = static_cast<std::uint32_t>(first_trial) + static_cast<std::uint32_t>(i);
    }
  }

  std::vector<Trial> run() {
    make_backends();
    std::vector<Trial> trials(chips_.size());
    for (Trial& trial : trials) trial.answers = workloads::Answers(experiment_.test, experiment_.images);
    const auto blocks = static_cast<std::size_t>(blocks_);
    parallel_for(trials.size() * blocks, options_.threads,
                 [&](std::size_t piece) { run_piece(piece / blocks, static_cast<int>(piece % blocks), trials); });
    for (std::size_t i = 0; i < trials.size(); ++i) {
      trials[i].score = workloads::score(trials[i].answers, experiment_.test);
      trials[i].counted = backends_[i]->statistics();
      backends_[i].reset();
      if (experiment_.sampled_images > 0) trials[i].samples = joined_samples(i);
    }
    return trials;
  }

 private:
  void make_backends() {
    // The layers of one chip, or the chips, side by side.
    ComputeOptions options = options_;
    if (chips_.size() > 1) options.threads = 1;
    parallel_for(chips_.size(), options_.threads, [&](std::size_t i) {
      if (experiment_.prepare) experiment_.prepare(chips_[i], options.threads);
      backends_[i] = std::make_unique<ArrayBackend>(experiment_.graph, experiment_.layers, experiment_.array,
                                                    experiment_.ranges, chips_[i], options);
    });
  }

  void run_piece(std::size_t chip, int block, std::vector<Trial>& trials) {
    const int first = block * cut_.block;
    const int count = std::min(cut_.block, experiment_.images - first);
    const workloads::MatrixBackend* backend = backends_[chip].get();
    if (first < experiment_.sampled_images) {
      auto& observed = observed_[chip * static_cast<std::size_t>(blocks_) + static_cast<std::size_t>(block)];
      observed = std::make_unique<ObservedBackend>(experiment_.graph, *backend, experiment_.sampled_images);
      backend = observed.get();
    }
    trials[chip].answers.put(first, workloads::answer_block(experiment_.graph, *backend, experiment_.test,
                                                            experiment_.normalize, first, count));
  }

  /// What all blocks of one chip showed; of the first chip with what its converters rounded.
  std::vector<LayerSample> joined_samples(std::size_t chip) {
    const auto begin = observed_.begin() + static_cast<std::ptrdiff_t>(chip) * blocks_;
    std::vector<LayerSample> samples(experiment_.layers.size());
    parallel_for(samples.size(), options_.threads, [&](std::size_t layer) {
      std::vector<std::int32_t> vectors;
      for (auto block = begin; block != begin + blocks_ && *block != nullptr; ++block) {
        samples[layer].add((*block)->samples()[layer]);
        const std::vector<std::int32_t>& more = (*block)->vectors()[layer];
        vectors.insert(vectors.end(), more.begin(), more.end());
      }
      if (chips_[chip].trial != 0) return;
      samples[layer].converted = count_rounding(experiment_.layers[layer], experiment_.array, experiment_.ranges[layer],
                                                chips_[chip], static_cast<int>(layer), vectors);
    });
    return samples;
  }

  const Experiment& experiment_;
  Cut cut_;
  const ComputeOptions& options_;
  int blocks_;
  std::vector<Chip> chips_;
  std::vector<std::unique_ptr<ArrayBackend>> backends_;
  std::vector<std::unique_ptr<ObservedBackend>> observed_;  // [chip][block]; null where no image is watched
};

}  // namespace

std::vector<Trial> run_trials(const Experiment& experiment, int most, const std::optional<StopRule>& stop_when,
                              const ComputeOptions& options) {
  const Cut whole =
      cut_work(experiment.images, most, workloads::block_size(experiment.graph), thread_count(options.threads));
  std::vector<Trial> done;
  std::vector<double> known;
  while (static_cast<int>(done.size()) < most) {
    const int first = static_cast<int>(done.size());
    Cut cut = whole;
    cut.chips = std::min(cut.chips, most - first);
    for (Trial& trial : Wave(experiment, first, cut, options).run()) {
      known.push_back(trial.score);
      done.push_back(std::move(trial));
      if (stop_when && is_enough(known, *stop_when)) return done;
    }
  }
  return done;
}

std::vector<double> scores(const std::vector<Trial>& trials) {
  std::vector<double> values;
  values.reserve(trials.size());
  for (const Trial& trial : trials) values.push_back(trial.score);
  return values;
}

Scores better_by(const workloads::Metric& metric, const std::vector<double>& a, const std::vector<double>& b) {
  return metric.is_accuracy ? paired_difference(a, b) : paired_difference(b, a);
}

}  // namespace ohmic::values
