// SPDX-License-Identifier: Apache-2.0
// Elements and actions of the nodes on digital units, one by one: 6 channels in, 4 out for a convolution, else 6.
#include <catch2/catch.hpp>

#include "mapping/stage_work.hpp"

namespace {

using namespace ohmic;
using namespace ohmic::mapping;
using models::ActionCounts;
using models::Component;
using workloads::QuantizedOperation;

constexpr workloads::Window kWindow{.kernel_h = 2, .kernel_w = 3};

Work work_of(QuantizedOperation operation, int channels) {
  workloads::QuantizedNode node;
  node.operation = std::move(operation);
  node.shape = {channels, 5, 5};
  return node_work(node, {6, 6, 7});
}

Work real_work_of(workloads::Operation operation, int channels) {
  workloads::FloatOperation real;
  real.operation = std::move(operation);
  return work_of(real, channels);
}

ActionCounts counts(std::initializer_list<std::pair<Component, std::int64_t>> entries) {
  ActionCounts all;
  for (const auto& [component, count] : entries) all[component] = count;
  return all;
}

void check(const Work& work, StageKind kind, std::int64_t elements, bool windowed, const ActionCounts& actions) {
  CHECK(work.kind == kind);
  CHECK(work.elements == elements);
  CHECK(work.window.has_value() == windowed);
  CHECK(work.actions == actions);
}

TEST_CASE("work of integer nodes") {
  workloads::QuantizedPool pool;
  pool.window = kWindow;
  check(work_of(pool, 6), StageKind::pool, 36, true, counts({{Component::pool, 36}}));
  pool.kind = workloads::PoolKind::average;
  check(work_of(pool, 6), StageKind::pool, 36, true, counts({{Component::pool, 36}, {Component::digital, 6}}));
  check(work_of(workloads::QuantizedAdd{}, 6), StageKind::add, 6, false,
        counts({{Component::adder, 6}, {Component::digital, 6}}));
  const ActionCounts digital = counts({{Component::digital, 6}});
  check(work_of(workloads::QuantizedRelu{}, 6), StageKind::digital, 6, false, digital);
  check(work_of(workloads::Quantize{}, 6), StageKind::digital, 6, false, digital);
  check(work_of(workloads::Dequantize{}, 6), StageKind::digital, 6, false, digital);
}

TEST_CASE("work of nodes in float") {
  workloads::Conv conv;
  conv.window = kWindow;
  check(real_work_of(conv, 4), StageKind::digital, 2 * 3 * 6 * 4, true, counts({{Component::float_unit, 144}}));
  workloads::Pool pool;
  pool.window = kWindow;
  check(real_work_of(pool, 6), StageKind::pool, 36, true, counts({{Component::pool, 36}}));
  check(real_work_of(workloads::Add{}, 6), StageKind::add, 6, false, counts({{Component::float_unit, 6}}));
  check(real_work_of(workloads::Affine{}, 6), StageKind::digital, 6, false, counts({{Component::float_unit, 6}}));
  check(real_work_of(workloads::Relu{}, 6), StageKind::digital, 6, false, counts({{Component::digital, 6}}));
}

TEST_CASE("inputs and matrix layers are not digital work") {
  CHECK_THROWS_AS(work_of(workloads::QuantizedInput{}, 6), std::logic_error);
  CHECK_THROWS_AS(work_of(workloads::QuantizedConv{}, 6), std::logic_error);
}

}  // namespace
