// SPDX-License-Identifier: Apache-2.0
// What must hold between the parts of a program that was read from text.
#include <fmt/format.h>

#include <algorithm>

#include "base/config_reader.hpp"
#include "mapping/program_io.hpp"

namespace ohmic::mapping {

namespace {

/// Firings of a stage per image: whoever reads a program keeps some numbers for each.
constexpr std::int64_t kMaxFirings = std::int64_t{1} << 26;

void require(bool holds, const std::string& path, const std::string& message) {
  if (!holds) throw RuleError(path, message);
}

template <class T>
void require_index(std::int64_t index, const std::vector<T>& of, const std::string& path, std::string_view what) {
  require(index >= 0 && index < static_cast<std::int64_t>(of.size()), path,
          fmt::format("there is no {} {} (there are {})", what, index, of.size()));
}

void check_array(const ArrayAssignment& a, const Program& program, const std::string& path) {
  require_index(a.layer, program.layers, path + ".layer", "layer");
  const LayerMapping& layer = program.layers[static_cast<std::size_t>(a.layer)];
  require(a.replica < layer.replicas, path + ".replica", fmt::format("the layer has {} replicas", layer.replicas));
  require(a.row_begin < a.row_end && a.row_end <= layer.rows, path + ".row_end",
          fmt::format("rows {} to {} are not rows of a layer with {}", a.row_begin, a.row_end, layer.rows));
  require(
      a.column_begin < a.column_end && a.column_end <= layer.columns, path + ".column_end",
      fmt::format("columns {} to {} are not columns of a layer with {}", a.column_begin, a.column_end, layer.columns));
}

void check_port(const Stage& stage, const InputPort& port, const Program& program, const std::string& path) {
  require_index(port.stream, program.streams, path + ".stream", "stream");
  require(port.phase < port.period, path + ".phase", fmt::format("must be less than the period ({})", port.period));
  const std::int64_t tokens = program.streams[static_cast<std::size_t>(port.stream)].tokens;
  if (port.windowed) {
    require(port.window.output_shape(port.in_shape).height == port.out_shape.height &&
                port.window.output_shape(port.in_shape).width == port.out_shape.width,
            path + ".out_shape", "is not what the window makes of in_shape");
    require(std::int64_t{1} * port.in_shape.height * port.in_shape.width == tokens, path + ".in_shape",
            fmt::format("has another number of pixels than the stream has tokens ({})", tokens));
    const std::int64_t pixels = std::int64_t{1} * port.out_shape.height * port.out_shape.width;
    require(stage.firings == ceil_div(pixels - port.phase, port.period), path + ".out_shape",
            fmt::format("has another number of pixels than the stage has firings ({})", stage.firings));
  } else {
    require(tokens == ceil_div(stage.firings - port.phase, port.period), path + ".stream",
            fmt::format("has {} tokens, which is not what {} firings take", tokens, stage.firings));
  }
}

void check_stage(int index, const Program& program, const std::string& path) {
  const Stage& stage = program.stages[static_cast<std::size_t>(index)];
  require(stage.firings <= kMaxFirings, path + ".firings", fmt::format("must be at most {}", kMaxFirings));
  require(stage.layer < static_cast<int>(program.layers.size()), path + ".layer",
          fmt::format("there is no layer {} (there are {})", stage.layer, program.layers.size()));
  require((stage.output < 0) == (stage.kind == StageKind::sink), path + ".output",
          "every stage but the sink has an output stream");
  require(stage.inputs.empty() == (stage.kind == StageKind::source), path + ".inputs",
          "every stage but the source has inputs");
  for (const int array : stage.arrays) require_index(array, program.arrays, path + ".arrays", "array");
  for (std::size_t port = 0; port < stage.inputs.size(); ++port) {
    const std::string port_path = fmt::format("{}.inputs[{}]", path, port);
    check_port(stage, stage.inputs[port], program, port_path);
    // Stages stand in the order of the data, so that there can be no circle.
    require(program.streams[static_cast<std::size_t>(stage.inputs[port].stream)].source < index, port_path + ".stream",
            "comes from this stage or a later one");
  }
  if (stage.output < 0) return;
  require_index(stage.output, program.streams, path + ".output", "stream");
  const Stream& stream = program.streams[static_cast<std::size_t>(stage.output)];
  require(stream.source == index, path + ".output", fmt::format("stream '{}' has another source", stream.name));
  require(stream.tokens == stage.firings, path + ".output",
          fmt::format("stream '{}' has {} tokens, the stage {} firings", stream.name, stream.tokens, stage.firings));
}

void check_stream(int index, const Program& program, const std::string& path) {
  const Stream& stream = program.streams[static_cast<std::size_t>(index)];
  require_index(stream.source, program.stages, path + ".source", "stage");
  require(program.stages[static_cast<std::size_t>(stream.source)].output == index, path + ".source",
          "the stage has another output");
  require(!stream.destinations.empty(), path + ".destinations", "a stream goes somewhere");
  for (std::size_t d = 0; d < stream.destinations.size(); ++d) {
    const Destination& destination = stream.destinations[d];
    const std::string here = fmt::format("{}.destinations[{}]", path, d);
    require_index(destination.stage, program.stages, here + ".stage", "stage");
    const Stage& stage = program.stages[static_cast<std::size_t>(destination.stage)];
    require_index(destination.port, stage.inputs, here + ".port", "port");
    require(stage.inputs[static_cast<std::size_t>(destination.port)].stream == index, here + ".port",
            "the port takes from another stream");
    require(destination.minimum <= destination.capacity, here + ".capacity",
            fmt::format("must be at least the minimum ({})", destination.minimum));
  }
}

/// Every port is fed once: as many destinations as ports, and each destination was found at its port.
void check_ports_are_fed(const Program& program) {
  std::vector<std::vector<int>> fed;
  for (const Stage& stage : program.stages) fed.emplace_back(stage.inputs.size(), 0);
  for (const Stream& stream : program.streams) {
    for (const Destination& d : stream.destinations) {
      ++fed[static_cast<std::size_t>(d.stage)][static_cast<std::size_t>(d.port)];
    }
  }
  for (std::size_t s = 0; s < fed.size(); ++s) {
    for (std::size_t port = 0; port < fed[s].size(); ++port) {
      require(fed[s][port] == 1, fmt::format("stages[{}].inputs[{}]", s, port),
              fmt::format("is the destination of {} streams, not of one", fed[s][port]));
    }
  }
}

}  // namespace

void check_program(const Program& program) {
  for (std::size_t i = 0; i < program.arrays.size(); ++i) {
    check_array(program.arrays[i], program, fmt::format("arrays[{}]", i));
  }
  for (std::size_t i = 0; i < program.streams.size(); ++i) {
    require_index(program.streams[i].source, program.stages, fmt::format("streams[{}].source", i), "stage");
  }
  for (std::size_t i = 0; i < program.stages.size(); ++i) {
    check_stage(static_cast<int>(i), program, fmt::format("stages[{}]", i));
  }
  for (std::size_t i = 0; i < program.streams.size(); ++i) {
    check_stream(static_cast<int>(i), program, fmt::format("streams[{}]", i));
  }
  check_ports_are_fed(program);
}

}  // namespace ohmic::mapping
