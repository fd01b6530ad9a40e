#include "tested_kernel_sets.h"

#include <cstring>

using namespace octavo;

#ifdef OCTAVO_EMULATED_AMX
namespace octavo {
extern const GemmI8Kernel kGemmI8AmxEmulated;
}
#endif

namespace octavo_test {
namespace {

#ifdef OCTAVO_EMULATED_AMX

const KernelSet* emulated_amx() {
  for (const KernelSet* set : available_kernel_sets())
    if (std::strcmp(set->name, "avx512vnni") == 0) {
      static KernelSet emulated = *set;
      emulated.name = "amx (emulated)";
      emulated.gemm_i8 = &kGemmI8AmxEmulated;
      emulated.few_rows_set = set;
      emulated.few_rows = 16;
      return &emulated;
    }
  return nullptr;
}

#else

const KernelSet* emulated_amx() { return nullptr; }

#endif

}  // namespace

const std::vector<const KernelSet*>& tested_kernel_sets() {
  static const std::vector<const KernelSet*> sets = [] {
    std::vector<const KernelSet*> all = available_kernel_sets();
    if (const KernelSet* emulated = emulated_amx(); emulated != nullptr) all.push_back(emulated);
    return all;
  }();
  return sets;
}

}  // namespace octavo_test
