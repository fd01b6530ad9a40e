#include "vector_cases.h"

#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "contest.h"
#include "core/split_mix.h"
#include "dispatch/dispatch.h"
#include "ops/turbo_encode.h"

namespace octavo::bench {
namespace {

constexpr size_t kVectors = 4096;

struct Batch {
  size_t dim;
  TurboRotation rotation;
  std::vector<float> x, y, scales;
  std::vector<uint32_t> signs;
  std::vector<uint8_t> codes;

  explicit Batch(size_t values)
      : dim(values), x(kVectors * dim), y(x.size()), scales(kVectors), signs(dim), codes(kVectors * dim + 64) {
    SplitMix64 random(1);
    for (float& value : x) value = static_cast<float>(random.next() >> 40) * 0x1p-23f - 1;
    for (uint32_t& sign : signs) sign = random.next() % 2 == 0 ? 0 : 0x80000000u;
    TurboRotation::make(dim, 42, 0, &rotation);
  }
  VectorRows<const float> rows() const { return {x.data(), dim, kVectors}; }
};

template <typename Run>
void show(const KernelSet& set, size_t dim, const std::string& what, double seconds, const Run& run) {
  const Timing timing = time_alone(run, seconds);
  std::printf("%-12s d=%-6zu %-26s %9.2f %9.2f\n", set.name, dim, what.c_str(), timing.best * 1e9 / kVectors,
              timing.median * 1e9 / kVectors);
  std::fflush(stdout);
}

void run_codes(const KernelSet& set, Batch& batch, double seconds) {
  for (size_t bits = 1; bits <= kMostCodeBits; ++bits) {
    const std::string width = std::to_string(bits) + (bits == 1 ? " bit" : " bits");
    const size_t stride = code_bytes(bits, batch.dim);
    const TurboFormat format = {bits, TurboScale::kMatchedNorm, ScaleType::kFloat16};
    show(set, batch.dim, "encode " + width, seconds, [&] {
      encode_rows(set, batch.rotation, format, batch.rows(), {batch.codes.data(), stride, batch.scales.data()});
    });
    show(set, batch.dim, "codes of " + width + ", alone", seconds, [&] {
      for (size_t r = 0; r < kVectors; ++r)
        set.codes->encode(&batch.x[r * batch.dim], batch.dim, codebook_of(bits), &batch.codes[r * stride]);
    });
    show(set, batch.dim, "decode " + width, seconds, [&] {
      decode_rows(set, batch.rotation, bits, {batch.codes.data(), stride, batch.scales.data()},
                  {batch.y.data(), batch.dim, kVectors});
    });
  }
}

}  // namespace

void run_vector_cases(size_t dim, double seconds) {
  std::printf("batches of %zu vectors, 1 thread\n%-12s %-8s %-26s %9s %9s\n", kVectors, "kernel set", "", "case",
              "best ns", "median");
  for (const KernelSet* set : available_kernel_sets()) {
    Batch batch(dim);
    if ((dim & (dim - 1)) == 0)
      show(*set, dim, "one Hadamard round", seconds, [&] {
        set->hadamard->forward({batch.x.data(), dim, batch.x.data(), dim, kVectors, dim},
                               {batch.signs.data(), 1 / std::sqrt(static_cast<float>(dim)), nullptr});
      });
    show(*set, dim, "rotation", seconds,
         [&] { batch.rotation.forward(*set, batch.rows(), {batch.y.data(), dim, kVectors}); });
    run_codes(*set, batch, seconds);
  }
}

}  // namespace octavo::bench
