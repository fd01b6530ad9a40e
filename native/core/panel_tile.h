// The tile of kernels whose weights are decoded in registers, for any instruction set and any form of weights: rows of
// float32 times vectors of a panel, one chain of fma for each row and column.
//
// Decoder       kValues       values of k in a step
//               kScaled       a group's sums are multiplied by the [vectors][16] factors after its steps, and joined
//               Step load(b)  a vector's 64 bytes of a step, or where they are
//               decode<j>(step, take)  its weights of value j: take(i, register) for each part i of the 16 columns
//               kVectors<R>   vectors of a tile of R rows, a power of two
//               Ops           Vector, kLanes, kParts = 16 / kLanes, kNr of the set's gemm_f32 kernel, kManyRegisters
//                             (32 instead of 16), and the instructions by name; forget() makes the compiler load
//                             again what it would keep in registers that it does not have
#pragma once

#include "core/unroll.h"
#include "core/weight_panels.h"

namespace octavo {
namespace {

/// How far ahead panels are fetched: few rows take them faster than memory sends them unasked. With half of it, reading
/// from memory took a tenth longer.
constexpr size_t kPanelAheadBytes = 16 * 1024;

/// A group of k of some vectors of a panel, and the rows that meet it.
struct TileSource {
  const uint8_t* b;
  size_t step_bytes;
  const float* a;
  size_t a_stride;
};

/// R rows x P vectors.
template <typename Decoder, int R, int P>
struct PanelTile {
  using Ops = typename Decoder::Ops;
  static constexpr int kParts = Ops::kParts, kValues = Decoder::kValues;
  static constexpr bool kHoldRows = P > 1 || Ops::kManyRegisters;
  typename Ops::Vector acc[R][P * kParts];

  OCTAVO_INLINE void start(const float* c, size_t c_stride) {
    unroll_tile<R, P * kParts>([&](auto r, auto i) OCTAVO_INLINE_LAMBDA {
      acc[r][i] = Decoder::kScaled ? Ops::zero() : Ops::load(c + r * c_stride + i * Ops::kLanes);
    });
  }

  /// All values of a step, or the first `count`. Vectors of a later step are fetched spread over the values: requested
  /// at once, they wait for each other.
  template <bool kWhole>
  OCTAVO_INLINE void add_step(const Decoder& decoder, const TileSource& s, size_t count) {
    typename Decoder::Step step[P];
    unroll<P>([&](auto p) OCTAVO_INLINE_LAMBDA { step[p] = Decoder::load(s.b + p * kStepBytes); });
    unroll<kValues>([&](auto j) OCTAVO_INLINE_LAMBDA {
      constexpr int kAt = j;
      if (!kWhole && kAt >= count) return;
      const auto row = [&](auto r) OCTAVO_INLINE_LAMBDA { return Ops::broadcast(s.a + r * s.a_stride + kAt); };
      typename Ops::Vector x[R];
      if constexpr (kHoldRows) unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA { x[r] = row(r); });
      unroll<P>([&](auto p) OCTAVO_INLINE_LAMBDA {
        if constexpr (p % kValues == kAt) Ops::prefetch(s.b + p * kStepBytes + kPanelAheadBytes);
        decoder.template decode<kAt>(step[p], [&](auto part, typename Ops::Vector w) OCTAVO_INLINE_LAMBDA {
          constexpr int kColumns = p * kParts + part;
          unroll<R>([&](auto r) OCTAVO_INLINE_LAMBDA {
            if constexpr (!kHoldRows) x[r] = row(r);
            acc[r][kColumns] = Ops::multiply_add(x[r], w, acc[r][kColumns]);
          });
          if constexpr (!kHoldRows) Ops::forget();
        });
      });
    });
  }

  /// `values` of k; gives where the steps end.
  OCTAVO_INLINE const uint8_t* add(const Decoder& decoder, TileSource s, size_t values) {
    for (; values >= kValues; values -= kValues, s.b += s.step_bytes, s.a += kValues)
      add_step<true>(decoder, s, kValues);
    if (values > 0) {
      add_step<false>(decoder, s, values);
      s.b += s.step_bytes;
    }
    return s.b;
  }

