// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/config_reader.hpp"
#include "models/device.hpp"

namespace ohmic::test {

/// `device` section written as YAML, e.g. "{kind: rram_generic, read_noise: 0.1}".
struct DeviceHolder {
  Part<models::Device> device;
};
inline void fields(Fields& f, DeviceHolder& h) {
  f.key("device", h.device, {.required = true});
}
inline Part<models::Device> device(const std::string& yaml) {
  DeviceHolder holder;
  ConfigReader::read(load_yaml_text("device: " + yaml, "test"), holder);
  return holder.device;
}

}  // namespace ohmic::test
