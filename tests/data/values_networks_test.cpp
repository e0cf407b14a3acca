// SPDX-License-Identifier: Apache-2.0
// Lossless arrays give every integer of the reference on real networks and real images: each layer's products are
// compared for every input that the reference run of the network feeds it.
//
// Covered: on each network all encodings × 1-, 2- and 4-bit cells that can be, with unsigned and with signed (zero
// point −128 after rectifiers) activations, accumulation and DAC bits rotating through all choices, by every path on
// all images named in the case. Only the per-cell path on ResNet-8 is slow: two images, and all of them for one array
// per weight encoding, unless OHMIC_SLOW=1.
#include <atomic>
#include <catch2/catch.hpp>
#include <memory>

#include "base/parallel.hpp"
#include "tests/support/support.hpp"
#include "tests/support/values_cases.hpp"
#include "workloads/dataset.hpp"
#include "workloads/onnx_import.hpp"
#include "workloads/quantize.hpp"

namespace {

using namespace ohmic;
using models::InputEncoding;
using models::WeightEncoding;
using values::Path;

struct Network {
  workloads::Graph graph;
  workloads::Dataset test;
  workloads::Dataset calibration;
  workloads::Normalize normalize;
  workloads::QuantizedGraph quantized;

  void quantize(bool is_signed) {
    workloads::QuantizationSpec spec;
    spec.rules.push_back({".*", {}, {}, {}});
    spec.rules[0].activations.is_signed = is_signed;
    quantized = workloads::quantize(graph, spec, calibration, normalize, 0);
  }
};

workloads::Dataset read(const std::string& name, const std::string& labels, const std::string& split, int images) {
  workloads::DatasetSpec spec;
  const std::string file = test::data_file(name);
  spec.file = {file, file};
  if (!labels.empty()) {
    const std::string label_file = test::data_file(labels);
    spec.labels = FilePath{label_file, label_file};
  }
  spec.split = split;
  spec.images = images;
  return workloads::read_dataset(spec, DataPath());
}

workloads::Graph own_network(const std::string& name) {
  return workloads::import_onnx((test::source_dir() / "workloads/nets" / name / "model.onnx").string());
}

Network digits(const std::string& name) {
  return {own_network(name), read("digits.h5", "", "test", 450), read("digits.h5", "", "train", 128), {{0}, {16}}, {}};
}

/// One description of the arrays and the paths that are to compute it.
struct Candidate {
  models::ArraySpec array;
  std::vector<Path> paths;
  int images = 0;  // the first so many
};

models::ArraySpec base_array() {
  models::ArraySpec array = test::small_architecture().array;
  array.rows = array.columns = array.parallel_rows = 128;
  array.adc = test::part<models::Adc>("ideal");
  array.adc.part->range = models::RangePolicy::lossless;
  array.adc.part->bits = 16;
  return array;
}

/// All encodings and cell bits that can be, with accumulation and DAC bits rotating.
std::vector<models::ArraySpec> all_encodings() {
  std::vector<models::ArraySpec> arrays;
  for (const WeightEncoding weights : test::kWeightEncodings) {
    for (const InputEncoding inputs : test::kInputEncodings) {
      for (const int cell_bits : {1, 2, 4}) {
        if (weights == WeightEncoding::xnor && (inputs != InputEncoding::bipolar || cell_bits != 1)) continue;
        models::ArraySpec array = base_array();
        const auto n = arrays.size();
        array.weights.encoding = weights;
        array.inputs.encoding = inputs;
        array.cell.bits = cell_bits;
        array.inputs.dac_bits = inputs == InputEncoding::bipolar ? 1 : 1 << n % 3;
        array.accumulate.inputs = test::kDomains[n % 2];
        array.accumulate.slices = test::kDomains[n / 2 % 2];
        array.accumulate.polarity =
            weights == WeightEncoding::differential ? test::kDomains[(n + 1) / 2 % 2] : models::Domain::analog;
        array.parallel_rows = n % 5 == 0 ? 48 : 128;
        arrays.push_back(array);
      }
    }
  }
  return arrays;
}

/// Few input steps and slices, one array per weight encoding: what the per-cell path can do on every image.
std::vector<models::ArraySpec> one_per_weight_encoding() {
  std::vector<models::ArraySpec> arrays;
  for (const WeightEncoding weights : test::kWeightEncodings) {
    models::ArraySpec array = base_array();
    array.weights.encoding = weights;
    const bool xnor = weights == WeightEncoding::xnor;
    array.inputs.encoding = xnor ? InputEncoding::bipolar : InputEncoding::unsigned_;
    array.cell.bits = xnor ? 1 : 4;
    array.inputs.dac_bits = xnor ? 1 : 4;
    arrays.push_back(array);
  }
  return arrays;
}

/// The reference, with every product compared with those of the candidates.
class ComparingBackend : public workloads::MatrixBackend {
 public:
  ComparingBackend(const workloads::QuantizedGraph& graph, const std::vector<Candidate>& candidates)
      : reference_(graph) {
    for (const Candidate& candidate : candidates) add(graph, candidate);
  }

