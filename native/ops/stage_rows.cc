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

/// Where rows go, and what is kept of them.
struct Targets {
  uint8_t* staged;
  int32_t* sums;
  float* scales;
  bool with_sums;  // dynamic rows get theirs anyway
};

/// Bytes to the kernel's form.
void convert_rows(const StagePlan& plan, const ByteRows& rows, uint8_t* staged) {
  const StageKernel& stage = *plan.set.stage;
  if (plan.form == AForm::kI16)
    return stage.widen(rows, reinterpret_cast<int16_t*>(staged), plan.row_bytes, plan.is_signed);
  const bool flips = plan.form == AForm::kU8 ? plan.is_signed : plan.form == AForm::kS8 && !plan.is_signed;
  stage.flip(rows, staged, plan.row_bytes, flips ? 0x80 : 0);
}

/// What a sum of values from 0 to 255 starts from: a kernel that reads signed values sees them lower by 128.
uint32_t sum_start(const StagePlan& plan) {
  const bool lower = plan.form == AForm::kS8 || (plan.form != AForm::kU8 && plan.is_signed);
  return lower ? 0u - 128u * static_cast<uint32_t>(plan.k) : 0u;
}

void sum_rows(const StagePlan& plan, const ByteRows& rows, int32_t* sums) {
  plan.set.stage->sum(rows, plan.is_signed ? 0x80 : 0, sum_start(plan), sums);
}

void stage_bytes(const StagePlan& plan, RowRange rows, const Targets& to) {
  const ByteRows bytes = {static_cast<const uint8_t*>(plan.row(rows.first)), plan.a.row_stride, rows.count, plan.k};
  if (!plan.in_place) convert_rows(plan, bytes, to.staged);
  if (to.with_sums) sum_rows(plan, bytes, to.sums);
}

/// Floats quantized by each row's own scale. Bytes that are not in the kernel's form yet are brought into it row by
/// row, while they are in the first level cache.
void stage_dynamic(const StagePlan& plan, const FloatRows& x, const Targets& to, uint8_t* between) {
  if (plan.in_form) return plan.set.quantize->rows(x, {to.staged, plan.row_bytes, to.scales, to.sums, sum_start(plan)});
  for (size_t r = 0; r < x.rows; ++r) {
    const FloatRows row = {x.first + r * x.stride, x.stride, 1, x.count};
    plan.set.quantize->rows(row, {between, 0, to.scales + r, to.sums + r, sum_start(plan)});
    convert_rows(plan, {between, 0, 1, x.count}, to.staged + r * plan.row_bytes);
  }
}

void stage_static(const StagePlan& plan, const FloatRows& x, const Targets& to, uint8_t* between) {
  const InputQuantization& q = plan.a.quantization;
  const QuantizeRange range = q.is_signed ? QuantizeRange{-128, 127} : QuantizeRange{0, 255};
  for (size_t r = 0; r < x.rows; ++r) {
    uint8_t* staged = to.staged + r * plan.row_bytes;
    uint8_t* bytes = plan.in_form ? staged : between;
    plan.set.quantize->uniform(x.first + r * x.stride, bytes, x.count, {q.scale, q.zero_point, range});
    const ByteRows row = {bytes, 0, 1, x.count};
    plan.in_form ? static_cast<void>(std::memset(staged + x.count, 0, plan.row_bytes - x.count))
                 : convert_rows(plan, row, staged);
    if (to.with_sums) sum_rows(plan, row, to.sums + r);
  }
}

void stage_range(const StagePlan& plan, RowRange rows, const Targets& to, uint8_t* between) {
  if (!plan.is_float) return stage_bytes(plan, rows, to);
  const FloatRows x = {static_cast<const float*>(plan.row(rows.first)), plan.a.row_stride, rows.count, plan.k};
  (plan.a.quantization.dynamic ? stage_dynamic : stage_static)(plan, x, to, between);
}

/// This thread's memory for one row between quantization and conversion, for floats that need both.
uint8_t* between_row(const StagePlan& plan) {
  return static_cast<uint8_t*>(scratch(ScratchSlot::kQuantizedRow, plan.row_bytes));
}

}  // namespace

