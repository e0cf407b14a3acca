// SPDX-License-Identifier: Apache-2.0
// An emitted chip as files: no damage to any of them goes unnoticed, and what they say of the chip is right.
#include <catch2/catch.hpp>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "base/json_writer.hpp"
#include "emit/rtl.hpp"
#include "tests/support/pin_design.hpp"
#include "tests/support/streamed_designs.hpp"
#include "tests/support/support.hpp"

namespace {

using namespace ohmic;
namespace fs = std::filesystem;

constexpr int kImages = 2;

sim::pin::Bits random_word(test::Random& random, int bits) {
  sim::pin::Bits word(bits);
  for (int bit = 0; bit < bits; ++bit) word.set(bit, 1, random.bits() & 1);
  return word;
}

/// Layer "conv" in arrays, layer "fc" streamed, over links. Tokens of its check are drawn: files alone are looked at.
class EmittedChip {
 public:
  EmittedChip() {
    test::Random random(1);
    design_.graph = test::two_layers();
    for (workloads::QuantizedNode& node : design_.graph.nodes) {
      auto* conv = std::get_if<workloads::QuantizedConv>(&node.operation);
      if (conv != nullptr) conv->requant = test::random_requant(random, 1, 0.1, {workloads::RequantKind::shift});
    }
    design_.graph.nodes.back().params = {5, true, 1, 0};  // the result: signed
    design_.architecture = test::streaming_chip();
    design_.architecture.fabric = test::part<models::Topology>("point_to_point");
    test::draw_converters(random, design_.architecture.array, models::RangePolicy::lossless);
    design_.mapping = test::streamed("fc");
    design_.mapping.strategy = "single";
    design_.images = test::random_images(random, design_.graph.nodes[0].shape, kImages);
    design_.normalize.mean = {32.0};
    REQUIRE(test::build(design_));
    draw_check(random);
    emit::emit_chip(input(), check_, folder());
  }

  [[nodiscard]] emit::RtlInput input() const { return {design_.hardware, design_.architecture, kImages, 0}; }
  [[nodiscard]] const emit::ChipCheck& check() const { return check_; }
  [[nodiscard]] const mapping::Hardware& hardware() const { return design_.hardware; }
  [[nodiscard]] const fs::path& folder() const { return folder_.path(); }
  [[nodiscard]] std::string text(const std::string& file) const { return read_text_file(folder() / file); }
  void write(const std::string& file, const std::string& text) const {
    std::ofstream(folder() / file, std::ios::binary) << text;
  }

  /// What verification says; "" when it finds nothing.
  [[nodiscard]] std::string complaint() const {
    try {
      (void)emit::verify_chip(input(), check_, folder());
    } catch (const CheckFailed& error) {
      return error.what();
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }

  /// All but chip.json, which names them.
  [[nodiscard]] std::vector<std::string> files() const {
    std::set<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(folder())) {
      if (entry.is_regular_file()) names.insert(entry.path().lexically_relative(folder()).string());
    }
    names.erase("chip.json");
    return {names.begin(), names.end()};
  }

 private:
  void draw_check(test::Random& random) {
    const mapping::Program& program = design_.hardware.program;
    for (const mapping::Stream& stream : program.streams) {
      emit::GoldenTokens& tokens = check_.golden.emplace_back();
      for (std::int64_t t = 0; t < stream.tokens * kImages; ++t) {
        tokens.push_back(random_word(random, stream.token_bits));
      }
    }
    for (int i = 0; i < kImages; ++i) check_.images.push_back(check_.golden.front());
    check_.cycles = 5000;
    check_.latency_cycles = 1234;
  }

