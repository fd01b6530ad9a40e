// Plain int8 products by NVIDIA's cuBLASLt, where it is installed.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "core/status.h"
#include "cuda/cublaslt_library.h"
#include "cuda/device/gemm_i8_operands.h"

namespace octavo::cuda {

class Device;

/// cuBLASLt as one device uses it: at most as old as the device, which owns it.
class CublasLt {
 public:
  /// Null, with the reason, where there is none that works, or `choice` is "off". `choice` may also be a library's
  /// file, or "auto": what the environment variable OCTAVO_CUBLASLT says, and otherwise what is installed, unless
  /// OCTAVO_CUDA_DRIVER names another driver than NVIDIA's.
  static std::unique_ptr<CublasLt> create(Device& device, const std::string& choice, std::string* why_not);
  ~CublasLt();
  CublasLt(const CublasLt&) = delete;
  CublasLt& operator=(const CublasLt&) = delete;

  const std::string& version() const { return library_.version; }
  /// Whether it is the winner for a product: int8 x int8 to int32 without zero points, from kLeastRows rows on, with
  /// sizes and addresses that its tensor-core kernels take.
  static bool takes(const device::GemmI8Operands& operands, bool a_signed, const device::GemmI8Result& result);
  /// C = A W^T on the device's stream. kUnsupported, for good, where it has no algorithm number `algorithm` (0: the
  /// best by its own judgement) for the shape; kDevice or kMemory where it fails.
  Status multiply(const device::GemmI8Operands& operands, const device::GemmI8Result& result, size_t algorithm = 0);
  /// How many algorithms it has for a product; 0 where it has none, or fails.
  size_t count_algorithms(const device::GemmI8Operands& operands, const device::GemmI8Result& result);

  static constexpr size_t kLeastRows = 64, kMostAlgorithms = 8, kWorkspaceBytes = size_t{64} << 20;

 private:
  struct Plan;
  using Shape = std::array<size_t, 9>;

  CublasLt(Device& device, const CublasLtLibrary& library);
  BlasResult start();
  Status plan_of(const device::GemmI8Operands& operands, const device::GemmI8Result& result, Plan** plan);
  BlasResult find_algorithms(const Shape& shape, Plan* plan);
  Status reserve_workspace(size_t bytes);

  Device& device_;
  const CublasLtLibrary& library_;
  BlasHandle handle_ = nullptr;
  BlasProduct product_ = nullptr;
  DeviceAddress workspace_ = 0;
  std::mutex mutex_;
  std::map<Shape, std::unique_ptr<Plan>> plans_;
};

}  // namespace octavo::cuda
