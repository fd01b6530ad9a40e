#include "ops/stage_rows.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "core/sizes.h"
#include "ops/scratch.h"
#include "ops/thread_pool.h"

namespace octavo {
namespace {

/// Rows that start a multiple of 2 KiB apart share few sets of the first level cache: a strip of them evicts itself.
bool rows_collide(size_t row_stride, size_t rows) { return rows >= 4 && row_stride % 2048 == 0; }

/// Staging bytes at some 50 GB/s, quantizing floats at about a quarter of that: 10 microseconds.
constexpr size_t kChunkWork = 512 * 1024, kFloatWork = 4;

/// Stands for activations without values, which may lie at null.
constexpr float kNothing = 0;

/// What staging needs to know of a call, decided once for all rows.
struct Plan {
  const KernelSet& set;
  const Activations& a;
  AForm form;
  size_t k, row_bytes;
  bool is_float, is_signed;  // of the bytes: floats are quantized to them first
  bool in_form, in_place;    // the bytes have the kernel's form; they can be read where they are

  Plan(const KernelSet& kernels, const Activations& activations, const PackedInt8& b, size_t rows)
      : set(kernels),
        a(activations),
        form(set.gemm_i8->a_form),
        k(b.k),
        row_bytes(staged_row_bytes(*set.gemm_i8, b.k)) {
    is_float = a.type == ActivationType::kFloat32;
    is_signed = is_float ? a.quantization.is_signed && !a.quantization.dynamic : a.type == ActivationType::kInt8;
    in_form = form == AForm::kBytes || (form == AForm::kU8 && !is_signed);
    in_place = in_form && !is_float && k == b.k_padded && !rows_collide(a.row_stride, rows);
  }
  const void* row(size_t r) const {
    if (k == 0) return &kNothing;
    return static_cast<const char*>(a.data) + r * a.row_stride * (is_float ? sizeof(float) : 1);
  }
};

/// Where rows go, and what is kept of them.
struct Targets {
  uint8_t* staged;
  int32_t* sums;
  float* scales;
  bool with_sums;  // dynamic rows get theirs anyway
};

/// Bytes to the kernel's form.
void convert_rows(const Plan& plan, const ByteRows& rows, uint8_t* staged) {
  const StageKernel& stage = *plan.set.stage;
  if (plan.form == AForm::kI16)
    return stage.widen(rows, reinterpret_cast<int16_t*>(staged), plan.row_bytes, plan.is_signed);
  const bool flips = plan.form == AForm::kU8 ? plan.is_signed : plan.form == AForm::kS8 && !plan.is_signed;
  stage.flip(rows, staged, plan.row_bytes, flips ? 0x80 : 0);
}

/// What a sum of values from 0 to 255 starts from: a kernel that reads signed values sees them lower by 128.
uint32_t sum_start(const Plan& plan) {
  const bool lower = plan.form == AForm::kS8 || (plan.form != AForm::kU8 && plan.is_signed);
  return lower ? 0u - 128u * static_cast<uint32_t>(plan.k) : 0u;
}

void sum_rows(const Plan& plan, const ByteRows& rows, int32_t* sums) {
  plan.set.stage->sum(rows, plan.is_signed ? 0x80 : 0, sum_start(plan), sums);
}

void stage_bytes(const Plan& plan, RowRange rows, const Targets& to) {
  const ByteRows bytes = {static_cast<const uint8_t*>(plan.row(rows.first)), plan.a.row_stride, rows.count, plan.k};
  if (!plan.in_place) convert_rows(plan, bytes, to.staged);
  if (to.with_sums) sum_rows(plan, bytes, to.sums);
}

/// Floats quantized by each row's own scale. Bytes that are not in the kernel's form yet are brought into it row by
/// row, while they are in the first level cache.
void stage_dynamic(const Plan& plan, const FloatRows& x, const Targets& to, uint8_t* between) {
  if (plan.in_form) return plan.set.quantize->rows(x, {to.staged, plan.row_bytes, to.scales, to.sums, sum_start(plan)});
  for (size_t r = 0; r < x.rows; ++r) {
    const FloatRows row = {x.first + r * x.stride, x.stride, 1, x.count};
    plan.set.quantize->rows(row, {between, 0, to.scales + r, to.sums + r, sum_start(plan)});
    convert_rows(plan, {between, 0, 1, x.count}, to.staged + r * plan.row_bytes);
  }
}

void stage_static(const Plan& plan, const FloatRows& x, const Targets& to, uint8_t* between) {
  const InputQuantization& q = plan.a.quantization;
  const QuantizeRange range = q.is_signed ? QuantizeRange{-128, 127} : QuantizeRange{0, 255};
  for (size_t r = 0; r < x.rows; ++r) {
    uint8_t* staged = to.staged + r * plan.row_bytes;
    uint8_t* bytes = plan.in_form ? staged : between;
    plan.set.quantize->uniform(x.first + r * x.stride, bytes, x.count, q.scale, q.zero_point, range);
    const ByteRows row = {bytes, 0, 1, x.count};
    plan.in_form ? static_cast<void>(std::memset(staged + x.count, 0, plan.row_bytes - x.count))
                 : convert_rows(plan, row, staged);
    if (to.with_sums) sum_rows(plan, row, to.sums + r);
  }
}

/// False when there is no memory for bytes that still have to be converted.
bool stage_floats(const Plan& plan, RowRange rows, const Targets& to) {
  auto* between = plan.in_form ? nullptr : static_cast<uint8_t*>(scratch(ScratchSlot::kQuantizedRow, plan.row_bytes));
  if (!plan.in_form && between == nullptr) return false;
  const FloatRows x = {static_cast<const float*>(plan.row(rows.first)), plan.a.row_stride, rows.count, plan.k};
  (plan.a.quantization.dynamic ? stage_dynamic : stage_static)(plan, x, to, between);
  return true;
}

bool stage_range(const Plan& plan, RowRange rows, const Targets& to) {
  if (plan.is_float) return stage_floats(plan, rows, to);
  stage_bytes(plan, rows, to);
  return true;
}

/// On several threads where that is worth waking them.
bool stage_in_chunks(const Plan& plan, RowRange rows, const Targets& to, size_t threads) {
  const size_t work = plan.in_place ? 0 : rows.count * plan.k * (plan.is_float ? kFloatWork : 1);
  const size_t chunks = std::min({threads, rows.count, divide_up(work, kChunkWork)});
  if (chunks <= 1) return stage_range(plan, rows, to);
  const size_t chunk = divide_up(rows.count, chunks);
  std::atomic<bool> staged{true};
  ThreadPool::instance().parallel_for(divide_up(rows.count, chunk), threads, [&](size_t i) {
    const size_t r = i * chunk, count = std::min(chunk, rows.count - r);
    if (!stage_range(plan, {rows.first + r, count},
                     {to.staged + r * plan.row_bytes, to.sums + r, to.scales + r, to.with_sums}))
      staged = false;
  });
  return staged;
}

}  // namespace

/// An odd number of cache lines, so that a strip's rows spread over all sets of the first level cache.
size_t staged_row_bytes(const GemmI8Kernel& kernel, size_t k) {
  const size_t lines = divide_up(multiply_sizes(round_up(k, kernel.kr), kernel.a_form == AForm::kI16 ? 2 : 1), 64);
  return multiply_sizes(lines | 1, 64);
}

StagedRows stage_rows(const KernelSet& set, const Activations& a, const PackedInt8& b, const StageRequest& request) {
  const RowRange& rows = request.rows;
  const Plan plan(set, a, b, rows.count);
  auto* sums = static_cast<int32_t*>(scratch(ScratchSlot::kRowTerms, rows.count * (sizeof(int32_t) + sizeof(float))));
  auto* staged = static_cast<uint8_t*>(scratch(ScratchSlot::kStagedRows, multiply_sizes(rows.count, plan.row_bytes)));
  if (sums == nullptr || staged == nullptr) return {};
  auto* scales = reinterpret_cast<float*>(sums + rows.count);
  const Targets to = {staged, sums, scales, request.with_sums};
  if (!stage_in_chunks(plan, rows, to, request.threads)) return {};
  StagedRows result;
  result.data = plan.in_place ? plan.row(rows.first) : staged;
  result.stride_bytes = plan.in_place && b.k > 0 ? a.row_stride : plan.row_bytes;
  result.is_signed = plan.is_signed;
  result.row_sums = request.with_sums ? sums : nullptr;
  result.row_scales = plan.is_float && a.quantization.dynamic ? scales : nullptr;
  return result;
}

}  // namespace octavo