  test::PinDesign design_;
  emit::ChipCheck check_;
  test::TemporaryFolder folder_;
};

/// Puts `damaged` in the place of `file`, demands a complaint that names it, and repairs.
void require_noticed(const EmittedChip& chip, const std::string& file, const std::string& damaged) {
  const std::string good = chip.text(file);
  REQUIRE(damaged != good);
  chip.write(file, damaged);
  const std::string what = chip.complaint();
  INFO(file << " said: " << what);
  REQUIRE(what.find((chip.folder() / file).string()) == 0);
  chip.write(file, good);
}

/// The same with the digest in chip.json that belongs to the damage: nothing but the contents gives it away.
void require_noticed_signed(const EmittedChip& chip, const std::string& file, const std::string& damaged) {
  const std::string list = chip.text("chip.json");
  std::string signed_anew = list;
  const std::string digest = sha256_hex(chip.text(file));
  signed_anew.replace(list.find(digest), digest.size(), sha256_hex(damaged));
  chip.write("chip.json", signed_anew);
  require_noticed(chip, file, damaged);
  chip.write("chip.json", list);
}

std::string with_bit_turned(std::string text, std::size_t at, int bit) {
  text[at] = static_cast<char>(text[at] ^ (1 << bit));
  return text;
}

TEST_CASE("no byte of any file of a chip is changed unnoticed, none is missing") {
  const EmittedChip chip;
  REQUIRE(chip.complaint().empty());
  test::Random random(2);
  std::set<std::string> kinds;
  for (const std::string& file : chip.files()) {
    const std::string good = chip.text(file);
    REQUIRE_FALSE(good.empty());
    const int last = static_cast<int>(good.size()) - 1;
    for (const int at : {0, last, random.between(0, last)}) {
      require_noticed(chip, file, with_bit_turned(good, static_cast<std::size_t>(at), random.between(0, 6)));
    }
    fs::remove(chip.folder() / file);
    REQUIRE(chip.complaint().find((chip.folder() / file).string()) == 0);
    chip.write(file, good);
    kinds.insert(fs::path(file).parent_path().string() + "/*" + fs::path(file).extension().string());
  }
  CHECK(kinds == std::set<std::string>{"/*.f", "/*.h", "/*.mem", "/*.ys", "golden/*.mem", "rom/*.bin", "rom/*.h",
                                       "rom/*.mem", "rtl/*.sv", "tb/*.sv", "tiles/*.sv"});
  CHECK(chip.complaint().empty());
}

TEST_CASE("ROMs in all their forms and golden vectors are compared word by word, whatever their digests say") {
  const EmittedChip chip;
  test::Random random(3);
  int compared = 0;
  for (const std::string& file : chip.files()) {
    if (!file.starts_with("rom/") && !file.starts_with("golden/")) continue;
    const std::string good = chip.text(file);
    for (int round = 0; round < 10; ++round) {
      const int at = random.between(0, static_cast<int>(good.size()) - 1);
      require_noticed_signed(chip, file, with_bit_turned(good, static_cast<std::size_t>(at), random.between(0, 6)));
    }
    const std::string without_last = good.substr(0, good.rfind('\n', good.size() - 2) + 1);
    for (const std::string& damaged : {good.substr(1), without_last, good + good, good + "\n"}) {
      require_noticed_signed(chip, file, damaged);
    }
    ++compared;
  }
  // An array and a stream in three forms each; tokens of pixels, partial sums, activations and the result.
  CHECK(compared == 2 * 3 + 4);
  CHECK(chip.complaint().empty());
}

TEST_CASE("chip.json tells formats of streams and the latency, files.f every module") {
  const EmittedChip chip;
  const Json json = Json::parse(chip.text("chip.json"));
  CHECK(json["latency_cycles"] == 1234);
  CHECK(json["images"] == kImages);
  // By hand: pixels and activations have 3 bits without a sign, 5 columns of partial sums have one, 7 results too.
  std::vector<std::string> formats;
  for (const Json& stream : json["streams"]) {
    const bool is_sum = stream["signed"] && stream["elements"] == 5;
    formats.push_back(std::to_string(stream["elements"].get<int>()) + " x " +
                      (is_sum ? "sum" : std::to_string(stream["element_bits"].get<int>())) +
                      (stream["signed"] ? " signed" : " unsigned"));
  }
  CHECK(formats == std::vector<std::string>{"2 x 3 unsigned", "5 x sum signed", "5 x 3 unsigned", "7 x 5 signed"});

  std::istringstream list(chip.text("files.f"));
  std::vector<std::string> listed;
  for (std::string line; std::getline(list, line);) listed.push_back(line);
  REQUIRE(listed.back() == "rtl/built_chip.sv");
  const std::set<std::string> names(listed.begin(), listed.end());
  CHECK(names.size() == listed.size());
  std::set<std::string> there;
  for (const std::string& file : chip.files()) {
    if (file.starts_with("rtl/")) there.insert(file);
  }
  CHECK(names == there);
}

TEST_CASE("a tile's head tells its interval and its latency") {
  const EmittedChip chip;
  int tiles = 0;
  for (const mapping::Stage& stage : chip.hardware().program.stages) {
    const auto index = &stage - chip.hardware().program.stages.data();
    if (!std::holds_alternative<mapping::TileCore>(chip.hardware().cores[static_cast<std::size_t>(index)])) continue;
    const std::string text = emit::tile_text(chip.input(), static_cast<int>(index));
    std::smatch told;
    REQUIRE(std::regex_search(text, told, std::regex("earliest ([0-9]+) cycles[^]*from t \\+ ([0-9]+) on")));
    CHECK(std::stoll(told[1]) == stage.interval);
    CHECK(std::stoll(told[2]) == stage.latency);
    REQUIRE(stage.latency > stage.interval);  // else nobody could tell one from the other
    ++tiles;
  }
  CHECK(tiles == 1);
}

/// Every match of `pattern`, or of its group.
std::set<std::string> all_matches(const std::string& text, const std::string& pattern, int group) {
  const std::regex regex(pattern);
  const auto begin = std::sregex_token_iterator(text.begin(), text.end(), regex, group);
  return {begin, std::sregex_token_iterator()};
}

TEST_CASE("scripts around a chip: unknown bits count as wrong, macros alone are black boxes") {
  const EmittedChip chip;
  const std::string bench = chip.text("tb/built_chip_tb.sv");
  // A plain != of an unknown value is unknown, and an `if` takes that for no difference.
  const std::set<std::string> plain = all_matches(bench, "\\S+ != \\S+", 0);
  CHECK(plain == std::set<std::string>{"(tokens != Tokens)", "(errors != 0)"});  // counters of the bench

  const std::string script = chip.text("synth.ys");
  const std::set<std::string> black = all_matches(script, "-lib rtl/(\\w+)\\.sv", 1);
  CHECK(black == std::set<std::string>{"ohmic_adc", "ohmic_crossbar", "ohmic_global_buffer", "ohmic_weight_rom"});
  for (const char* module : {"ohmic_combine", "ohmic_tile_analog", "ohmic_array_analog", "built_chip"}) {
    CHECK(script.find("-defer rtl/" + std::string(module) + ".sv\n") != std::string::npos);
  }
}

}  // namespace
