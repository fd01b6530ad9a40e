#include "use_gpu.h"

#include <cstdio>
#include <memory>
#include <vector>

#include "cuda/device.h"
#include "cuda/gemm_i8.h"

namespace octavo_test {
namespace {

using namespace octavo;
using namespace octavo::cuda;

constexpr size_t kRows = 20, kColumns = 9, kInner = 16;

const char* name_of(Code code) {
  switch (code) {
    case Code::kOk:
      return "ok";
    case Code::kRange:
      return "range";
    case Code::kUnsupported:
      return "unsupported";
    case Code::kMemory:
      return "memory";
    case Code::kDevice:
      return "device";
    default:
      return "native";
  }
}

Status copy_there(Device& device, const DeviceMemory& to, const void* from, size_t bytes) {
  const auto address = reinterpret_cast<DeviceAddress>(to.as<void>());
  return status_of(device.driver().copy_to_device(address, from, bytes, device.stream()), "copying to the GPU");
}

Status copy_back(Device& device, void* to, const DeviceMemory& from, size_t bytes) {
  const auto address = reinterpret_cast<DeviceAddress>(from.as<void>());
  return status_of(device.driver().copy_to_host(to, address, bytes, device.stream()), "copying from the GPU");
}

/// C = A W^T of ones.
Status multiply(const std::shared_ptr<Device>& device, std::vector<int32_t>* c) {
  const std::vector<int8_t> ones(kRows * kInner, 1);
  DeviceMemory a, w, product;
  if (Status status = a.allocate(device, kRows * kInner); !status.ok()) return status;
  if (Status status = w.allocate(device, kColumns * kInner); !status.ok()) return status;
  if (Status status = product.allocate(device, c->size() * sizeof(int32_t)); !status.ok()) return status;
  if (Status status = copy_there(*device, a, ones.data(), kRows * kInner); !status.ok()) return status;
  if (Status status = copy_there(*device, w, ones.data(), kColumns * kInner); !status.ok()) return status;
  const device::GemmI8Operands operands{a.as<uint8_t>(), w.as<int8_t>(), kRows, kColumns, kInner, kInner, kInner};
  const device::GemmI8Result result{{}, OutputType::kInt32, product.as<void>(), kColumns};
  if (Status status = gemm_i8(*device, operands, true, result); !status.ok()) return status;
  if (Status status = copy_back(*device, c->data(), product, c->size() * sizeof(int32_t)); !status.ok()) return status;
  return device->synchronize();
}

Status use(std::vector<int32_t>* c) {
  std::shared_ptr<Device> device;
  if (Status status = Device::open(0, &device); !status.ok()) return status;
  return multiply(device, c);
}

}  // namespace

int use_gpu() {
  std::vector<int32_t> c(kRows * kColumns, 0);
  const Status status = use(&c);
  if (!status.ok())
    std::printf("%s: %s\n", name_of(status.code), status.message.c_str());
  else
    std::printf("%s\n", c == std::vector<int32_t>(c.size(), kInner) ? "ok" : "wrong result");
  return 0;
}

}  // namespace octavo_test
