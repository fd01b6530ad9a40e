// int4 x int8 GEMM micro-kernels: one strip of at most `mr` rows of int8 activations times packed 4-bit weights whose
// groups of consecutive k have scales of their own, with the epilogue.
//
// Definition    for each row m and column n, with w the weights as integers 0 .. 15 and z the group's zero point:
//                 acc_g = sum over the group's k of a[m, k] * w[k, n]  -  z[g, n] * (sum over the group's k of a[m, k])
//                 f = 0; f = fma(float(acc_g), scale[g, n], f) for g = 0, 1, ...
//               acc_g is exact in int32, float(acc_g) its nearest float32, and fma rounds once.
//               Then the epilogue of gemm_i8.h on f, from the row's scale on and without a column's: f *= row_scale[m];
//               f += bias[n]; f += residual[m, n]; activation; output float32, float16, int8 or uint8.
// Types         A int8, any of -128 .. 127; weights 4 bits, unsigned, with zero points 0 .. 15; scales float32.
// Packed B      panels of 16 columns, 64-byte aligned. A panel is its groups in runs of 4, one run after the other:
// first
//               float32 scale[16] of each group of the run, then the groups' steps. A step is 8 values of k, 64 bytes,
//               [16][4]: byte b of a column has value b of k in its low nibble and value b + 4 in the high one. The
//               last run may have fewer groups, the last group fewer steps. Columns beyond n have weights and scales of
//               0, rows beyond k weights of 0. (With each group's scale beside its steps, a single row with groups of
//               128 reads memory 5% slower.)
// Zero points   [panels][groups][16] uint8; without them, all are 8.
// A             rows `a_stride_bytes` apart, k rounded up to 8 readable elements each; those beyond k are 0.
// Bound         128 * 15 * group < 2^31 is the caller's duty.
#pragma once

#include "kernels/gemm_i8/gemm_i8.h"

namespace octavo {

/// A strip of gemm_i8.h, whose `b` are these panels, with what groups need. Of the epilogue, the integer corrections
/// and the column scales are not read; the output is not int32.
struct GemmI4Strip : GemmI8Strip {
  size_t group;                // values of k, a multiple of 8
  size_t groups;               // of the whole k
  const int32_t* group_terms;  // [groups], rows of the strip side by side: what is added to acc_g for each row; times
                               // the zero point where there are zero points
  size_t term_stride;          // elements from a group's terms to those of the next
  const uint8_t* zero_points;  // or null
};

static constexpr size_t kInt4Columns = 16, kInt4Depth = 8, kInt4StepBytes = 64, kInt4ScaleBytes = 64,
                        kInt4RunGroups = 4;

/// Bytes of one panel.
static constexpr size_t int4_panel_bytes(size_t k, size_t groups) {
  return (k + kInt4Depth - 1) / kInt4Depth * kInt4StepBytes + groups * kInt4ScaleBytes;
}

namespace {

/// The groups of a panel one after the other: how many steps each has, and where its scales are.
struct GroupWalk {
  size_t groups, steps, group_steps;  // those left, and the steps of a whole group
  size_t in_run = 0;                  // groups left of the present run
  const uint8_t* scales = nullptr;    // of the present group

  explicit GroupWalk(const GemmI4Strip& s)
      : groups(s.groups), steps((s.k + kInt4Depth - 1) / kInt4Depth), group_steps(s.group / kInt4Depth) {}

  /// Goes on to the next group, whose steps are then at `b`, and returns their number.
  size_t next(const uint8_t** b) {
    if (in_run > 0) {
      scales += kInt4ScaleBytes;
    } else {
      in_run = groups < kInt4RunGroups ? groups : kInt4RunGroups;
      scales = *b;
      *b += in_run * kInt4ScaleBytes;
    }
    --in_run, --groups;
    const size_t now = steps < group_steps ? steps : group_steps;
    steps -= now;
    return now;
  }
};

}  // namespace

/// From the start of a column's part of its panel to its scale of group g, in bytes.
static constexpr size_t int4_scale_offset(size_t group, size_t g) {
  return (g / kInt4RunGroups * kInt4RunGroups * (group / kInt4Depth) + g) * kInt4StepBytes;
}

/// From the start of a column's part of its panel to its step of value p, in bytes.
static constexpr size_t int4_step_offset(size_t group, size_t groups, size_t p) {
  const size_t scales = (p / group / kInt4RunGroups + 1) * kInt4RunGroups;
  return (p / kInt4Depth + (scales < groups ? scales : groups)) * kInt4StepBytes;
}

struct GemmI4Kernel {
  size_t mr;
  void (*run)(const GemmI4Strip& strip);
};

extern const GemmI4Kernel kGemmI4Scalar, kGemmI4Avx2, kGemmI4Avxvnni, kGemmI4Avx512vnni, kGemmI4Neon, kGemmI4Neondot,
    kGemmI4Neoni8mm;

}  // namespace octavo