/// An odd number of cache lines, so that a strip's rows spread over all sets of the first level cache.
size_t StageTarget::row_bytes() const {
  const size_t lines = divide_up(multiply_sizes(round_up(k, kr), form == AForm::kI16 ? 2 : 1), 64);
  return multiply_sizes(lines | 1, 64);
}

StagePlan::StagePlan(const KernelSet& kernels, const Activations& activations, const StageTarget& target, size_t rows)
    : set(kernels),
      a(activations),
      form(target.form),
      k(target.k),
      row_bytes(target.row_bytes()),
      is_float(a.type == ActivationType::kFloat32),
      is_signed(is_float ? a.quantization.is_signed && !a.quantization.dynamic : a.type == ActivationType::kInt8),
      lies_well(!is_float && k % target.kr == 0 && !rows_collide(a.row_stride, rows)),
      in_form(form == AForm::kBytes || (form == AForm::kS8 && is_signed) ||
              (form == AForm::kU8 && (!is_signed || (lies_well && target.n <= target.flip_columns)))),
      in_place(in_form && lies_well) {}

const void* StagePlan::row(size_t r) const {
  if (k == 0) return &kNothing;
  return static_cast<const char*>(a.data) + r * a.row_stride * (is_float ? sizeof(float) : 1);
}

RowStaging::RowStaging(const KernelSet& set, const Activations& a, const StageTarget& target, RowRange rows,
                       bool with_sums)
    : plan_(set, a, target, rows.count), range_(rows), with_sums_(with_sums) {
  const size_t staged_bytes = plan_.in_place ? 0 : multiply_sizes(rows.count, plan_.row_bytes);
  staged_ = static_cast<uint8_t*>(scratch(ScratchSlot::kStagedRows, staged_bytes));
  sums_ = static_cast<int32_t*>(scratch(ScratchSlot::kRowTerms, rows.count * (sizeof(int32_t) + sizeof(float))));
  between_ = between_row(plan_);
  if (staged_ == nullptr || sums_ == nullptr || between_ == nullptr) return;
  scales_ = reinterpret_cast<float*>(sums_ + rows.count);
  rows_.data = plan_.in_place ? plan_.row(rows.first) : staged_;
  rows_.stride_bytes = plan_.in_place && target.k > 0 ? a.row_stride : plan_.row_bytes;
  rows_.is_signed = plan_.is_signed && plan_.in_form;
  rows_.row_sums = with_sums ? sums_ : nullptr;
  rows_.row_scales = plan_.is_float && a.quantization.dynamic ? scales_ : nullptr;
}

void RowStaging::stage(RowRange part) const {
  const size_t r = part.first;
  stage_range(plan_, {range_.first + r, part.count},
              {staged_ + r * plan_.row_bytes, sums_ + r, scales_ + r, with_sums_}, between_);
}

bool RowStaging::stage_all(size_t threads) const {
  const size_t work = plan_.in_place ? 0 : range_.count * plan_.k * (plan_.is_float ? kFloatWork : 1);
  const size_t chunks = std::min({threads, range_.count, divide_up(work, kChunkWork)});
  if (chunks <= 1) return stage({0, range_.count}), true;
  const size_t chunk = divide_up(range_.count, chunks);
  std::atomic<bool> staged{true};
  ThreadPool::instance().parallel_for(divide_up(range_.count, chunk), threads, [&](size_t i) {
    RowStaging own = *this;
    const size_t r = i * chunk;
    own.between_ = between_row(plan_);
    if (own.between_ == nullptr)
      staged = false;
    else
      own.stage({r, std::min(chunk, range_.count - r)});
  });
  return staged;
}

GemmI8Ahead RowStaging::source(RowRange part) const {
  const size_t stride = plan_.a.row_stride;
  if (part.count == 0 || stride > 2 * plan_.k) return {};  // mostly gaps
  const size_t bytes = part.count * stride * (plan_.is_float ? sizeof(float) : 1);
  return {plan_.row(range_.first + part.first), bytes / 64};
}

}  // namespace octavo
