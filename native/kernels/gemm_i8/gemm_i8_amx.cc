// int8 GEMM for AMX: 32 x 32 sums in four tiles over the whole of k, or 16 x 64 where a strip has at most 16 rows.
// Each step takes 64 values of k: `tdpbusd` (u8 rows) or `tdpbssd` (s8 rows) of 16 rows of A with 1 KiB of a panel,
// wrapping. A tile cannot be read but through memory, so the sums meet the epilogue in a buffer on the stack.
//
// The last step of a k that is no multiple of 64 takes the panel's last 64 values: those that were counted already meet
// zeros in a copy of A. A smaller k is one step of shorter tiles. Nothing beyond k_padded is read.
#include "kernels/gemm_i8/gemm_i8.h"
#include "kernels/gemm_i8/gemm_i8_passes_avx512vnni.h"
#include "kernels/gemm_i8/gemm_i8_tiles_amx.h"

namespace octavo {
namespace {

constexpr size_t kNr = 16, kKr = 4, kTileRows = 16, kMr = 2 * kTileRows, kStepBytes = 64, kLineBytes = 64;
constexpr size_t kTileSums = kTileRows * kNr;

/// The operand of `ldtilecfg`, palette 1. Tiles 0 to 3 hold sums, the others operands.
struct alignas(64) TileConfig {
  uint8_t palette = 1, start_row = 0, reserved[14] = {};
  uint16_t row_bytes[16] = {};
  uint8_t rows[16] = {};

  void set(size_t tile, size_t tile_rows, size_t bytes) {
    rows[tile] = static_cast<uint8_t>(tile_rows);
    row_bytes[tile] = static_cast<uint16_t>(bytes);
  }
};

/// A strip, and what all its blocks share.
struct Work {
  GemmI8Strip s;
  GemmI8Epilogue e;
  size_t k_padded, panel_bytes;
  size_t step_bytes, steps;                    // of k; whole ones
  alignas(64) uint8_t rest[kMr * kStepBytes];  // A's rows in the last step, if that is not a whole one
  alignas(64) int32_t sums[4 * kTileSums];     // of one block, panel after panel

