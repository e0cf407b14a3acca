// SPDX-License-Identifier: Apache-2.0
// Speed of wire resistance on one core, for a 128 × 128 array: node voltages of input vectors after one factorization,
// and whole arrays made into effective conductances by each solver. CPU time.
#include <ctime>

#include "models/wires_nodal.hpp"
#include "tests/bench/bench.hpp"
#include "tests/support/random.hpp"

namespace {

using namespace ohmic;

constexpr int kLines = 128;

models::Crossbar random_crossbar(test::Random& random) {
  models::Crossbar crossbar{kLines, kLines, {}};
  for (int k = 0; k < kLines * kLines; ++k) crossbar.conductance.push_back(1e-6 * random.between(1, 40));
  return crossbar;
}

models::WireSpec wires(models::WireSolver solver) {
  models::WireSpec spec;
  spec.solver = solver;
  spec.row_resistance = spec.column_resistance = Resistance(1);
  spec.driver_resistance = spec.sense_resistance = Resistance(50);
  return spec;
}

/// How often `action`, which does `count` things, gets one of them done in a second.
template <class Action>
double per_second(int count, const Action& action) {
  const std::clock_t begin = std::clock();
  action();
  return count / (static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
}

double nodal_vectors_per_s(test::Random& random) {
  constexpr int kVectors = 1024;
  const models::NodalSolver solver(wires(models::WireSolver::nodal), random_crossbar(random));
  std::vector<std::vector<double>> drives(kVectors);
  for (std::vector<double>& drive : drives) {
    for (int i = 0; i < kLines; ++i) drive.push_back(0.2 * random.between(0, 1));
  }
  constexpr int kBatch = 64;
  return per_second(kVectors, [&] {
    for (int v = 0; v < kVectors; v += kBatch)
      (void)solver.solve_all({drives.begin() + v, drives.begin() + v + kBatch});
  });
}

double arrays_per_s(test::Random& random, models::WireSolver solver, int count) {
  const models::WireSpec spec = wires(solver);
  const models::Crossbar crossbar = random_crossbar(random);
  return per_second(count, [&] {
    for (int k = 0; k < count; ++k) (void)models::effective_conductance(spec, crossbar);
  });
}

}  // namespace

ohmic::bench::Numbers ohmic::bench::measure(const std::vector<std::string>& /*arguments*/) {
  test::Random random(1);
  return {{"nodal_vectors_per_s", nodal_vectors_per_s(random)},
          {"wire_arrays_per_s_nodal", arrays_per_s(random, models::WireSolver::nodal, 20)},
          {"wire_arrays_per_s_fast", arrays_per_s(random, models::WireSolver::fast, 200)}};
}
