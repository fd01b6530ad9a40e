#include "dispatch/dispatch.h"

#include <cstdlib>
#include <cstring>

#include "dispatch/cpu_features.h"

namespace octavo {
namespace {

// Rows of the table: name, what the CPU must have, one function table per operation.
#if defined(__x86_64__) || defined(_M_X64)
constexpr uint32_t kAvx512Features = kCpuAvx2 | kCpuAvx512 | kCpuAvx512Vnni;

constexpr KernelSet kAvx512vnni = {
    "avx512vnni",           kAvx512Features,      &kGemmI8Avx512vnni,     &kGemmI4Avx512vnni,   &kGemmF32Avx512vnni,
    &kActivationAvx512vnni, &kQuantizeAvx512vnni, &kDequantizeAvx512vnni, &kMinMaxAvx512vnni,   &kHistogramAvx512vnni,
    &kPeakAvx512vnni,       &kStageAvx512vnni,    &kSumsAvx512vnni,       &kDeviationAvx512vnni};

// Fewer rows than a tile has do not pay for its configuration.
constexpr KernelSet kAmx = {"amx",
                            kAvx512Features | kCpuAmxInt8,
                            &kGemmI8Amx,
                            &kGemmI4Avx512vnni,
                            &kGemmF32Avx512vnni,
                            &kActivationAvx512vnni,
                            &kQuantizeAvx512vnni,
                            &kDequantizeAvx512vnni,
                            &kMinMaxAvx512vnni,
                            &kHistogramAvx512vnni,
                            &kPeakAmx,
                            &kStageAvx512vnni,
                            &kSumsAvx512vnni,
                            &kDeviationAvx512vnni,
                            &kAvx512vnni,
                            16};
#endif

// Best first.
constexpr KernelSet kTable[] = {
#if defined(__x86_64__) || defined(_M_X64)
    kAmx,
    kAvx512vnni,
    {"avxvnni", kCpuAvx2 | kCpuAvxVnni, &kGemmI8Avxvnni, &kGemmI4Avxvnni, &kGemmF32Avx2, &kActivationAvx2,
     &kQuantizeAvx2, &kDequantizeAvx2, &kMinMaxAvx2, &kHistogramAvx2, &kPeakAvxvnni, &kStageAvx2, &kSumsAvx2,
     &kDeviationAvx2},
    {"avx2", kCpuAvx2, &kGemmI8Avx2, &kGemmI4Avx2, &kGemmF32Avx2, &kActivationAvx2, &kQuantizeAvx2, &kDequantizeAvx2,
     &kMinMaxAvx2, &kHistogramAvx2, &kPeakAvx2, &kStageAvx2, &kSumsAvx2, &kDeviationAvx2},
#elif defined(__aarch64__) || defined(_M_ARM64)
    {"neoni8mm", kCpuNeon | kCpuDotProduct | kCpuInt8Matrix, &kGemmI8Neoni8mm, &kGemmI4Neoni8mm, &kGemmF32Neon,
     &kActivationNeon, &kQuantizeNeon, &kDequantizeNeon, &kMinMaxNeon, &kHistogramNeon, &kPeakNeoni8mm, &kStageNeon,
     &kSumsNeon, &kDeviationNeon},
    {"neondot", kCpuNeon | kCpuDotProduct, &kGemmI8Neondot, &kGemmI4Neondot, &kGemmF32Neon, &kActivationNeon,
     &kQuantizeNeon, &kDequantizeNeon, &kMinMaxNeon, &kHistogramNeon, &kPeakNeondot, &kStageNeon, &kSumsNeon,
     &kDeviationNeon},
    {"neon", kCpuNeon, &kGemmI8Neon, &kGemmI4Neon, &kGemmF32Neon, &kActivationNeon, &kQuantizeNeon, &kDequantizeNeon,
     &kMinMaxNeon, &kHistogramNeon, &kPeakNeon, &kStageNeon, &kSumsNeon, &kDeviationNeon},
#endif
    {"scalar", 0, &kGemmI8Scalar, &kGemmI4Scalar, &kGemmF32Scalar, &kActivationScalar, &kQuantizeScalar,
     &kDequantizeScalar, &kMinMaxScalar, &kHistogramScalar, &kPeakScalar, &kStageScalar, &kSumsScalar,
     &kDeviationScalar},
};

// Names of all architectures, so that a set of another one is told from a misspelling.
constexpr const char* kKnownNames[] = {"amx", "avx512vnni", "avxvnni", "avx2", "neoni8mm", "neondot", "neon", "scalar"};

std::string list_available() {
  std::string names;
  for (const KernelSet* set : available_kernel_sets()) names += (names.empty() ? "" : ", ") + std::string(set->name);
  return names;
}

struct Choice {
  const KernelSet* set = nullptr;
  Status status;

  Choice() : set(available_kernel_sets().front()), status(choose_kernel_set(std::getenv("OCTAVO_ISA"), &set)) {}
};

const Choice& choice() {
  static const Choice chosen;
  return chosen;
}

}  // namespace

const std::vector<const KernelSet*>& available_kernel_sets() {
  static const std::vector<const KernelSet*> sets = [] {
    std::vector<const KernelSet*> found;
    for (const KernelSet& set : kTable)
      if ((set.required_features & ~cpu_features()) == 0) found.push_back(&set);
    return found;
  }();
  return sets;
}

Status choose_kernel_set(const char* name, const KernelSet** chosen) {
  if (name == nullptr || *name == '\0') {
    *chosen = available_kernel_sets().front();
    return {};
  }
  for (const KernelSet* set : available_kernel_sets())
    if (std::strcmp(set->name, name) == 0) {
      *chosen = set;
      return {};
    }
  bool known = false;
  for (const char* other : kKnownNames) known = known || std::strcmp(other, name) == 0;
  return Status::error(Code::kUnsupported, std::string("OCTAVO_ISA=") + name +
                                               (known ? " is not supported by this CPU" : " is not a kernel set") +
                                               "; valid here: " + list_available());
}

const KernelSet& active_kernel_set() { return *choice().set; }

const Status& kernel_set_status() { return choice().status; }

}  // namespace octavo
