#include "binding/plain_weights.h"

#include <new>

#include "core/sizes.h"

namespace octavo {

template <typename T>
T* PlainWeights::allocate(size_t rows, size_t columns) {
  memory_.push_back(std::make_unique<AlignedBuffer>());
  if (!memory_.back()->allocate(multiply_sizes(multiply_sizes(rows, columns), sizeof(T)))) throw std::bad_alloc();
  return memory_.back()->as<T>();
}

cuda::LinearSpec PlainWeights::layer_of(const KernelSet& set, const QuantizedLinear& layer) {
  const QuantizedLinearSpec& from = layer.spec();
  cuda::LinearSpec spec;
  spec.weights = of(set, from.weights);
  spec.input_scale = from.input_scale;
  spec.dynamic = from.input == ActivationType::kFloat32;
  const bool is_signed = from.input == ActivationType::kInt8;
  spec.input = {from.quantization.scale, from.quantization.zero_point,
                is_signed ? QuantizeRange{-128, 127} : QuantizeRange{0, 255}};
  spec.output = layer.output();
  spec.epilogue = layer.epilogue();
  return spec;
}

cuda::PlainInt8 PlainWeights::plain_of(const KernelSet& set, const PackedInt8& packed) {
  auto* const values = allocate<int8_t>(packed.n, packed.k);
  auto* const sums = allocate<int32_t>(packed.n, 1);
  unpack_rows(set, packed, values, sums);
  return {values, sums, packed.k, packed.n};
}

cuda::PlainInt4 PlainWeights::plain_of(const KernelSet&, const PackedInt4& packed) {
  auto* const codes = allocate<uint8_t>(packed.n, packed.k);
  auto* const scales = allocate<float>(packed.n, packed.groups);
  const bool has_zeros = packed.zero_points.size_bytes() > 0;
  auto* const zeros = has_zeros ? allocate<uint8_t>(packed.n, packed.groups) : nullptr;
  unpack_int4(packed, {codes, scales, zeros});
  return {codes, scales, zeros, packed.k, packed.n, packed.group};
}

cuda::PlainInt8Groups PlainWeights::plain_of(const KernelSet& set, const PackedInt8Groups& packed) {
  return {plain_of(set, packed.high), plain_of(set, packed.low)};
}

cuda::PlainLut4 PlainWeights::plain_of(const KernelSet&, const PackedLut4& packed) {
  auto* const codes = allocate<uint8_t>(packed.n, packed.k);
  auto* const absmax = allocate<float>(packed.n, packed.k / packed.group);
  unpack_lut4(packed, codes, absmax);
  return {codes, absmax, packed.table, packed.k, packed.n, packed.group};
}

cuda::PlainFloats PlainWeights::plain_of(const KernelSet&, const PackedF16& packed) {
  auto* const values = allocate<uint16_t>(packed.n, packed.k);
  unpack_f16(packed, values);
  const bool is_half = packed.type == HalfType::kFloat16;
  return {values, is_half ? cuda::FloatType::kFloat16 : cuda::FloatType::kBfloat16, packed.k, packed.n};
}

cuda::PlainFloats PlainWeights::floats_of(const KernelSet& set, const PackedFloat32& packed) {
  auto* const values = allocate<float>(packed.n, packed.k);
  unpack_float32(set, packed, values);
  return {values, cuda::FloatType::kFloat32, packed.k, packed.n};
}

}  // namespace octavo
