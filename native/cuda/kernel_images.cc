#include "cuda/kernel_images.h"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace octavo::cuda {
namespace {

struct KernelFile {
  std::string name;
  std::vector<char> bytes;
  KernelImage image = {nullptr, 0, 0};
};

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

/// The file's bytes and a zero, which is where PTX ends; none where it cannot be read.
std::vector<char> read_kernels(const std::string& name) {
  std::vector<char> bytes;
  const std::unique_ptr<std::FILE, Close> file(std::fopen(name.c_str(), "rb"));
  if (file == nullptr) return bytes;
  char piece[4096];
  for (size_t count; (count = std::fread(piece, 1, sizeof piece, file.get())) > 0;)
    bytes.insert(bytes.end(), piece, piece + count);
  if (!bytes.empty()) bytes.push_back('\0');
  return bytes;
}

KernelFile open_chosen() {
  KernelFile chosen;
  const char* const name = std::getenv("OCTAVO_CUDA_KERNELS");
  if (name == nullptr) return chosen;
  chosen.name = name;
  chosen.bytes = read_kernels(chosen.name);
  chosen.image.data = chosen.bytes.data();
  return chosen;
}

const KernelFile& chosen_file() {
  static const KernelFile once = open_chosen();
  return once;
}

std::string version_text(int version) {
  return "CUDA " + std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

/// The driver that first knew each version of CUDA, which runs what any later 13.x compiled as well (CUDA Compatibility
/// guide, "minor version compatibility").
std::string driver_of(int major) {
  constexpr int kDrivers[][2] = {{11, 450}, {12, 525}, {13, 580}};
  for (const auto& row : kDrivers)
    if (row[0] == major) return ", driver " + std::to_string(row[1]) + " or newer";
  return "";
}

}  // namespace

Status find_kernels(int driver_version, std::span<const KernelImage>* kernels) {
  if (const KernelFile& chosen = chosen_file(); !chosen.name.empty()) {
    if (chosen.bytes.empty())
      return Status::error(Code::kUnsupported, "OCTAVO_CUDA_KERNELS names " + chosen.name + ", which cannot be read");
    *kernels = {&chosen.image, 1};
    return {};
  }
  *kernels = embedded_kernels();
  if (kernels->empty())
    return Status::error(Code::kUnsupported,
                         "this build of octavo has no GPU kernels: nvcc was not found when it was built");
  const int major = embedded_kernels_version() / 1000;
  if (driver_version / 1000 >= major) return {};
  return Status::error(Code::kUnsupported, "the NVIDIA driver (" + version_text(driver_version) +
                                               ") is too old: this build needs " + version_text(major * 1000) +
                                               driver_of(major));
}

}  // namespace octavo::cuda
