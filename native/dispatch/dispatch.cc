#include "dispatch/dispatch.h"

#include <cstdlib>
#include <cstring>

#include "dispatch/cpu_features.h"

namespace octavo {
namespace {

// Sets with a function table of their own for each operation; another set is one of these with what it does better.
constexpr KernelSet kScalar = {
    .name = "scalar",
    .required_features = 0,
    .gemm_i8 = &kGemmI8Scalar,
    .gemm_i4 = &kGemmI4Scalar,
    .gemm_f32 = &kGemmF32Scalar,
    .gemm_f16 = &kGemmF16Scalar,
    .gemm_lut4 = &kGemmLut4Scalar,
    .gemm_f64 = &kGemmF64Scalar,
    .activation = &kActivationScalar,
    .quantize = &kQuantizeScalar,
    .dequantize = &kDequantizeScalar,
    .minmax = &kMinMaxScalar,
    .histogram = &kHistogramScalar,
    .peak = &kPeakScalar,
    .stage = &kStageScalar,
    .sums = &kSumsScalar,
    .deviation = &kDeviationScalar,
    .attention = &kAttentionScalar,
    .accumulate_codes = &kAccumulateCodesScalar,
    .hadamard = &kHadamardScalar,
    .codes = &kCodesScalar,
    .score_codes = &kScoreCodesScalar,
    .score_f32 = &kScoreF32Scalar,
};

#if defined(__x86_64__) || defined(_M_X64)
constexpr uint32_t kAvx512Features = kCpuAvx2 | kCpuAvx512 | kCpuAvx512Vnni;

constexpr KernelSet kAvx2 = {
    .name = "avx2",
    .required_features = kCpuAvx2,
    .gemm_i8 = &kGemmI8Avx2,
    .gemm_i4 = &kGemmI4Avx2,
    .gemm_f32 = &kGemmF32Avx2,
    .gemm_f16 = &kGemmF16Avx2,
    .gemm_lut4 = &kGemmLut4Avx2,
    .gemm_f64 = &kGemmF64Avx2,
    .activation = &kActivationAvx2,
    .quantize = &kQuantizeAvx2,
    .dequantize = &kDequantizeAvx2,
    .minmax = &kMinMaxAvx2,
    .histogram = &kHistogramAvx2,
    .peak = &kPeakAvx2,
    .stage = &kStageAvx2,
    .sums = &kSumsAvx2,
    .deviation = &kDeviationAvx2,
    .attention = &kAttentionAvx2,
    .accumulate_codes = &kAccumulateCodesAvx2,
    .hadamard = &kHadamardAvx2,
    .codes = &kCodesAvx2,
    .score_codes = &kScoreCodesAvx2,
    .score_f32 = &kScoreF32Avx2,
};

constexpr KernelSet kAvx512vnni = {
    .name = "avx512vnni",
    .required_features = kAvx512Features,
    .gemm_i8 = &kGemmI8Avx512vnni,
    .gemm_i4 = &kGemmI4Avx512vnni,
    .gemm_f32 = &kGemmF32Avx512vnni,
    .gemm_f16 = &kGemmF16Avx512vnni,
    .gemm_lut4 = &kGemmLut4Avx512vnni,
    .gemm_f64 = &kGemmF64Avx512vnni,
    .activation = &kActivationAvx512vnni,
    .quantize = &kQuantizeAvx512vnni,
    .dequantize = &kDequantizeAvx512vnni,
    .minmax = &kMinMaxAvx512vnni,
    .histogram = &kHistogramAvx512vnni,
    .peak = &kPeakAvx512vnni,
    .stage = &kStageAvx512vnni,
    .sums = &kSumsAvx512vnni,
    .deviation = &kDeviationAvx512vnni,
    .attention = &kAttentionAvx512vnni,
    .accumulate_codes = &kAccumulateCodesAvx512vnni,
    .hadamard = &kHadamardAvx512vnni,
    .codes = &kCodesAvx512vnni,
    .score_codes = &kScoreCodesAvx512vnni,
    .score_f32 = &kScoreF32Avx512vnni,
};

constexpr KernelSet avxvnni() {
  KernelSet set = kAvx2;
  set.name = "avxvnni";
  set.required_features = kCpuAvx2 | kCpuAvxVnni;
  set.gemm_i8 = &kGemmI8Avxvnni;
  set.gemm_i4 = &kGemmI4Avxvnni;
  set.peak = &kPeakAvxvnni;
  set.score_codes = &kScoreCodesAvxvnni;
  return set;
}

constexpr KernelSet amx() {
  KernelSet set = kAvx512vnni;
  set.name = "amx";
  set.required_features = kAvx512Features | kCpuAmxInt8;
  set.gemm_i8 = &kGemmI8Amx;
  set.peak = &kPeakAmx;
  // Fewer rows than a tile has do not pay for its configuration.
  set.few_rows_set = &kAvx512vnni;
  set.few_rows = 16;
  return set;
}
#elif defined(__aarch64__) || defined(_M_ARM64)
constexpr KernelSet kNeon = {
    .name = "neon",
    .required_features = kCpuNeon,
    .gemm_i8 = &kGemmI8Neon,
    .gemm_i4 = &kGemmI4Neon,
    .gemm_f32 = &kGemmF32Neon,
    .gemm_f16 = &kGemmF16Neon,
    .gemm_lut4 = &kGemmLut4Neon,
    .gemm_f64 = &kGemmF64Neon,
    .activation = &kActivationNeon,
    .quantize = &kQuantizeNeon,
    .dequantize = &kDequantizeNeon,
    .minmax = &kMinMaxNeon,
    .histogram = &kHistogramNeon,
    .peak = &kPeakNeon,
    .stage = &kStageNeon,
    .sums = &kSumsNeon,
    .deviation = &kDeviationNeon,
    .attention = &kAttentionNeon,
    .accumulate_codes = &kAccumulateCodesNeon,
    .hadamard = &kHadamardNeon,
    .codes = &kCodesNeon,
    .score_codes = &kScoreCodesNeon,
    .score_f32 = &kScoreF32Neon,
};

constexpr KernelSet neondot() {
  KernelSet set = kNeon;
  set.name = "neondot";
  set.required_features = kCpuNeon | kCpuDotProduct;
  set.gemm_i8 = &kGemmI8Neondot;
  set.gemm_i4 = &kGemmI4Neondot;
  set.peak = &kPeakNeondot;
  set.score_codes = &kScoreCodesNeondot;
  return set;
}

constexpr KernelSet neoni8mm() {
  KernelSet set = kNeon;
  set.name = "neoni8mm";
  set.required_features = kCpuNeon | kCpuDotProduct | kCpuInt8Matrix;
  set.gemm_i8 = &kGemmI8Neoni8mm;
  set.gemm_i4 = &kGemmI4Neoni8mm;
  set.peak = &kPeakNeoni8mm;
  set.score_codes = &kScoreCodesNeondot;
  return set;
}
#endif

// Best first.
constexpr KernelSet kTable[] = {
#if defined(__x86_64__) || defined(_M_X64)
    amx(),   kAvx512vnni, avxvnni(), kAvx2,
#elif defined(__aarch64__) || defined(_M_ARM64)
    neoni8mm(),
    neondot(),
    kNeon,
#endif
    kScalar,
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
