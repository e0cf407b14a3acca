// SPDX-License-Identifier: Apache-2.0
// Writes an integer network as ONNX beside every integer that our executor computes, for a comparison in onnxruntime:
//   ohmic_dump_quantized setup.yaml OUT     (keys: network, test, calibration, normalize, quantization)
//   ohmic_dump_quantized --random SEED OUT  (a network, rules and images drawn at random)
// OUT gets model.onnx (with requantization float only), pixels.bin (uint8), one .bin per node (int32 or float32), all
// [image][row][column][channel], and manifest.json.
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <fstream>

#include "base/config_reader.hpp"
#include "base/json_writer.hpp"
#include "tests/support/random_network.hpp"
#include "workloads/onnx_import.hpp"
#include "workloads/quantize.hpp"
#include "workloads/score.hpp"

namespace ohmic::test {

using namespace ohmic::workloads;

struct Setup {
  FilePath network;
  DatasetSpec test;
  std::optional<DatasetSpec> calibration;
  Normalize normalize;
  QuantizationSpec quantization;
};

void fields(Fields& f, Setup& s) {
  f.key("network", s.network, {.required = true});
  f.key("test", s.test, {.required = true});
  f.key("calibration", s.calibration);
  f.key("normalize", s.normalize);
  f.key("quantization", s.quantization, {.required = true});
}

namespace {

struct Case {
  Graph graph;
  Dataset test;
  Dataset calibration;
  Normalize normalize;
  QuantizationSpec quantization;
};

Case read_case(const std::string& file) {
  Setup setup;
  ConfigReader::read(load_config(file), setup);
  const DataPath path = DataPath::from_environment();
  Dataset calibration;
  if (setup.calibration) calibration = read_dataset(*setup.calibration, path);
  return {import_onnx(setup.network.path), read_dataset(setup.test, path), calibration, setup.normalize,
          setup.quantization};
}

Case random_case(std::uint64_t seed) {
  Random random(seed);
  Case result;
  result.graph = RandomNetwork(random).build(random.between(3, 9));
  result.test = random_images(random, result.graph.nodes[0].shape, 5);
  result.calibration = result.test;
  result.normalize = {{100.0}, {64.0}};
  QuantizationRule rule;
  rule.match = ".*";
  rule.weights.bits = random.between(2, 8);
  rule.weights.per = random.flip() ? Granularity::channel : Granularity::tensor;
  rule.activations.bits = random.between(2, 8);
  rule.activations.is_signed = random.flip();
  rule.activations.symmetric = rule.activations.is_signed && random.flip();
  rule.activations.calibration.percentile = random.flip() ? 100 : 98;
  rule.leaky.rounding = random.flip() ? LeakyRounding::floor : LeakyRounding::half_up;
  result.quantization.rules = {rule};
  return result;
}

template <class T>
void write_values(const std::string& file, const std::vector<T>& values) {
  std::ofstream stream(file, std::ios::binary);
  stream.write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(T)));
  if (!stream) throw InputError(file, "cannot be written");
}

void dump(const Case& one, const std::string& folder) {
  const QuantizedGraph graph = quantize(one.graph, one.quantization, one.calibration, one.normalize, 0);
  make_folder(folder);
  if (one.quantization.requantization.kind == RequantKind::real) {
    write_file_atomically(folder + "/model.onnx", export_integer_onnx(graph, one.normalize));
  }
  write_values(folder + "/pixels.bin", one.test.images);
  const int images = one.test.count();
  const auto values = execute(graph, ReferenceBackend(graph), one.test, one.normalize, 0, images, true);
  Json manifest{{"images", images},
                {"labels", one.test.labels},
                {"output", graph.nodes[static_cast<std::size_t>(graph.output)].name}};
  manifest["float_classes"] = answer_float(one.graph, one.test, one.normalize, images, 0).classes;
  manifest["classes"] = answer(graph, ReferenceBackend(graph), one.test, one.normalize, images, 0).classes;
  manifest["warnings"] = graph.warnings;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const QuantizedNode& node = graph.nodes[n];
    const std::string file = fmt::format("node_{}.bin", n);
    node.is_integer ? write_values(folder + "/" + file, values[n].integers)
                    : write_values(folder + "/" + file, values[n].reals);
    manifest["nodes"].push_back({{"name", node.name},
                                 {"file", file},
                                 {"integer", node.is_integer},
                                 {"shape", {node.shape.channels, node.shape.height, node.shape.width}}});
  }
  write_file_atomically(folder + "/manifest.json", manifest.dump(1) + "\n");
}

}  // namespace
}  // namespace ohmic::test

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  try {
    if (arguments.size() == 3 && arguments[0] == "--random") {
      ohmic::test::dump(ohmic::test::random_case(std::stoull(arguments[1])), arguments[2]);
    } else if (arguments.size() == 2) {
      ohmic::test::dump(ohmic::test::read_case(arguments[0]), arguments[1]);
    } else {
      std::fprintf(stderr, "usage: ohmic_dump_quantized setup.yaml OUT | --random SEED OUT\n");
      return 2;
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
  return 0;
}
