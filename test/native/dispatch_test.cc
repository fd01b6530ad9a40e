// The choice among kernel sets, size arithmetic and thread counts.
#include <doctest/doctest.h>

#include <cstdlib>
#include <cstring>

#include "core/aligned_buffer.h"
#include "core/sizes.h"
#include "dispatch/cpu_features.h"
#include "dispatch/dispatch.h"
#include "ops/thread_count.h"

using namespace octavo;

namespace {

/// Sets a variable of the environment; an empty one is as good as none.
void set_variable(const char* name, const char* value) {
#ifdef _WIN32
  _putenv_s(name, value);
#else
  setenv(name, value, 1);
#endif
}

}  // namespace

TEST_CASE("sets are ordered, end in scalar, and this CPU has what they need") {
  const auto& sets = available_kernel_sets();
  REQUIRE(!sets.empty());
  CHECK(std::strcmp(sets.back()->name, "scalar") == 0);
  for (const KernelSet* set : sets) CHECK((set->required_features & ~cpu_features()) == 0);
}

// Not asserted at compile time: with UndefinedBehaviorSanitizer GCC takes no comparison of an address for a constant.
TEST_CASE("no set ends early: a table that is not named is a null pointer") {
  for (const KernelSet* set : available_kernel_sets()) {
    CAPTURE(set->name);
    const void* tables[] = {set->gemm_i8,   set->gemm_f32, set->activation, set->quantize, set->dequantize, set->minmax,
                            set->histogram, set->peak,     set->stage,      set->sums,     set->deviation};
    for (const void* table : tables) CHECK(table != nullptr);
  }
}

TEST_CASE("a set can be forced by name; any other name is an error that lists the valid ones") {
  const KernelSet* chosen = nullptr;
  for (const KernelSet* set : available_kernel_sets()) {
    CHECK(choose_kernel_set(set->name, &chosen).ok());
    CHECK(chosen == set);
  }
  CHECK(choose_kernel_set(nullptr, &chosen).ok());
  CHECK(chosen == available_kernel_sets().front());
  CHECK(choose_kernel_set("", &chosen).ok());
  for (const char* name : {"avx1024", "AVX2", "avx2 ", "sve"}) {
    const Status status = choose_kernel_set(name, &chosen);
    CHECK(status.code == Code::kUnsupported);
    CHECK(status.message.find("is not a kernel set") != std::string::npos);
    for (const KernelSet* set : available_kernel_sets()) CHECK(status.message.find(set->name) != std::string::npos);
  }
  const char* foreign = (cpu_features() & kCpuNeon) != 0 ? "avx2" : "neon";
  CHECK(choose_kernel_set(foreign, &chosen).message.find("not supported by this CPU") != std::string::npos);
}

TEST_CASE("sizes that do not fit become the largest size") {
  constexpr size_t kMax = SIZE_MAX;
  CHECK(multiply_sizes(3, 4) == 12);
  CHECK(multiply_sizes(0, kMax) == 0);
  CHECK(multiply_sizes(kMax / 2 + 1, 2) == kMax);
  CHECK(add_sizes(kMax, 1) == kMax);
  CHECK(round_up(17, 16) == 32);
  CHECK(round_up(kMax, 16) == kMax);
  CHECK(strided_length(0, 5, 9) == 0);
  CHECK(strided_length(3, 5, 9) == 23);
  CHECK(strided_length(kMax, 5, 9) == kMax);
}

TEST_CASE("buffers are aligned, and memory that does not exist is reported") {
  AlignedBuffer buffer;
  CHECK(buffer.allocate(100));
  CHECK(reinterpret_cast<uintptr_t>(buffer.as<void>()) % AlignedBuffer::kAlignment == 0);
  void* before = buffer.as<void>();
  CHECK(buffer.reserve(50));
  CHECK(buffer.as<void>() == before);
  CHECK_FALSE(buffer.allocate(SIZE_MAX));
  CHECK(buffer.size_bytes() == 0);
}

TEST_CASE("OCTAVO_THREADS is an integer from 1 to the limit") {
  size_t threads = 0;
  CHECK(usable_cpus() >= 1);
  set_variable("OCTAVO_THREADS", "3");
  CHECK(default_threads(&threads).ok());
  CHECK(threads == 3);
  for (const char* text : {"0", "-1", "1025", "two", "2x", "99999999999999999999"}) {
    set_variable("OCTAVO_THREADS", text);
    CHECK(default_threads(&threads).code == Code::kRange);
  }
  set_variable("OCTAVO_THREADS", "");
  CHECK(default_threads(&threads).ok());
  CHECK(threads == usable_cpus());
}
