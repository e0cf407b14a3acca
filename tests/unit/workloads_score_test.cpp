// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "tests/support/support.hpp"
#include "workloads/score.hpp"

using namespace ohmic;
using namespace ohmic::workloads;

namespace {

/// Two images of one pixel with two channels, which the network passes on.
Dataset two_images() {
  Dataset data;
  data.shape = {2, 1, 1};
  data.images = {3, 3, 1, 4};
  return data;
}

Graph identity() {
  Graph graph;
  graph.name = "identity";
  graph.nodes = {{"x", Input{}, {}, {2, 1, 1}}, {"y", Relu{}, {0}, {2, 1, 1}}};
  graph.output = 1;
  return graph;
}

}  // namespace

TEST_CASE("labels are scored by the fraction of right classes; the first of equal outputs is the class") {
  Dataset data = two_images();
  data.labels = {0, 0};
  const Answers answers = answer_float(identity(), data, {}, 2, 1);
  CHECK(answers.classes == std::vector<int>{0, 1});
  CHECK(answers.square_errors.empty());
  CHECK(score(answers, data) == 0.5);
  const Metric metric = metric_of(data);
  CHECK(metric.is_accuracy);
  CHECK(metric.chance == 1);
  CHECK(metric.better_by(0.75, 0.5) == 0.25);
  CHECK(metric.text(0.5) == "50.00 %");
}

TEST_CASE("targets are scored by the root mean square error, in their unit") {
  Dataset data = two_images();
  data.target_shape = {2, 1, 1};
  data.targets = {3, 1, 1, 1};  // errors 0, 2 and 0, 3
  data.target_unit = "mm";
  const Answers answers = answer_float(identity(), data, {}, 2, 1);
  CHECK(answers.classes.empty());
  CHECK(answers.square_errors == std::vector<double>{2, 4.5});
  CHECK(score(answers, data) == Approx(std::sqrt(3.25)).epsilon(1e-15));
  const Metric metric = metric_of(data);
  CHECK(metric.name == "rmse");
  CHECK(metric.chance == Approx(std::sqrt(0.5)).epsilon(1e-15));  // means 2 and 1: errors 1, 0 and 1, 0
  CHECK(metric.better_by(0.75, 0.5) == -0.25);
  CHECK(metric.text(0.5) == "0.5 mm");
  data.keep_first(1);
  CHECK(data.targets == std::vector<float>{3, 1});
}

TEST_CASE("answers that no output can give are refused") {
  Dataset data = two_images();
  data.labels = {0, 2};
  CHECK(test::broken_rule([&] { require_fitting_answers(identity(), data); }) ==
        "workload.data.test: image 1 has label 2, the network has outputs 0 to 1");
  data.labels.clear();
  data.target_shape = {3, 1, 1};
  CHECK(test::broken_rule([&] { require_fitting_answers(identity(), data); }) ==
        "workload.data.test: targets are of 3x1x1 (channels x height x width), the network puts out 2x1x1");
}
