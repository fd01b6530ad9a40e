// The fat binaries that compile_kernels.cjs made, as part of the library. Its list is empty, or not there at all, where
// there are none.
#include <iterator>

#include "cuda/kernel_images.h"

#ifdef _WIN32
#define OCTAVO_BEGIN_DATA ".section .rdata,\"dr\"\n"
#define OCTAVO_HIDE(symbol)
#define OCTAVO_HIDDEN
#else
#define OCTAVO_BEGIN_DATA ".section .rodata\n"
#define OCTAVO_HIDE(symbol) ".hidden " symbol "\n"
#define OCTAVO_HIDDEN __attribute__((visibility("hidden")))
#endif

#if __has_include(<kernel_images.inc>)
#define OCTAVO_KERNELS_VERSION(version)
#define OCTAVO_KERNELS(name, major, minor, file)                                                          \
  __asm__(OCTAVO_BEGIN_DATA ".globl octavo_kernels_" #name                                                \
                            "\n" OCTAVO_HIDE("octavo_kernels_" #name) ".balign 64\noctavo_kernels_" #name \
                                                                      ":\n.incbin \"" file                \
                                                                      "\"\n"                              \
                                                                      ".byte 0\n.text\n");                \
  extern "C" OCTAVO_HIDDEN const char octavo_kernels_##name[];
#include <kernel_images.inc>
#undef OCTAVO_KERNELS
#undef OCTAVO_KERNELS_VERSION
#endif

namespace octavo::cuda {
namespace {

/// One more than there are: an array has at least one element.
const KernelImage kImages[] = {
#if __has_include(<kernel_images.inc>)
#define OCTAVO_KERNELS_VERSION(version)
#define OCTAVO_KERNELS(name, major, minor, file) {octavo_kernels_##name, major, minor},
#include <kernel_images.inc>
#undef OCTAVO_KERNELS
#undef OCTAVO_KERNELS_VERSION
#endif
    {nullptr, 0, 0}};

constexpr int kVersions[] = {
#if __has_include(<kernel_images.inc>)
#define OCTAVO_KERNELS_VERSION(version) version,
#define OCTAVO_KERNELS(name, major, minor, file)
#include <kernel_images.inc>
#undef OCTAVO_KERNELS
#undef OCTAVO_KERNELS_VERSION
#endif
    0};

}  // namespace

std::span<const KernelImage> embedded_kernels() { return std::span(kImages).first(std::size(kImages) - 1); }

int embedded_kernels_version() { return kVersions[0]; }

}  // namespace octavo::cuda