  explicit Work(const GemmI8Strip& strip) : s(strip), e(*strip.epilogue) {
    k_padded = (s.k + kKr - 1) / kKr * kKr;
    panel_bytes = k_padded * kNr;
    step_bytes = k_padded < kStepBytes ? k_padded : kStepBytes;
    steps = k_padded == 0 ? 0 : k_padded / step_bytes;
  }
  const uint8_t* a() const { return static_cast<const uint8_t*>(s.a); }
  size_t rest_bytes() const { return k_padded - steps * step_bytes; }
};

TileConfig make_config(const Work& w) {
  const size_t upper = w.s.rows < kTileRows ? w.s.rows : kTileRows, lower = w.s.rows - upper;
  const size_t a_bytes = w.step_bytes == 0 ? kKr : w.step_bytes;  // a tile without values would be an invalid one
  TileConfig config;
  for (size_t tile = 0; tile < 4; ++tile) config.set(tile, tile < 2 || lower == 0 ? upper : lower, kLineBytes);
  config.set(4, upper, a_bytes);
  if (lower > 0)
    config.set(5, lower, a_bytes);
  else
    config.set(5, a_bytes / kKr, kLineBytes);
  for (size_t tile = 6; tile < 8; ++tile) config.set(tile, a_bytes / kKr, kLineBytes);
  return config;
}

/// A's last 64 values of k, zeros where a whole step has counted them.
void copy_rest(Work& w) {
  const __mmask64 rest = ~uint64_t{0} << (kStepBytes - w.rest_bytes());
  for (size_t r = 0; r < w.s.rows; ++r) {
    const uint8_t* last = w.a() + r * w.s.a_stride_bytes + w.k_padded - kStepBytes;
    _mm512_store_si512(w.rest + r * kStepBytes, _mm512_maskz_loadu_epi8(rest, last));
  }
}

/// GCC does not see what tile instructions read: everything must have been written by then.
inline void finish_writes() { asm volatile("" ::: "memory"); }

/// Where one step finds its operands: rows of A, and the panel of the block's first column.
struct Operands {
  const uint8_t* a;
  size_t a_stride_bytes;
  const int8_t* b;
  size_t panel_bytes;
};

// Tiles are named by literals in their instructions, so that no function can take their numbers.
#define OCTAVO_ADD_PRODUCT(sums, a, b) \
  if constexpr (kSigned)               \
    _tile_dpbssd(sums, a, b);          \
  else                                 \
    _tile_dpbusd(sums, a, b)

/// 17 to 32 rows x P panels of at most 2.
struct Square {
  template <bool kSigned, int P>
  static inline void add_step(const Operands& at) {
    _tile_loadd(4, at.a, at.a_stride_bytes);
    _tile_loadd(6, at.b, kLineBytes);
    _tile_loadd(5, at.a + kTileRows * at.a_stride_bytes, at.a_stride_bytes);
    OCTAVO_ADD_PRODUCT(0, 4, 6);
    OCTAVO_ADD_PRODUCT(2, 5, 6);
    if constexpr (P > 1) {
      _tile_loadd(7, at.b + at.panel_bytes, kLineBytes);
      OCTAVO_ADD_PRODUCT(1, 4, 7);
      OCTAVO_ADD_PRODUCT(3, 5, 7);
    }
  }
  static inline void store(int32_t* sums) {
    _tile_stored(0, sums, kLineBytes);
    _tile_stored(2, sums + kTileSums, kLineBytes);
    _tile_stored(1, sums + 2 * kTileSums, kLineBytes);
    _tile_stored(3, sums + 3 * kTileSums, kLineBytes);
  }
  static constexpr size_t kPanelSums = 2 * kTileSums;
};

/// 1 to 16 rows x P panels of at most 4.
struct Wide {
  template <bool kSigned, int P>
  static inline void add_step(const Operands& at) {
    _tile_loadd(4, at.a, at.a_stride_bytes);
    _tile_loadd(6, at.b, kLineBytes);
    OCTAVO_ADD_PRODUCT(0, 4, 6);
    if constexpr (P > 1) {
      _tile_loadd(7, at.b + at.panel_bytes, kLineBytes);
      OCTAVO_ADD_PRODUCT(1, 4, 7);
    }
    if constexpr (P > 2) {
      _tile_loadd(5, at.b + 2 * at.panel_bytes, kLineBytes);
      OCTAVO_ADD_PRODUCT(2, 4, 5);
    }
    if constexpr (P > 3) {
      _tile_loadd(6, at.b + 3 * at.panel_bytes, kLineBytes);
      OCTAVO_ADD_PRODUCT(3, 4, 6);
    }
  }
  static inline void store(int32_t* sums) {
    _tile_stored(0, sums, kLineBytes);
    _tile_stored(1, sums + kTileSums, kLineBytes);
    _tile_stored(2, sums + 2 * kTileSums, kLineBytes);
    _tile_stored(3, sums + 3 * kTileSums, kLineBytes);
  }
  static constexpr size_t kPanelSums = kTileSums;
};

#undef OCTAVO_ADD_PRODUCT

inline void add_terms_to_rows(const GemmI8Strip& s, const GemmI8Epilogue& e, size_t j, int32_t* sums) {
  const __m512i terms = column_terms(e, j, s.n);
  for (size_t r = 0; r < s.rows; ++r, sums += kNr)
    _mm512_store_si512(sums, _mm512_add_epi32(_mm512_load_si512(sums), terms));
}

/// All rows x P panels from column j on.
template <typename Shape, bool kSigned, int P>
void block(Work& w, size_t j) {
  const GemmI8Strip s = w.s;
  const GemmI8Epilogue e = w.e;
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  const int8_t* panel = s.b + j / kNr * w.panel_bytes;
  Operands at = {w.a(), s.a_stride_bytes, panel, w.panel_bytes};
  for (size_t step = 0; step < w.steps; ++step, at.a += kStepBytes, at.b += kStepBytes * kNr)
    Shape::template add_step<kSigned, P>(at);
  if (w.rest_bytes() > 0)
    Shape::template add_step<kSigned, P>({w.rest, kStepBytes, panel + w.panel_bytes - kStepBytes * kNr, w.panel_bytes});
  Shape::store(w.sums);
  for (size_t p = 0; p < P; ++p) {
    int32_t* const sums = w.sums + p * Shape::kPanelSums;
    if (e.column_term != nullptr) add_terms_to_rows(s, e, j + p * kNr, sums);
    store_in_passes(s, e, j + p * kNr, sums);
  }
}

template <bool kSigned>
void blocks(Work& w) {
  size_t j = 0;
  if (w.s.rows > kTileRows) {
    for (; j + kNr < w.s.n; j += 2 * kNr) block<Square, kSigned, 2>(w, j);
    if (j < w.s.n) block<Square, kSigned, 1>(w, j);
    return;
  }
  for (; j + 3 * kNr < w.s.n; j += 4 * kNr) block<Wide, kSigned, 4>(w, j);
  static constexpr void (*kLast[])(Work&, size_t) = {block<Wide, kSigned, 1>, block<Wide, kSigned, 2>,
                                                     block<Wide, kSigned, 3>};
  if (j < w.s.n) kLast[(w.s.n - j - 1) / kNr](w, j);
}

void gemm_i8_amx(const GemmI8Strip& s) {
  Work work(s);
  if (work.rest_bytes() > 0) copy_rest(work);
  const TileConfig config = make_config(work);
  finish_writes();
  _tile_loadconfig(&config);
  s.a_signed ? blocks<true>(work) : blocks<false>(work);
  _tile_release();  // no tile outlives the strip: a thread without them is switched faster
  finish_writes();
}

}  // namespace

const GemmI8Kernel kGemmI8Amx = {kMr, kNr, kKr, AForm::kBytes, 0, gemm_i8_amx};

}  // namespace octavo
