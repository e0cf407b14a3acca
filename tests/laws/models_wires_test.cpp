// SPDX-License-Identifier: Apache-2.0
// Wires obey the laws of linear resistor networks, whoever solves them.
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>
#include <set>

#include "models/wires_nodal.hpp"
#include "tests/support/dense_wires.hpp"

namespace {

using namespace ohmic;
using models::Crossbar;
using models::NodalSolver;
using models::NodeVoltages;
using models::WireSpec;
using test::DenseWires;
using test::Random;

std::vector<double> random_drive(Random& random, int rows) {
  std::vector<double> drive;
  for (int i = 0; i < rows; ++i) drive.push_back(0.01 * random.between(-30, 30));
  return drive;
}

/// Largest difference as a fraction of the largest expected value.
double difference(const std::vector<double>& found, const std::vector<double>& expected) {
  REQUIRE(found.size() == expected.size());
  double worst = 0;
  double largest = 0;
  for (std::size_t k = 0; k < found.size(); ++k) {
    worst = std::max(worst, std::abs(found[k] - expected[k]));
    largest = std::max(largest, std::abs(expected[k]));
  }
  return largest > 0 ? worst / largest : worst;
}

double sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

std::vector<double> column_sums(const std::vector<double>& m, int columns) {
  std::vector<double> sums(static_cast<std::size_t>(columns), 0.0);
  for (std::size_t k = 0; k < m.size(); ++k) sums[k % sums.size()] += m[k];
  return sums;
}

/// Resistances of which some are zero, on both sides of what cells have.
WireSpec random_wires(Random& random) {
  const auto ohm = [&] { return random.pick({0.0, 0.5, 3.0, 200.0, 20000.0}); };
  return test::wires(ohm(), ohm(), ohm(), ohm());
}

struct Sample {
  WireSpec wires;
  Crossbar crossbar;
};
/// Calls visit(sample, random) for random arrays; the seed is in scope of what it requires.
template <class Visit>
void for_random_arrays(int count, Visit&& visit) {
  for (int seed = 1; seed <= count; ++seed) {
    Random random(static_cast<std::uint64_t>(seed));
    const int rows = random.between(1, 12);
    const int columns = random.between(1, 12);
    const Sample sample{random_wires(random), test::random_crossbar(random, rows, columns)};
    CAPTURE(seed, rows, columns, sample.wires.row_resistance.value(), sample.wires.column_resistance.value(),
            sample.wires.driver_resistance.value(), sample.wires.sense_resistance.value());
    visit(sample, random);
  }
}
bool is_nodal(const WireSpec& wires) {
  return !wires.perfect_rows() && !wires.perfect_columns();
}

TEST_CASE("every node is numbered once, those at the terminals last", "[wires]") {
  for (const auto& [rows, columns] : {std::pair{1, 1}, std::pair{7, 3}, std::pair{2, 31}, std::pair{16, 16}}) {
    for (const bool merged_rows : {false, true}) {
      for (const bool merged_columns : {false, true}) {
        const models::NodeOrder order = models::dissect(rows, columns, merged_rows, merged_columns);
        CAPTURE(rows, columns, merged_rows, merged_columns);
        std::set<int> seen(order.row_node.begin(), order.row_node.end());
        REQUIRE(static_cast<int>(seen.size()) == (merged_rows ? rows : rows * columns));
        seen.insert(order.column_node.begin(), order.column_node.end());
        REQUIRE(static_cast<int>(seen.size()) == order.nodes);
        REQUIRE(order.nodes == (merged_rows ? rows : rows * columns) + (merged_columns ? columns : rows * columns));
        REQUIRE(*seen.begin() == 0);
        REQUIRE(*seen.rbegin() == order.nodes - 1);
        REQUIRE(order.terminals == rows + columns);
        for (int i = 0; i < rows; ++i) REQUIRE(order.row_node[i * columns] == order.nodes - rows - columns + i);
        for (int j = 0; j < columns; ++j) REQUIRE(order.column_node[j] == order.nodes - columns + j);
      }
    }
  }
}

TEST_CASE("node voltages are those of a dense solve, and obey Kirchhoff's law", "[wires]") {
  int nodal = 0;
  for_random_arrays(200, [&](const Sample& s, Random& random) {
    if (!is_nodal(s.wires)) return;
    ++nodal;
    const NodalSolver solver(s.wires, s.crossbar);
    const std::vector<double> drive = random_drive(random, s.crossbar.rows);
    NodeVoltages voltages = solver.solve(drive);
    const NodeVoltages expected = DenseWires(s.wires, s.crossbar).solve(drive);
    REQUIRE(difference(voltages.row, expected.row) < 1e-9);
    REQUIRE(difference(voltages.column, expected.column) < 1e-9);
    const std::vector<double> all(drive.size(), 1.0);
    NodeVoltages driven = solver.solve(all);
    REQUIRE(models::kirchhoff_residual(s.wires, s.crossbar, all, driven) < 1e-10);
    if (sum(s.crossbar.conductance) == 0) return;
    // One node off by a thousandth is noticed.
    auto& wrong = random.flip() ? driven.row : driven.column;
    wrong[static_cast<std::size_t>(random.between(0, static_cast<int>(wrong.size()) - 1))] += 1e-3;
    REQUIRE(models::kirchhoff_residual(s.wires, s.crossbar, all, driven) > 1e-8);
  });
  REQUIRE(nodal > 100);
}

TEST_CASE("effective conductances are those of a dense solve with one driver after the other", "[wires]") {
  for_random_arrays(200, [&](const Sample& s, Random& /*random*/) {
    const std::vector<double> m = models::effective_conductance(s.wires, s.crossbar);
    REQUIRE(difference(m, DenseWires(s.wires, s.crossbar).effective_conductance()) < 1e-9);
  });
}

TEST_CASE("adjoint solves give what unit vectors give", "[wires]") {
  Random random(5);
  const Crossbar crossbar = test::random_crossbar(random, 40, 23);
  const WireSpec wires = test::wires(2, 3, 100, 50);
  const NodalSolver solver(wires, crossbar);
  std::vector<double> by_units;
  for (int i = 0; i < crossbar.rows; ++i) {
    std::vector<double> drive(40, 0.0);
    drive[static_cast<std::size_t>(i)] = 1;
    const NodeVoltages v = solver.solve(drive);
    for (int j = 0; j < crossbar.columns; ++j) {
      by_units.push_back(v.column[crossbar.index(0, j)] / wires.first_column_ohm());
    }
  }
  REQUIRE(difference(solver.effective_conductance(), by_units) < 1e-11);
}

TEST_CASE("voltages superpose, and solving many at once changes no bit", "[wires]") {
  Random random(6);
  const Crossbar crossbar = test::random_crossbar(random, 17, 29);
  const NodalSolver solver(test::wires(5, 1, 10, 0), crossbar);
  std::vector<std::vector<double>> drives;
  for (int k = 0; k < 11; ++k) drives.push_back(random_drive(random, 17));
  for (int i = 0; i < 17; ++i) drives[10][static_cast<std::size_t>(i)] = drives[0][i] - 3 * drives[1][i];
  const std::vector<NodeVoltages> all = solver.solve_all(drives);
  for (std::size_t k = 0; k < drives.size(); ++k) {
    const NodeVoltages one = solver.solve(drives[k]);
    REQUIRE(one.row == all[k].row);
    REQUIRE(one.column == all[k].column);
  }
  std::vector<double> combined;
  for (std::size_t at = 0; at < all[0].row.size(); ++at) combined.push_back(all[0].row[at] - 3 * all[1].row[at]);
  REQUIRE(difference(all[10].row, combined) < 1e-12);
}

TEST_CASE("without resistance nothing changes, bit by bit", "[wires]") {
  for_random_arrays(20, [](const Sample& s, Random& /*random*/) {
    REQUIRE(models::effective_conductance(test::wires(0, 0), s.crossbar) == s.crossbar.conductance);
    REQUIRE(models::fast_conductance(test::wires(0, 0), s.crossbar) == s.crossbar.conductance);
  });
}

TEST_CASE("one cell behind its resistors", "[wires]") {
  for (const double g : {0.0, 1e-6, 1e-3, 2.0}) {
    const Crossbar crossbar{1, 1, {g}};
    for (const models::WireSolver solver : {models::WireSolver::nodal, models::WireSolver::fast}) {
      WireSpec wires = test::wires(2, 3, 100, 50);
      wires.solver = solver;
      wires.tolerance = 1e-12;
      wires.max_iterations = 1000000;
      CHECK(models::effective_conductance(wires, crossbar).front() == Approx(g / (1 + g * 155)).epsilon(1e-9));
    }
  }
}

TEST_CASE("a long uniform row is a ladder of known attenuation", "[wires]") {
  // Admittance of an endless ladder: Y = g + Y / (1 + r Y); each pitch leaves 1 / (1 + r Y) of the voltage.
  const double r = 50;
  const double cell = 200e-6;
  const double sense = 200;
  const double g = cell / (1 + cell * sense);
  const double y = (g * r + std::sqrt(g * r * g * r + 4 * g * r)) / (2 * r);
  const Crossbar row{1, 300, std::vector<double>(300, cell)};
  const Crossbar column{300, 1, std::vector<double>(300, cell)};
  for (const models::WireSolver solver : {models::WireSolver::nodal, models::WireSolver::fast}) {
    WireSpec along_row = test::wires(r, 0, 0, sense);
    WireSpec along_column = test::wires(0, r, sense, 0);
    along_row.solver = along_column.solver = solver;
    const std::vector<double> from_row = models::effective_conductance(along_row, row);
    const std::vector<double> from_column = models::effective_conductance(along_column, column);
    CHECK(sum(from_row) == Approx(y / (1 + r * y)).epsilon(solver == models::WireSolver::nodal ? 1e-9 : 1e-4));
    for (const int k : {0, 1, 2, 20, 60}) {
      const double expected = g * std::pow(1 + r * y, -(k + 1));
      if (solver == models::WireSolver::fast) continue;
      CHECK(from_row[static_cast<std::size_t>(k)] == Approx(expected).epsilon(1e-9));
      CHECK(from_column[static_cast<std::size_t>(k)] == Approx(expected).epsilon(1e-9));
    }
  }
}

TEST_CASE("currents are not negative and fall with every resistance", "[wires]") {
  for_random_arrays(100, [](const Sample& s, Random& random) {
    const std::vector<double> m = models::effective_conductance(s.wires, s.crossbar);
    const double total = sum(m);
    const double rounding = 1e-12 * sum(s.crossbar.conductance);
    REQUIRE(*std::min_element(m.begin(), m.end()) >= -rounding);
    REQUIRE(total <= sum(s.crossbar.conductance) + rounding);
    WireSpec more = s.wires;
    Resistance& raised =
        *random.pick({&more.row_resistance, &more.column_resistance, &more.driver_resistance, &more.sense_resistance});
    raised += Resistance(1 + raised.value());
    REQUIRE(sum(models::effective_conductance(more, s.crossbar)) <= total + rounding);
  });
}

TEST_CASE("driving and sensing change places with rows and columns", "[wires]") {
  for_random_arrays(100, [](const Sample& s, Random& /*random*/) {
    const WireSpec& w = s.wires;
    const WireSpec turned = test::wires(w.column_resistance.value(), w.row_resistance.value(),
                                        w.sense_resistance.value(), w.driver_resistance.value());
    Crossbar transposed{s.crossbar.columns, s.crossbar.rows, s.crossbar.conductance};
    for (int i = 0; i < s.crossbar.rows; ++i) {
      for (int j = 0; j < s.crossbar.columns; ++j) {
        transposed.conductance[transposed.index(j, i)] = s.crossbar.conductance[s.crossbar.index(i, j)];
      }
    }
    const std::vector<double> m = models::effective_conductance(w, s.crossbar);
    const std::vector<double> t = models::effective_conductance(turned, transposed);
    for (int i = 0; i < s.crossbar.rows; ++i) {
      for (int j = 0; j < s.crossbar.columns; ++j) {
        const double expected = m[s.crossbar.index(i, j)];
        REQUIRE(std::abs(t[transposed.index(j, i)] - expected) < 1e-12 * (sum(m) + 1e-9));
      }
    }
  });
}

TEST_CASE("the fast solver is exact in its sums, and where lines do not interact", "[wires]") {
  for_random_arrays(200, [](const Sample& s, Random& /*random*/) {
    WireSpec wires = s.wires;
    wires.tolerance = 1e-11;
    wires.max_iterations = 100000;
    const std::vector<double> exact = DenseWires(wires, s.crossbar).effective_conductance();
    const std::vector<double> fast = models::fast_conductance(wires, s.crossbar);
    const int columns = s.crossbar.columns;
    const int rows = s.crossbar.rows;
    REQUIRE(difference(column_sums(fast, columns), column_sums(exact, columns)) < 1e-7);
    for (int i = 0; i < rows; ++i) {
      double found = 0;
      double expected = 0;
      for (int j = 0; j < columns; ++j) {
        found += fast[s.crossbar.index(i, j)];
        expected += exact[s.crossbar.index(i, j)];
      }
      REQUIRE(std::abs(found - expected) < 1e-7 * sum(exact) + 1e-18);
    }
    if (!is_nodal(wires)) REQUIRE(difference(fast, exact) < 1e-9);
    // What the ladders leave out only adds.
    const std::vector<double> ladder = models::ladder_conductance(wires, s.crossbar);
    for (std::size_t k = 0; k < exact.size(); ++k) REQUIRE(ladder[k] <= exact[k] + 1e-12 * sum(exact));
  });
}

TEST_CASE("the error of the fast solver falls with the square of the resistance", "[wires]") {
  Random random(9);
  const Crossbar crossbar = test::random_crossbar(random, 32, 24);
  double last_fast = 0;
  double last_ladder = 0;
  for (const double ohm : {4.0, 2.0, 1.0, 0.5}) {
    WireSpec wires = test::wires(ohm, ohm, 20 * ohm, 10 * ohm);
    wires.tolerance = 1e-12;
    const std::vector<double> exact = NodalSolver(wires, crossbar).effective_conductance();
    const double fast = difference(models::fast_conductance(wires, crossbar), exact);
    const double ladder = difference(models::ladder_conductance(wires, crossbar), exact);
    CAPTURE(ohm, fast, ladder, last_fast, last_ladder);
    REQUIRE(fast < ladder / 4);
    if (last_fast > 0) {
      REQUIRE(last_fast / fast == Approx(4).epsilon(0.2));
      REQUIRE(last_ladder / ladder == Approx(4).epsilon(0.2));
    }
    last_fast = fast;
    last_ladder = ladder;
  }
}

TEST_CASE("a full array obeys Kirchhoff's law", "[wires]") {
  Random random(3);
  const Crossbar crossbar = test::random_crossbar(random, 128, 128);
  const WireSpec wires = test::wires(1, 1, 50, 50);
  const NodalSolver solver(wires, crossbar);
  const std::vector<double> drive = random_drive(random, 128);
  const NodeVoltages voltages = solver.solve(drive);
  REQUIRE(models::kirchhoff_residual(wires, crossbar, drive, voltages) < 1e-10);
  // Its effective conductances give the currents of this drive.
  const std::vector<double> m = solver.effective_conductance();
  for (int j = 0; j < 128; ++j) {
    double current = 0;
    for (int i = 0; i < 128; ++i) current += drive[static_cast<std::size_t>(i)] * m[crossbar.index(i, j)];
    REQUIRE(std::abs(current - voltages.column[crossbar.index(0, j)] / wires.first_column_ohm()) < 1e-13);
  }
}

}  // namespace
