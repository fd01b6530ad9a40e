#include "gpu.h"

namespace octavo_test {
namespace {

struct Opened {
  std::shared_ptr<octavo::cuda::Device> device;
  octavo::Status status;
};

Opened& opened() {
  static Opened once = [] {
    Opened made;
    made.status = octavo::cuda::Device::open(0, &made.device);
    return made;
  }();
  return once;
}

}  // namespace

const std::shared_ptr<octavo::cuda::Device>& gpu(std::string* why_not) {
  *why_not = opened().status.message;
  return opened().device;
}

const std::shared_ptr<octavo::cuda::Device>& gpu() {
  REQUIRE(opened().device != nullptr);
  return opened().device;
}

void close_gpu() { opened().device.reset(); }

bool gpu_is_emulated() { return gpu()->info().name == "Emulated GPU"; }

}  // namespace octavo_test
