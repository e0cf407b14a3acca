// SPDX-License-Identifier: Apache-2.0
#include "values/attribution.hpp"

#include <algorithm>

#include "workloads/execute.hpp"
#include "workloads/score.hpp"

namespace ohmic::values {

namespace {

/// Runs variants of one chip.
class Attributing {
 public:
  Attributing(const Experiment& experiment, const AttributionSpec& spec, const ComputeOptions& options)
      : experiment_(experiment),
        metric_(workloads::metric_of(experiment.test)),
        trials_(spec.trials),
        options_(options),
        all_(experiment.chip.causes) {
    if (spec.images > 0) experiment_.images = spec.images;
    experiment_.sampled_images = 0;
  }

  [[nodiscard]] Attribution run(const AttributionSpec& spec) const {
    Attribution result;
    result.images = experiment_.images;
    result.integers = integer_score();
    result.whole = summarise(with(all_, {}));
    result.loss = lost(result, result.whole);
    if (spec.causes) add_causes(result);
    if (spec.layers) add_layers(result);
    return result;
  }

 private:
  [[nodiscard]] double integer_score() const {
    const workloads::ReferenceBackend reference(experiment_.graph);
    return workloads::score(workloads::answer(experiment_.graph, reference, experiment_.test, experiment_.normalize,
                                              experiment_.images, options_.threads),
                            experiment_.test);
  }

  [[nodiscard]] std::vector<double> with(Causes causes, std::vector<Causes> layer_causes) const {
    Experiment variant = experiment_;
    variant.chip.causes = causes;
    variant.chip.layer_causes = std::move(layer_causes);
    // Without anything random one chip stands for all.
    if (!is_random(variant.array)) {
      std::vector<double> alike;
      const double only = scores(run_trials(variant, 1, std::nullopt, options_)).front();
      alike.assign(static_cast<std::size_t>(trials_), only);
      return alike;
    }
    return scores(run_trials(variant, trials_, std::nullopt, options_));
  }

  [[nodiscard]] Scores lost(const Attribution& result, const Scores& scores) const {
    return better_by(metric_, std::vector<double>(scores.trials.size(), result.integers), scores.trials);
  }

  [[nodiscard]] Effect effect(const Attribution& result, std::string name, std::vector<double> alone,
                              std::vector<double> removed) const {
    Effect effect;
    effect.name = std::move(name);
    effect.alone = summarise(std::move(alone));
    effect.loss = lost(result, effect.alone);
    effect.removed = summarise(std::move(removed));
    effect.gain = better_by(metric_, effect.removed.trials, result.whole.trials);
    return effect;
  }

  void add_causes(Attribution& result) const {
    const Causes present = causes_of(experiment_.array) & all_;
    for (const auto& [name, number] : enum_names(Cause{})) {
      const auto cause = static_cast<Cause>(number);
      if (!present.has(cause)) continue;
      result.causes.push_back(
          effect(result, std::string(name), with(Causes::none().with(cause), {}), with(all_.without(cause), {})));
    }
  }

  void add_layers(Attribution& result) const {
    const std::size_t count = experiment_.layers.size();
    for (std::size_t i = 0; i < count; ++i) {
      if (experiment_.layers[i].is_streamed) continue;
      std::vector<Causes> alone(count, Causes::none());
      std::vector<Causes> removed(count, all_);
      std::swap(alone[i], removed[i]);
      result.layers.push_back(effect(result, experiment_.graph.layer_name(i), with(all_, std::move(alone)),
                                     with(all_, std::move(removed))));
    }
  }

  Experiment experiment_;
  workloads::Metric metric_;
  int trials_;
  const ComputeOptions& options_;
  Causes all_;
};

}  // namespace

void fields(Fields& f, AttributionSpec& s) {
  f.key("causes", s.causes, {.doc = "what each cause of errors costs"});
  f.key("layers", s.layers, {.doc = "what the errors of each layer cost"});
  f.key("trials", s.trials, {.doc = "chips of every variant", .min = 1, .max = 100000});
  f.key("images", s.images, {.doc = "images of every variant, 0 = all that are evaluated", .min = 0, .max = 1e9});
}

const Effect* most_harmful(const std::vector<Effect>& effects) {
  const auto most = std::max_element(effects.begin(), effects.end(),
                                     [](const Effect& a, const Effect& b) { return a.harm() < b.harm(); });
  return most == effects.end() || most->harm() <= 0 ? nullptr : &*most;
}

Attribution attribute(const Experiment& experiment, const AttributionSpec& spec, const ComputeOptions& options) {
  return Attributing(experiment, spec, options).run(spec);
}

}  // namespace ohmic::values