  void multiply(const workloads::MatrixCall& call) const override {
    reference_.multiply(call);
    const std::size_t size =
        static_cast<std::size_t>(call.images * call.pixels) * static_cast<std::size_t>(call.columns);
    std::vector<std::int64_t> acc(size);
    workloads::MatrixCall same = call;
    same.acc = acc.data();
    for (const auto& compared : compared_) {
      if (call.first_image >= compared->images) continue;
      acc.assign(size, std::numeric_limits<std::int64_t>::min());
      compared->backend->multiply(same);
      products += static_cast<std::int64_t>(size);
      differences += std::equal(acc.begin(), acc.end(), call.acc) ? 0 : 1;
    }
  }

  [[nodiscard]] std::size_t compared() const { return compared_.size(); }

  mutable std::atomic<std::int64_t> products{0};
  mutable std::atomic<int> differences{0};

 private:
  struct Compared {
    std::vector<mapping::EncodedLayer> layers;
    std::unique_ptr<values::ArrayBackend> backend;
    int images = 0;
  };

  /// Sums that need more than 16 bits are taken apart: fewer rows, digital slices, digital steps, at last one bit a
  /// step.
  static bool relax(models::ArraySpec& array) {
    if (array.accumulate.slices == models::Domain::analog) {
      array.accumulate.slices = models::Domain::digital;
    } else if (array.accumulate.inputs == models::Domain::analog) {
      array.accumulate.inputs = models::Domain::digital;
    } else if (array.inputs.dac_bits > 1) {
      array.inputs.dac_bits /= 2;
    } else {
      return false;
    }
    return true;
  }

  void add(const workloads::QuantizedGraph& graph, const Candidate& candidate) {
    models::ArraySpec array = candidate.array;
    std::vector<mapping::EncodedLayer> layers;
    values::ConverterRanges ranges;
    for (;;) {
      layers.clear();
      for (const int node : graph.matrix_nodes()) {
        const auto& operation = graph.nodes[static_cast<std::size_t>(node)].operation;
        layers.push_back(
            mapping::encode_layer(std::get<workloads::QuantizedConv>(operation), graph.input_params(node), array));
      }
      try {
        ranges = values::choose_ranges(graph, layers, array, {}, {}, 1);
        break;
      } catch (const RuleError&) {
        REQUIRE(relax(array));
      }
    }
    for (const Path path : candidate.paths) {
      auto compared = std::make_unique<Compared>();
      compared->layers = layers;
      compared->images = candidate.images;
      compared->backend = std::make_unique<values::ArrayBackend>(graph, compared->layers, array, ranges, values::Chip{},
                                                                 values::ComputeOptions{path, {}, 1});
      compared_.push_back(std::move(compared));
    }
  }

  workloads::ReferenceBackend reference_;
  std::vector<std::unique_ptr<Compared>> compared_;
};

void require_equal(Network& network, const std::vector<Candidate>& candidates) {
  const ComparingBackend backend(network.quantized, candidates);
  constexpr int kBlock = 2;
  const int images = network.test.count();
  parallel_for(static_cast<std::size_t>((images + kBlock - 1) / kBlock), 0, [&](std::size_t block) {
    const int first = static_cast<int>(block) * kBlock;
    (void)workloads::execute(network.quantized, backend, network.test, network.normalize, first,
                             std::min(kBlock, images - first), false);
  });
  INFO(backend.compared() << " backends, " << backend.products << " products");
  REQUIRE(backend.products > 0);
  REQUIRE(backend.differences == 0);
}

bool slow() {
  const char* value = std::getenv("OHMIC_SLOW");
  return value != nullptr && std::string(value) == "1";
}

/// `cell_images`: so many by the per-cell path in every combination.
void require_lossless(Network network, int cell_images) {
  for (const bool is_signed : {false, true}) {
    INFO((is_signed ? "signed" : "unsigned") << " activations");
    network.quantize(is_signed);
    const int images = network.test.count();
    std::vector<Candidate> candidates;
    for (const models::ArraySpec& array : all_encodings()) {
      candidates.push_back({array, {Path::planes, Path::collapsed}, images});
      candidates.push_back({array, {Path::per_cell}, cell_images});
    }
    if (cell_images < images && is_signed) {
      for (const models::ArraySpec& array : one_per_weight_encoding()) {
        candidates.push_back({array, {Path::per_cell}, images});
      }
    }
    require_equal(network, candidates);
  }
}

TEST_CASE("digits_mlp on lossless arrays, 450 images", "[data]") {
  require_lossless(digits("digits_mlp"), 450);
}

TEST_CASE("digits_cnn on lossless arrays, 450 images", "[data]") {
  require_lossless(digits("digits_cnn"), 450);
}

TEST_CASE("lenet5_mnist on lossless arrays, 200 images", "[data]") {
  Network network{own_network("lenet5_mnist"),
                  read("mnist/t10k-images-idx3-ubyte.gz", "mnist/t10k-labels-idx1-ubyte.gz", "", 200),
                  read("mnist/train10k-images-idx3-ubyte.gz", "mnist/train10k-labels-idx1-ubyte.gz", "", 64),
                  {{0}, {255}},
                  {}};
  require_lossless(std::move(network), 200);
}

TEST_CASE("ResNet-8 on lossless arrays, 20 images", "[data]") {
  Network network{workloads::import_onnx(test::data_file("models/resnet8_cifar10/resnet8_cifar10_float.onnx")),
                  read("cifar10/cifar10_test_1000.bin", "", "", 20),
                  read("cifar10/cifar10_train_calib_500.bin", "", "", 16),
                  {},
                  {}};
  require_lossless(std::move(network), slow() ? 20 : 2);
}

}  // namespace
