// Quantization with AVX-512, 64 values a step.
#include "kernels/quantize/quantize_fixed_scalar.h"
#include "kernels/quantize/quantize_rows_avx512vnni.h"

namespace octavo {
namespace {

constexpr size_t kBlock = 64;

template <typename T>
OCTAVO_INLINE void touch_ahead(const T* at) {
  _mm_prefetch(reinterpret_cast<const char*>(at) + kAheadBytes, _MM_HINT_T0);
}

/// 64 bytes, in the order of restore_order, and whether they must be divided.
struct Block {
  __m512i bytes;
  __mmask32 in_doubt;
};

/// `load(u)`, `factor(u)` and `offset(u)` give the vectors of values and of their parameters.
template <bool kSigned, typename Load, typename Factor, typename Offset>
OCTAVO_INLINE Block quantize_block(const Load& load, const Factor& factor, const Offset& offset) {
  const __m512i high_words = _mm512_set_epi16(63, 61, 59, 57, 55, 53, 51, 49, 47, 45, 43, 41, 39, 37, 35, 33, 31, 29,
                                              27, 25, 23, 21, 19, 17, 15, 13, 11, 9, 7, 5, 3, 1);
  __m512i fixed[4];
  unroll<4>([&](auto u) OCTAVO_INLINE_LAMBDA {
    const __m512 v = _mm512_fmadd_ps(load(u), factor(u), offset(u));
    fixed[u] = _mm512_cvt_roundps_epi32(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  });
  const __m512i least = _mm512_min_epu16(_mm512_min_epu16(fixed[0], fixed[1]), _mm512_min_epu16(fixed[2], fixed[3]));
  const __mmask32 in_doubt = _mm512_mask_cmplt_epu16_mask(0x55555555, least, _mm512_set1_epi16(2 * kDoubt));
  const __m512i first = _mm512_permutex2var_epi16(fixed[0], high_words, fixed[1]);
  const __m512i second = _mm512_permutex2var_epi16(fixed[2], high_words, fixed[3]);
  return {kSigned ? _mm512_packs_epi16(first, second) : _mm512_packus_epi16(first, second), in_doubt};
}

/// Positions of the 16 groups of four bytes in a Block.
constexpr int kPlace[16] = {0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15};

OCTAVO_INLINE __m512i in_order(__m512i bytes) { return _mm512_permutexvar_epi32(_mm512_loadu_si512(kPlace), bytes); }

/// The definition, sixteen values a step.
void divide_uniform(const float* x, uint8_t* q, size_t count, const UniformParams& params) {
  const __m512 divisor = _mm512_set1_ps(params.scale);
  const __m512 low = _mm512_set1_ps(static_cast<float>(params.range.low - params.zero_point));
  const __m512 high = _mm512_set1_ps(static_cast<float>(params.range.high - params.zero_point));
  const __m512i offset = _mm512_set1_epi32(params.zero_point);
  for_lanes(count, [=](size_t i, auto lanes) OCTAVO_INLINE_LAMBDA {
    const __m512i rounded = clamp_and_round(_mm512_div_ps(lanes.load(x + i), divisor), low, high);
    lanes.store_bytes(q + i, _mm512_add_epi32(rounded, offset));
  });
}

/// Whole blocks. A block in doubt is divided one block later: by then it is known to be, and nothing waits for that.
template <bool kSigned>
void quantize_blocks(const float* x, uint8_t* q, size_t count, const UniformParams& params) {
  const __m512 factor = _mm512_set1_ps(fixed_factor(params.scale));
  const __m512 offset = _mm512_set1_ps(fixed_offset(params.zero_point));
  __mmask32 in_doubt = 0;
  for (size_t i = 0; i < count; i += kBlock) {
    if (i % kPageValues == 0) touch_ahead(x + i), touch_ahead(q + i);
    const Block block = quantize_block<kSigned>(
        [=](auto u) OCTAVO_INLINE_LAMBDA { return _mm512_loadu_ps(x + i + 16 * u); },
        [=](auto) OCTAVO_INLINE_LAMBDA { return factor; }, [=](auto) OCTAVO_INLINE_LAMBDA { return offset; });
    _mm512_storeu_si512(q + i, in_order(block.bytes));
    if (in_doubt != 0) divide_uniform(x + i - kBlock, q + i - kBlock, kBlock, params);
    in_doubt = block.in_doubt;
  }
  if (in_doubt != 0) divide_uniform(x + count - kBlock, q + count - kBlock, kBlock, params);
}

/// Whole lines of the result, from values that are a multiple of 4 from a line: a line of the result is the end of one
/// block of lines of values and the start of the next. Returns how many values are done. 64 values must lie before x.
template <bool kSigned, bool kStreamed>
size_t quantize_lines(const float* x, uint8_t* q, size_t count, const UniformParams& params) {
  const __m512 factor = _mm512_set1_ps(fixed_factor(params.scale));
  const __m512 offset = _mm512_set1_ps(fixed_offset(params.zero_point));
  const size_t carried = values_to_line(x);
  int order[16];
  for (size_t i = 0; i < 16; ++i) order[i] = kPlace[(i + 16 - carried / 4) % 16] + (i < carried / 4 ? 0 : 16);
  const __m512i joined = _mm512_loadu_si512(order);
  const auto quantize = [=](const float* at) OCTAVO_INLINE_LAMBDA {
    return quantize_block<kSigned>([=](auto u) OCTAVO_INLINE_LAMBDA { return _mm512_load_ps(at + 16 * u); },
                                   [=](auto) OCTAVO_INLINE_LAMBDA { return factor; },
                                   [=](auto) OCTAVO_INLINE_LAMBDA { return offset; });
  };
  const auto divide_block_before = [&](size_t i) {
    divide_uniform(x + i + carried - kBlock, q + i + carried - kBlock, kBlock, params);
  };
  Block before = quantize(x + carried - kBlock);
  size_t i = 0;
  for (; i + carried + kBlock <= count; i += kBlock) {
    if (i % kPageValues == 0) touch_ahead(x + i), touch_ahead(q + i);
    const Block block = quantize(x + i + carried);
    const __m512i line = _mm512_permutex2var_epi32(before.bytes, joined, block.bytes);
    kStreamed ? _mm512_stream_si512(reinterpret_cast<__m512i*>(q + i), line) : _mm512_store_si512(q + i, line);
    if (before.in_doubt != 0) divide_block_before(i);
    before = block;
  }
  if (before.in_doubt != 0) divide_block_before(i);
  if (kStreamed) _mm_sfence();
  return i;
}

template <bool kSigned>
void quantize_uniform_as(const float* x, uint8_t* q, size_t count, const UniformParams& params) {
  const size_t first = kBlock + (0 - reinterpret_cast<uintptr_t>(q)) % kBlock;
  const bool by_lines = count >= 4 * kBlock && values_to_line(x + first) % 4 == 0;
  size_t i = by_lines ? first : values_to_line(x);
  i = i < count ? i : count;
  divide_uniform(x, q, i, params);
  if (by_lines)
    i += (params.streamed ? quantize_lines<kSigned, true> : quantize_lines<kSigned, false>)(x + i, q + i, count - i,
                                                                                            params);
  const size_t whole = (count - i) / kBlock * kBlock;
  quantize_blocks<kSigned>(x + i, q + i, whole, params);
  divide_uniform(x + i + whole, q + i + whole, count - i - whole, params);
}

void quantize_uniform(const float* x, uint8_t* q, size_t count, const UniformParams& params) {
  if (!is_whole_type(params.range)) return divide_uniform(x, q, count, params);
  (params.range.low < 0 ? quantize_uniform_as<true> : quantize_uniform_as<false>)(x, q, count, params);
}

void divide_columns(const float* x, uint8_t* q, size_t count, const float* scale, const int32_t* zero_point,
                    QuantizeRange range) {
  const __m512i range_low = _mm512_set1_epi32(range.low), range_high = _mm512_set1_epi32(range.high);
  for_lanes(count, [=](size_t i, auto lanes) OCTAVO_INLINE_LAMBDA {
    const __m512i offset = lanes.load(zero_point + i);
    const __m512 low = _mm512_cvtepi32_ps(_mm512_sub_epi32(range_low, offset));
    const __m512 high = _mm512_cvtepi32_ps(_mm512_sub_epi32(range_high, offset));
    const __m512i rounded = clamp_and_round(_mm512_div_ps(lanes.load(x + i), lanes.load(scale + i)), low, high);
    lanes.store_bytes(q + i, _mm512_add_epi32(rounded, offset));
  });
}

/// Whole blocks of some columns of one row, from column i of them on; the ends of the row are divided.
template <bool kSigned>
void quantize_row_of_columns(const float* x, uint8_t* q, const FixedColumns& columns, const ColumnParams& params) {
  const auto divide = [&](size_t i, size_t count) {
    divide_columns(x + i, q + i, count, params.scale + columns.first + i, params.zero_point + columns.first + i,
                   params.range);
  };
  size_t i = 0;
  for (; i + kBlock <= columns.count; i += kBlock) {
    if (i % kPageValues == 0) touch_ahead(x + i), touch_ahead(q + i);
    const Block block = quantize_block<kSigned>(
        [=](auto u) OCTAVO_INLINE_LAMBDA { return _mm512_loadu_ps(x + i + 16 * u); },
        [&](auto u) OCTAVO_INLINE_LAMBDA { return _mm512_load_ps(columns.factor + i + 16 * u); },
        [&](auto u) OCTAVO_INLINE_LAMBDA { return _mm512_load_ps(columns.offset + i + 16 * u); });
    _mm512_storeu_si512(q + i, in_order(block.bytes));
    if (block.in_doubt != 0) divide(i, kBlock);
  }
  divide(i, columns.count - i);
}

void quantize_columns(const float* x, uint8_t* q, size_t rows, const ColumnParams& params) {
  if (!is_whole_type(params.range)) {
    for (size_t r = 0; r < rows; ++r, x += params.count, q += params.count)
      divide_columns(x, q, params.count, params.scale, params.zero_point, params.range);
    return;
  }
  const auto quantize_row = params.range.low < 0 ? quantize_row_of_columns<true> : quantize_row_of_columns<false>;
  FixedColumns columns;
  while (columns.next(params))
    for (size_t r = 0; r < rows; ++r) {
      const size_t at = r * params.count + columns.first;
      quantize_row(x + at, q + at, columns, params);
    }
}

}  // namespace

const QuantizeKernel kQuantizeAvx512vnni = {quantize_uniform, quantize_columns, quantize_rows};

}  // namespace octavo
