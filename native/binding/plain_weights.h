// Packed weights as plain arrays, which devices take.
#pragma once

#include "core/aligned_buffer.h"
#include "cuda/linear.h"
#include "ops/quantized_linear.h"
#include "ops/unpack.h"

namespace octavo {

/// Plain arrays of one packed form, and the memory that they lie in. Throws std::bad_alloc without it.
class PlainWeights {
 public:
  using Form = decltype(cuda::LinearSpec::weights);

  /// All that a layer on a device is made from; points into the layer too.
  cuda::LinearSpec layer_of(const KernelSet& set, const QuantizedLinear& layer);
  Form of(const KernelSet& set, const LayerWeights& weights) {
    return std::visit([&](const auto& packed) -> Form { return plain_of(set, *packed); }, weights);
  }
  cuda::PlainInt8 rows_of(const KernelSet& set, const PackedInt8& packed) { return plain_of(set, packed); }
  cuda::PlainFloats floats_of(const KernelSet& set, const PackedFloat32& packed);

 private:
  cuda::PlainInt8 plain_of(const KernelSet& set, const PackedInt8& packed);
  cuda::PlainInt4 plain_of(const KernelSet& set, const PackedInt4& packed);
  cuda::PlainInt8Groups plain_of(const KernelSet& set, const PackedInt8Groups& packed);
  cuda::PlainLut4 plain_of(const KernelSet& set, const PackedLut4& packed);
  cuda::PlainFloats plain_of(const KernelSet& set, const PackedF16& packed);
  template <typename T>
  T* allocate(size_t rows, size_t columns);

  std::vector<std::unique_ptr<AlignedBuffer>> memory_;
};

}  // namespace octavo