  OCTAVO_INLINE void finish(const uint8_t* end, float* c, size_t c_stride) {
    unroll<P>([&](auto p) OCTAVO_INLINE_LAMBDA {
      if constexpr (Decoder::kScaled) Ops::prefetch(end + p * kStepBytes + kPanelAheadBytes);
    });
    unroll_tile<R, P * kParts>([&](auto r, auto i) OCTAVO_INLINE_LAMBDA {
      float* const to = c + r * c_stride + i * Ops::kLanes;
      if constexpr (Decoder::kScaled)
        Ops::store(to, Ops::multiply_add(acc[r][i], Ops::load(reinterpret_cast<const float*>(end) + i * Ops::kLanes),
                                         Ops::load(to)));
      else
        Ops::store(to, acc[r][i]);
    });
  }
};

/// body(std::integral_constant<int, count>{}, vector) for all vectors from `from` below `width`, P at a time, then half
/// of that.
template <int P, typename Body>
OCTAVO_INLINE void each_vectors(size_t from, size_t width, const Body& body) {
  for (; from + P <= width; from += P) body(std::integral_constant<int, P>{}, from);
  if constexpr (P > 1) each_vectors<P / 2>(from, width, body);
}

/// A tile's part of one group: a function of its own, or a compiler spreads the registers of several tiles at once over
/// its loops.
template <typename Decoder, int R, int P>
[[gnu::noinline]] void run_tile(const Decoder& given, const TileSource& s, size_t values, float* c, size_t c_stride) {
  const Decoder decoder = given;
  PanelTile<Decoder, R, P> tile;
  tile.start(c, c_stride);
  tile.finish(tile.add(decoder, s, values), c, c_stride);
}

/// A strip of R rows, `group` values of k at a time; the sums between lie in C.
template <typename Decoder, int R>
void run_panels(const PanelStrip& s, const Decoder& decoder, size_t group) {
  using Ops = typename Decoder::Ops;
  const uint8_t* b = s.b;
  for (size_t first = 0; first < s.vectors; first += kPanelVectors) {
    const size_t width = s.vectors - first < kPanelVectors ? s.vectors - first : kPanelVectors;
    const size_t step_bytes = width * kStepBytes;
    float* const c = s.c + first * kVectorColumns;
    for (size_t r = 0; r < R; ++r)
      for (size_t i = 0; i < width * kVectorColumns; i += Ops::kLanes) Ops::store(c + r * s.c_stride + i, Ops::zero());
    for (size_t g = 0; g < s.k; g += group) {
      const size_t values = s.k - g < group ? s.k - g : group;
      each_vectors<Decoder::template kVectors<R>>(0, width, [&](auto count, size_t v) OCTAVO_INLINE_LAMBDA {
        run_tile<Decoder, R, count>(decoder, {b + v * kStepBytes, step_bytes, s.a + g, s.a_stride}, values,
                                    c + v * kVectorColumns, s.c_stride);
      });
      b += ((values + Decoder::kValues - 1) / Decoder::kValues + (Decoder::kScaled ? 1 : 0)) * step_bytes;
    }
  }
}

/// A strip of 1 .. M rows.
template <int M, typename Decoder>
void run_strip(const PanelStrip& s, const Decoder& decoder, size_t group) {
  if constexpr (M > 1)
    if (s.rows < M) return run_strip<M - 1>(s, decoder, group);
  run_panels<Decoder, M>(s, decoder, group);
}

/// A part's weights as float32, in the panels of the set's gemm_f32 kernel: [16 vectors / nr][values][nr].
template <typename Decoder>
void decode_part(const PanelPart& s, const Decoder& decoder, float* panels) {
  using Ops = typename Decoder::Ops;
  for (size_t v = 0; v < s.vectors; ++v) {
    const uint8_t* b = s.b + v * kStepBytes;
    float* const to = panels + v * kVectorColumns * s.values;
    for (size_t p = 0; p < s.values; p += Decoder::kValues, b += s.step_bytes) {
      const typename Decoder::Step step = Decoder::load(b);
      unroll<Decoder::kValues>([&](auto j) OCTAVO_INLINE_LAMBDA {
        if (p + j >= s.values) return;
        decoder.template decode<j>(step, [&](auto part, typename Ops::Vector w) OCTAVO_INLINE_LAMBDA {
          constexpr size_t kPanel = part * Ops::kLanes / Ops::kNr, kLane = part * Ops::kLanes % Ops::kNr;
          Ops::store(to + (kPanel * s.values + p + j) * Ops::kNr + kLane, w);
        });
      });
    }
  }
}

/// c[r][j] = fma(sums[r][j], absmax[j], c[r][j]) for the sums of a group.
template <typename Ops, typename Sums>
void add_sums(const Sums& s) {
  for (size_t j = 0; j < s.vectors * kVectorColumns; j += Ops::kLanes) {
    const typename Ops::Vector absmax = Ops::load(s.absmax + j);
    for (size_t r = 0; r < s.rows; ++r) {
      float* const c = s.c + r * s.c_stride + j;
      Ops::store(c, Ops::multiply_add(Ops::load(s.sums + r * s.sums_stride + j), absmax, Ops::load(c)));
    }
  }
}

}  // namespace
}  // namespace octavo
