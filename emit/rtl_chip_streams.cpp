// SPDX-License-Identifier: Apache-2.0
// The top module: what is between a core and the buffers that its stream ends in.
#include <fmt/format.h>

#include <algorithm>

#include "base/config_reader.hpp"
#include "emit/rtl_chip_writer.hpp"

namespace ohmic::emit {

using mapping::Destination;
using mapping::Stream;

void ChipWriter::find_flows() {
  for (int i = 0; is_bus() && i < static_cast<int>(program_.streams.size()); ++i) {
    const auto& destinations = stream(i).destinations;
    const auto local = [&](const Destination& d) { return is_local(stream(i), d); };
    if (!std::all_of(destinations.begin(), destinations.end(), local)) flows_.push_back(i);
  }
}

int ChipWriter::flow_of(int stream_index) const {
  const auto found = std::find(flows_.begin(), flows_.end(), stream_index);
  return found == flows_.end() ? -1 : static_cast<int>(found - flows_.begin());
}

void ChipWriter::add_sender(int index) {
  const Stream& s = stream(stage(index).output);
  const CoreNets n = nets(index);
  const std::string p = name(index) + "_p";
  std::vector<int> locals;
  std::vector<int> remotes;
  int width = 1;
  for (int d = 0; d < static_cast<int>(s.destinations.size()); ++d) {
    const Destination& to = s.destinations[static_cast<std::size_t>(d)];
    (is_local(s, to) ? locals : remotes).push_back(d);
    if (!is_local(s, to)) width = std::max(width, count_bits(to.capacity));
  }
  PackedFields capacities(width);
  std::vector<std::string> credits;
  for (const int d : remotes) {
    capacities.add(s.destinations[static_cast<std::size_t>(d)].capacity);
    credits.push_back(top_.wire(width, fmt::format("{}_credit{}", p, d)));
  }
  if (remotes.empty()) {
    capacities.add(0);
    credits.push_back(literal(width, std::uint64_t{0}));
  }
  const int flow = flow_of(stage(index).output);
  const bool offers = flow >= 0;
  for (const char* net : {"_beat_valid", "_beat_ready", "_flit_valid", "_offer", "_grant", "_busy"})
    top_.wire(1, p + net);
  top_.wire(chip_.tile.bus_bits, p + "_beat");
  top_.wire(chip_.fabric->link_bits, p + "_flit");
  top_.assign(p + "_grant", offers ? fmt::format("bus_grant[{}]", flow) : "1'b0");
  if (locals.empty()) top_.assign(p + "_beat_ready", "1'b1");
  top_.instance("ohmic_stream_port", "i_" + p,
                {{"TokenBits", number(s.token_bits)},
                 {"BeatBits", number(chip_.tile.bus_bits)},
                 {"FlitBits", number(chip_.fabric->link_bits)},
                 {"Local", locals.empty() ? "1'b0" : "1'b1"},
                 {"Remote", number(static_cast<std::int64_t>(remotes.size()))},
                 {"CreditBits", number(width)},
                 {"Capacities", capacities.text()},
                 {"Offers", offers ? "1'b1" : "1'b0"},
                 {"CountBits", number(count_bits(chip_.tile.output_slots))}},
                {{"in_valid_i", n.out_valid},
                 {"in_ready_o", n.out_ready},
                 {"in_data_i", n.out_data},
                 {"in_count_i", n.out_count},
                 {"beat_valid_o", p + "_beat_valid"},
                 {"beat_ready_i", p + "_beat_ready"},
                 {"beat_data_o", p + "_beat"},
                 {"flit_valid_o", p + "_flit_valid"},
                 {"flit_data_o", p + "_flit"},
                 {"credit_i", concatenation(credits)},
                 {"offer_o", p + "_offer"},
                 {"grant_i", p + "_grant"},
                 {"busy_o", p + "_busy"}});
  if (!locals.empty()) add_local(s, p, locals);
  for (const int d : remotes) add_remote(s, p, d, width);
}

void ChipWriter::add_local(const Stream& s, const std::string& prefix, const std::vector<int>& locals) {
  std::vector<std::string> valids;
  std::vector<std::string> readies;
  for (const int d : locals) {
    const Destination& to = s.destinations[static_cast<std::size_t>(d)];
    valids.push_back(locals.size() == 1 ? prefix + "_beat_valid" : top_.wire(1, fmt::format("{}_valid{}", prefix, d)));
    readies.push_back(buffer_name(to) + "_beat_ready");
    add_buffer(to.stage, to.port, valids.back(), prefix + "_beat", chip_.tile.bus_bits);
  }
  if (locals.size() == 1) {
    top_.assign(prefix + "_beat_ready", readies.front());
    return;
  }
  top_.raw(
      fmt::format("  ohmic_fork #(.Outputs({})) i_{}_fork (\n    .in_valid_i({}), .in_ready_o({}),\n"
                  "    .out_valid_o({}),\n    .out_ready_i({})\n  );\n",
                  locals.size(), prefix, prefix + "_beat_valid", prefix + "_beat_ready", concatenation(valids),
                  concatenation(readies)));
}

void ChipWriter::add_remote(const Stream& s, const std::string& prefix, int destination, int credit_width) {
  const Destination& to = s.destinations[static_cast<std::size_t>(destination)];
  const std::string b = buffer_name(to);
  const int own = count_bits(capacity(to.stage, to.port));
  const std::string back = top_.wire(own, fmt::format("{}_back{}", prefix, destination));
  const std::string credit = fmt::format("{}_credit{}", prefix, destination);
  top_.assign(credit, own == credit_width ? back : fmt::format("{}'({})", credit_width, back));
  if (is_bus()) {
    top_.instance("ohmic_pipe", fmt::format("i_{}_back{}", prefix, destination),
                  {{"Width", number(own)}, {"Registers", number(chip_.fabric->hop_cycles)}},
                  {{"data_i", b + "_credit"}, {"data_o", back}});
    add_buffer(to.stage, to.port, fmt::format("bus_flit_valid[{}]", flow_of(stage(s.source).output)), "bus_flit",
               chip_.fabric->link_bits);
    return;
  }
  const int hops =
      std::max(1, models::tile_distance(stage(s.source).tile, stage(to.stage).tile, chip_.tiles.x, chip_.gateway()));
  const std::string link = fmt::format("{}_link{}", prefix, destination);
  top_.wire(1, link + "_valid");
  top_.wire(chip_.fabric->link_bits, link + "_flit");
  top_.instance("ohmic_link", "i_" + link,
                {{"FlitBits", number(chip_.fabric->link_bits)},
                 {"CreditBits", number(own)},
                 {"Registers", number(hops * chip_.fabric->hop_cycles)}},
                {{"flit_valid_i", prefix + "_flit_valid"},
                 {"flit_data_i", prefix + "_flit"},
                 {"credit_i", b + "_credit"},
                 {"flit_valid_o", link + "_valid"},
                 {"flit_data_o", link + "_flit"},
                 {"credit_o", back}});
  add_buffer(to.stage, to.port, link + "_valid", link + "_flit", chip_.fabric->link_bits);
}

void ChipWriter::add_bus() {
  if (flows_.empty()) return;
  const auto* bus = dynamic_cast<const models::Bus*>(chip_.fabric.part.get());
  constexpr int kFlitCountBits = 16;
  constexpr std::int64_t kMostFlits = (std::int64_t{1} << kFlitCountBits) - 1;
  PackedFields flits(kFlitCountBits);
  std::vector<std::string> offers, valids, data;
  for (const int index : flows_) {
    const std::string p = name(stream(index).source) + "_p";
    const std::int64_t flit_count = ceil_div(stream(index).token_bits, chip_.fabric->link_bits);
    if (flit_count > kMostFlits) {
      throw RuleError("architecture.fabric.link_bits",
                      fmt::format("makes {} flits of a token of '{}', the bus of RTL counts to {}", flit_count,
                                  stream(index).name, kMostFlits));
    }
    flits.add(flit_count);
    offers.push_back(p + "_offer");
    valids.push_back(p + "_flit_valid");
    data.push_back(p + "_flit");
  }
  const auto count = static_cast<int>(flows_.size());
  top_.declare_first(count, "bus_grant");
  top_.declare_first(count, "bus_flit_valid");
  top_.declare_first(chip_.fabric->link_bits, "bus_flit");
  top_.instance("ohmic_bus", "i_bus",
                {{"Flows", number(count)},
                 {"FlitBits", number(chip_.fabric->link_bits)},
                 {"Flits", flits.text()},
                 {"HopCycles", number(chip_.fabric->hop_cycles)},
                 {"GrantCycles", number(bus->grant_cycles)},
                 {"OfferBits", number(count_bits(chip_.tile.output_slots))}},
                {{"offer_i", concatenation(offers)},
                 {"grant_o", "bus_grant"},
                 {"flit_valid_i", concatenation(valids)},
                 {"flit_data_i", concatenation(data)},
                 {"flit_valid_o", "bus_flit_valid"},
                 {"flit_data_o", "bus_flit"}});
}

}  // namespace ohmic::emit
