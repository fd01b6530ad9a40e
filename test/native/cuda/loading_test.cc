// What becomes of a machine's driver, or of its absence: each case in a process of its own, since a process opens the
// driver once. Each is a word for what happened and the reason that the user is given.
#include <cstdio>
#include <cstring>
#include <string>

#include <unistd.h>

#include "cuda/kernel_images.h"
#include "gpu.h"

namespace {

std::string own_program() {
  char path[4096];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  REQUIRE(length > 0);
  return std::string(path, static_cast<size_t>(length));
}

/// What the program prints that opens the GPU and uses it, with `variables` in its environment.
std::string use_gpu_with(const std::string& variables) {
  // Any file is kernels for the emulation; one file is one module, whatever the build embeds.
  const std::string command = "env OCTAVO_EMULATED_LEAKS=report OCTAVO_CUDA_KERNELS=/proc/version " + variables + " '" +
                              own_program() + "' --use 2>&1";
  std::FILE* const output = popen(command.c_str(), "r");
  REQUIRE(output != nullptr);
  std::string text;
  char piece[512];
  while (std::fgets(piece, sizeof piece, output) != nullptr)
    // AddressSanitizer says once that it does not know how stacks are switched, which fiber.cc tells it.
    if (std::strstr(piece, "makecontext") == nullptr) text += piece;
  CHECK_MESSAGE(pclose(output) == 0, command);
  if (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

bool begins(const std::string& text, const std::string& start) { return text.compare(0, start.size(), start) == 0; }

}  // namespace

TEST_CASE("a driver that works is used, and all that was taken of it is given back") {
  if (!octavo_test::gpu_is_emulated()) return;
  CHECK(use_gpu_with("") == "ok");
  for (const char* capability : {"75", "80", "89", "100", "120"})
    CHECK_MESSAGE(use_gpu_with(std::string("OCTAVO_EMULATED_CAPABILITY=") + capability) == "ok", capability);
}

TEST_CASE("without a driver, or with one that is none, the reason says so") {
  if (!octavo_test::gpu_is_emulated()) return;
  const std::string missing = use_gpu_with("OCTAVO_CUDA_DRIVER=/nowhere/libcuda.so");
  CHECK_MESSAGE(begins(missing, "unsupported: no NVIDIA driver: "), missing);
  CHECK_MESSAGE(missing.find("/nowhere/libcuda.so") != std::string::npos, missing);
  CHECK(use_gpu_with("OCTAVO_CUDA_DRIVER=libm.so.6") == "unsupported: the NVIDIA driver is too old: it has no cuInit");
}

TEST_CASE("a driver that does not start, or that has no GPU, is a reason") {
  if (!octavo_test::gpu_is_emulated()) return;
  CHECK(use_gpu_with("OCTAVO_EMULATED_FAILURE=Init:1") ==
        "unsupported: the NVIDIA driver does not start: no CUDA-capable device is detected (CUDA_ERROR_NO_DEVICE)");
  CHECK(use_gpu_with("OCTAVO_EMULATED_GPUS=0") == "range: there is no GPU 0: this machine has 0");
}

TEST_CASE("a GPU without int8 tensor cores is named, with what would do") {
  if (!octavo_test::gpu_is_emulated()) return;
  CHECK(use_gpu_with("OCTAVO_EMULATED_CAPABILITY=72") ==
        "unsupported: a GPU must have compute capability 7.5 or more: Emulated GPU has 7.2");
}

TEST_CASE("kernels that cannot be read are a reason") {
  if (!octavo_test::gpu_is_emulated()) return;
  CHECK(use_gpu_with("OCTAVO_CUDA_KERNELS=/nowhere") ==
        "unsupported: OCTAVO_CUDA_KERNELS names /nowhere, which cannot be read");
}

TEST_CASE("embedded kernels are used unless the driver is older than they are; a build without them says so") {
  if (!octavo_test::gpu_is_emulated()) return;
  const int version = octavo::cuda::embedded_kernels_version();
  if (octavo::cuda::embedded_kernels().empty()) {
    CHECK(version == 0);
    CHECK(use_gpu_with("OCTAVO_CUDA_KERNELS=") ==
          "unsupported: this build of octavo has no GPU kernels: nvcc was not found when it was built");
    return;
  }
  CHECK(use_gpu_with("OCTAVO_CUDA_KERNELS=") == "ok");
  CHECK(use_gpu_with("OCTAVO_CUDA_KERNELS= OCTAVO_EMULATED_CAPABILITY=86") == "ok");
  const std::string old = use_gpu_with("OCTAVO_CUDA_KERNELS= OCTAVO_EMULATED_VERSION=11080");
  const std::string needed = std::to_string(version / 1000) + ".0, driver ";
  CHECK_MESSAGE(begins(old, "unsupported: the NVIDIA driver (CUDA 11.8) is too old: this build needs CUDA " + needed),
                old);
}

TEST_CASE("a call that fails is an error that names what was tried, and nothing is kept") {
  if (!octavo_test::gpu_is_emulated()) return;
  const struct {
    const char* call;
    std::string outcome;
  } kCases[] = {
      {"DriverGetVersion:1", "device: asking the driver for its version: invalid argument (CUDA_ERROR_INVALID_VALUE)"},
      {"DeviceGetCount:1", "device: counting GPUs: invalid argument (CUDA_ERROR_INVALID_VALUE)"},
      {"DeviceGet:1", "device: finding a GPU: invalid argument (CUDA_ERROR_INVALID_VALUE)"},
      {"DevicePrimaryCtxRetain:1", "memory: opening the GPU: out of memory (CUDA_ERROR_OUT_OF_MEMORY)"},
      {"CtxSetCurrent:2", "device: using the GPU: invalid argument (CUDA_ERROR_INVALID_VALUE)"},
      {"StreamCreate:1", "memory: creating a stream: out of memory (CUDA_ERROR_OUT_OF_MEMORY)"},
      {"ModuleLoadData:1",
       "device: loading kernels: no kernel image is available for execution on the device "
       "(CUDA_ERROR_NO_BINARY_FOR_GPU)"},
      {"ModuleGetFunction:1", "native: there is no kernel gemm_i8_s8_small for Emulated GPU"},
      // What is still to be freed may be room enough.
      {"MemAllocAsync:3", "ok"},
      // What a pool keeps is a matter of speed.
      {"DeviceGetDefaultMemPool:1", "ok"},
  };
  for (const auto& [call, outcome] : kCases)
    CHECK_MESSAGE(use_gpu_with(std::string("OCTAVO_EMULATED_FAILURE=") + call) == outcome, call);
  CHECK(use_gpu_with("OCTAVO_EMULATED_MEMORY=400") ==
        "memory: allocating 144 bytes on the GPU: out of memory (CUDA_ERROR_OUT_OF_MEMORY); 80 bytes are free");
}

TEST_CASE("a device that is lost is an error of the call that finds it") {
  if (!octavo_test::gpu_is_emulated()) return;
  for (const auto& [call, doing] : {std::pair{"MemcpyHtoDAsync:1", "copying to the GPU"},
                                    {"MemcpyHtoDAsync:2", "copying to the GPU"},
                                    {"LaunchKernelEx:1", "gemm_i8_s8_small"},
                                    {"MemcpyDtoHAsync:1", "copying from the GPU"},
                                    {"StreamSynchronize:1", "computing on the GPU"}}) {
    const std::string text = use_gpu_with(std::string("OCTAVO_EMULATED_FAILURE=") + call);
    CHECK_MESSAGE(
        begins(text, std::string("device: ") + doing + ": unspecified launch failure (CUDA_ERROR_LAUNCH_FAILED)"),
        text);
  }
}
