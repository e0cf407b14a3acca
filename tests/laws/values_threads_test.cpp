// SPDX-License-Identifier: Apache-2.0
// An evaluation is the same for 1, 2 and 7 threads, for every dispatch level and for both paths, however trials and
// images are cut into work.
#include <catch2/catch.hpp>

#include "tests/support/evaluation_case.hpp"

namespace {

using namespace ohmic;
using values::Dispatch;
using values::Path;

void require_same(const values::Evaluation& got, const values::Evaluation& expected) {
  REQUIRE(got.scores.trials == expected.scores.trials);
  REQUIRE(got.answers == expected.answers);
  REQUIRE(got.stopped == expected.stopped);
  for (std::size_t i = 0; i < expected.layers.size(); ++i) {
    REQUIRE(got.layers[i].conversions == expected.layers[i].conversions);
    REQUIRE(got.layers[i].clipped == expected.layers[i].clipped);
  }
  REQUIRE(got.samples.size() == expected.samples.size());
  for (std::size_t i = 0; i < expected.samples.size(); ++i) {
    const values::LayerSample& a = got.samples[i];
    const values::LayerSample& b = expected.samples[i];
    REQUIRE(a.products == b.products);
    REQUIRE((a.signal == b.signal && a.error == b.error));
    REQUIRE(a.converted.conversions == b.converted.conversions);
    REQUIRE(a.converted.inexact == b.converted.inexact);
    REQUIRE(a.converted.rounding_squares == b.converted.rounding_squares);
  }
  REQUIRE(got.attribution.has_value() == expected.attribution.has_value());
  if (!expected.attribution) return;
  for (const auto list : {&values::Attribution::causes, &values::Attribution::layers}) {
    const auto& a = (*got.attribution).*list;
    const auto& b = (*expected.attribution).*list;
    REQUIRE(a.size() == b.size());
    for (std::size_t i = 0; i < b.size(); ++i) {
      REQUIRE(a[i].alone.trials == b[i].alone.trials);
      REQUIRE(a[i].removed.trials == b[i].removed.trials);
    }
  }
}

TEST_CASE("evaluation does not depend on threads, path or dispatch level", "[laws]") {
  test::EvaluationCase one = test::evaluation_case(17, 90);
  one.array.parallel_rows = 24;
  one.array.adc.part->bits = 5;
  one.array.cell.device = test::device("{kind: rram_generic, programming_error: 0.05, read_noise: 0.05}");
  for (const auto policy : {models::RangePolicy::max, models::RangePolicy::calibrated}) {
    one.array.adc.part->range = policy;
    one.array.adc.part->scope = models::RangeScope::column;
    one.array.adc.part->percentile = 99;
    one.lay();
    for (const int threads : {2, 7}) {
      REQUIRE(values::choose_ranges(one.graph, one.layers, one.array, one.data, one.normalize, threads) == one.ranges);
    }
    const values::EvaluationSpec spec{.trials = 3};
    const values::Evaluation expected = one.evaluate(spec, 99, {Path::per_cell, Dispatch::portable, 1});
    if (policy == models::RangePolicy::calibrated) REQUIRE(expected.layers[0].clipped > 0);
    require_same(one.evaluate(spec, 99, {Path::per_cell, Dispatch::portable, 7}), expected);
    for (const Dispatch dispatch : values::available_dispatch()) {
      for (const int threads : {1, 2, 7}) {
        require_same(one.evaluate(spec, 99, {Path::planes, dispatch, threads}), expected);
      }
    }
  }
}

TEST_CASE("many trials of few images, few of many, stopped ones and attribution: the same for 1, 2 and 7 threads",
          "[laws]") {
  test::EvaluationCase one = test::evaluation_case(18, 70);
  one.array.cell.device = test::device("{kind: rram_generic, programming_error: 0.1, read_noise: 0.1}");
  one.lay();
  const values::EvaluationSpec specs[] = {
      {.trials = 23, .images = 3},
      {.trials = 1, .images = 70, .sqnr_images = 50},
      {.trials = 9, .images = 33, .sqnr_images = 7},
      {.trials = 200, .images = 40, .stop_when = values::StopRule{0.03, 3}, .sqnr_images = 0},
      {.trials = 2, .images = 20, .attribution = values::AttributionSpec{true, true, 3, 15}},
  };
  for (const values::EvaluationSpec& spec : specs) {
    CAPTURE(spec.trials, spec.images);
    const values::Evaluation expected = one.evaluate(spec, 5, {Path::automatic, Dispatch::automatic, 1});
    REQUIRE(expected.stopped == spec.stop_when.has_value());
    for (const int threads : {2, 7}) {
      require_same(one.evaluate(spec, 5, {Path::automatic, Dispatch::automatic, threads}), expected);
    }
  }
}

TEST_CASE("trials that are stopped are the first ones of all, and as few as the rule allows", "[laws]") {
  test::EvaluationCase one = test::evaluation_case(19, 60);
  one.array.cell.device = test::device("{kind: rram_generic, programming_error: 0.15}");
  one.lay();
  const values::Evaluation all = one.evaluate({.trials = 40, .sqnr_images = 0}, 7);
  const auto first = [&all](std::size_t n) {
    const auto begin = all.scores.trials.begin();
    return values::summarise(std::vector<double>(begin, begin + static_cast<std::ptrdiff_t>(n)));
  };
  const values::StopRule rule{1.01 * *first(20).ci95, 4};
  const values::Evaluation some = one.evaluate({.trials = 60, .stop_when = rule, .sqnr_images = 0}, 7);
  const std::vector<double>& used = some.scores.trials;
  REQUIRE(some.stopped);
  REQUIRE(used.size() > 4);  // the rule had to wait …
  REQUIRE(used.size() <= 20);
  REQUIRE(used == first(used.size()).trials);
  REQUIRE(*some.scores.ci95 < rule.ci95_below);
  // … and did not wait longer than it had to.
  for (std::size_t n = 4; n < used.size(); ++n) REQUIRE(*first(n).ci95 >= rule.ci95_below);
}

TEST_CASE("without anything random all trials are one chip", "[laws]") {
  test::EvaluationCase one = test::evaluation_case(17, 90);
  one.lay();
  const auto single = one.evaluate({.trials = 1, .images = 30}, 1);
  const auto five = one.evaluate({.trials = 5, .images = 30}, 2);
  REQUIRE_FALSE(five.random);
  REQUIRE(five.images == 30);
  REQUIRE(five.answers.size() == 1);
  REQUIRE(five.scores.trials == std::vector<double>(5, single.scores.mean));
  REQUIRE(five.scores.std == 0);
  REQUIRE(five.scores.ci95 == 0.0);
  REQUIRE_FALSE(single.scores.ci95.has_value());
  REQUIRE(five.layers[0].conversions == single.layers[0].conversions);
  REQUIRE(one.evaluate({.trials = 50, .images = 30, .stop_when = values::StopRule{0.01, 6}}, 2).scores.trials.size() ==
          6);
  REQUIRE_THROWS_WITH(one.evaluate({.trials = 1, .images = 91}, 1), "91 images are wanted, the test data has 90");
  REQUIRE_THROWS_WITH(one.evaluate({.images = 30, .attribution = values::AttributionSpec{true, true, 2, 31}}, 1),
                      "must be at most the images that are evaluated (30), not 31");
}

}  // namespace
