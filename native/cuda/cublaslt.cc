#include "cuda/cublaslt.h"

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <vector>

#include "cuda/device.h"

namespace octavo::cuda {
namespace {

using device::GemmI8Operands;
using device::GemmI8Result;

constexpr size_t kMostPlans = 512;

Status status_of_blas(BlasResult result, const char* doing) {
  if (result == BlasResult::kSuccess) return {};
  const Code code = result == BlasResult::kNotSupported       ? Code::kUnsupported
                    : result == BlasResult::kAllocationFailed ? Code::kMemory
                                                              : Code::kDevice;
  return Status::error(code, std::string(doing) + " with cuBLASLt: status " + std::to_string(static_cast<int>(result)));
}

bool is_set(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr && *value != '\0';
}

/// Another driver than NVIDIA's has memory that the real library knows nothing of.
std::string automatic_choice() {
  if (is_set("OCTAVO_CUBLASLT")) return std::getenv("OCTAVO_CUBLASLT");
  return is_set("OCTAVO_CUDA_DRIVER") ? "off" : "auto";
}

/// The largest power of two, up to 256, that divides an address.
uint32_t alignment_of(const void* data) {
  const auto address = reinterpret_cast<uintptr_t>(data) | 256;
  return static_cast<uint32_t>(address & (~address + 1));
}

/// Columns of matrices in cuBLASLt's eyes, whose order is by columns, are rows in ours: D[n, m] = W[k, n]^T A[k, m].
enum ShapePlace { kM, kN, kK, kStrideW, kStrideA, kStrideC, kAlignmentW, kAlignmentA, kAlignmentC };

constexpr size_t round_up_16(size_t k) { return (k + 15) / 16 * 16; }

}  // namespace

/// What is known of a shape.
struct CublasLt::Plan {
  explicit Plan(const CublasLtFunctions& functions) : f(functions) {}
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;
  ~Plan() {
    for (BlasLayout layout : {w, a, c})
      if (layout != nullptr) f.destroy_layout(layout);
  }

  const CublasLtFunctions& f;
  BlasLayout w = nullptr, a = nullptr, c = nullptr;
  std::vector<BlasChoice> choices;
  BlasResult failure = BlasResult::kSuccess;  // otherwise there are no choices
};

std::unique_ptr<CublasLt> CublasLt::create(Device& device, const std::string& wanted, std::string* why_not) {
  const std::string choice = wanted == "auto" ? automatic_choice() : wanted;
  if (choice == "off") {
    *why_not = "cuBLASLt is switched off";
    return nullptr;
  }
  why_not->clear();
  for (const std::string& file : cublaslt_files(choice)) {
    const CublasLtLibrary& library = cublaslt_library(file);
    if (why_not->empty()) *why_not = library.why_not;
    if (!library.why_not.empty()) continue;
    std::unique_ptr<CublasLt> created(new CublasLt(device, library));
    const BlasResult result = created->start();
    if (result == BlasResult::kSuccess) return created;
    *why_not = file + " does not start: status " + std::to_string(static_cast<int>(result));
  }
  return nullptr;
}

CublasLt::CublasLt(Device& device, const CublasLtLibrary& library) : device_(device), library_(library) {}

BlasResult CublasLt::start() {
  const CublasLtFunctions& f = library_.functions;
  if (const BlasResult result = f.create(&handle_); result != BlasResult::kSuccess) {
    handle_ = nullptr;
    return result;
  }
  BlasResult result = f.create_product(&product_, kBlasComputeInt32, kBlasInt32);
  if (result != BlasResult::kSuccess) {
    product_ = nullptr;
    return result;
  }
  const int32_t transposed = kBlasTransposed;
  return f.set_product(product_, kBlasTransposeA, &transposed, sizeof transposed);
}

CublasLt::~CublasLt() {
  const CublasLtFunctions& f = library_.functions;
  plans_.clear();
  if (product_ != nullptr) f.destroy_product(product_);
  // A driver that is gone already, at the end of the process, or a lost device, has nothing left to release.
  if (!device_.make_current().ok()) return;
  if (handle_ != nullptr) f.destroy(handle_);
  if (workspace_ != 0) device_.driver().free(workspace_, device_.stream());
}

bool CublasLt::takes(const GemmI8Operands& o, bool a_signed, const GemmI8Result& r) {
  const GemmI8Epilogue& e = r.epilogue;
  const bool plain = r.output == OutputType::kInt32 && e.column_term == nullptr && e.row_factor == nullptr &&
                     e.column_factor == nullptr;
  // Its int8 kernels want D's rows, A's and W's rows, and their addresses, in multiples of 4.
  return a_signed && plain && o.m >= kLeastRows && o.n > 0 && o.n % 4 == 0 && o.k > 0 && r.c_stride % 4 == 0 &&
         alignment_of(r.c) >= 16 && std::max({o.m, o.n, o.k, o.a_stride, o.w_stride, r.c_stride}) <= INT_MAX;
}

BlasResult CublasLt::find_algorithms(const Shape& s, Plan* plan) {
  const CublasLtFunctions& f = library_.functions;
  BlasPreference preference = nullptr;
  BlasResult result = f.create_preference(&preference);
  if (result != BlasResult::kSuccess) return result;
  const auto set = [&](int which, const auto& value) {
    if (result == BlasResult::kSuccess) result = f.set_preference(preference, which, &value, sizeof value);
  };
  const auto alignment = [&](ShapePlace place) { return static_cast<uint32_t>(s[place]); };
  set(kBlasMostWorkspace, uint64_t{kWorkspaceBytes});
  set(kBlasAlignmentA, alignment(kAlignmentW));
  set(kBlasAlignmentB, alignment(kAlignmentA));
  set(kBlasAlignmentC, alignment(kAlignmentC));
  set(kBlasAlignmentD, alignment(kAlignmentC));
  BlasChoice choices[kMostAlgorithms] = {};
  int count = 0;
  if (result == BlasResult::kSuccess)
    result = f.find_algorithms(handle_, product_, plan->w, plan->a, plan->c, plan->c, preference,
                               static_cast<int>(kMostAlgorithms), choices, &count);
  f.destroy_preference(preference);
  if (result != BlasResult::kSuccess) return result;
  for (int i = 0; i < std::min(count, static_cast<int>(kMostAlgorithms)); ++i)
    if (choices[i].state == BlasResult::kSuccess && choices[i].workspace_bytes <= kWorkspaceBytes)
      plan->choices.push_back(choices[i]);
  return result;
}

Status CublasLt::plan_of(const GemmI8Operands& o, const GemmI8Result& r, Plan** found) {
  const Shape shape{o.m,
                    o.n,
                    round_up_16(o.k),
                    o.w_stride,
                    o.a_stride,
                    r.c_stride,
                    alignment_of(o.w),
                    alignment_of(o.a),
                    alignment_of(r.c)};
  if (const auto known = plans_.find(shape); known != plans_.end()) {
    *found = known->second.get();
    return {};
  }
  if (plans_.size() >= kMostPlans) plans_.clear();
  const CublasLtFunctions& f = library_.functions;
  auto plan = std::make_unique<Plan>(f);
  const auto layout = [&](BlasLayout* made, int type, ShapePlace rows, ShapePlace columns, ShapePlace stride) {
    const BlasResult result =
        f.create_layout(made, type, shape[rows], shape[columns], static_cast<int64_t>(shape[stride]));
    if (result != BlasResult::kSuccess) *made = nullptr;
    return result;
  };
  BlasResult result = layout(&plan->w, kBlasInt8, kK, kN, kStrideW);
  if (result == BlasResult::kSuccess) result = layout(&plan->a, kBlasInt8, kK, kM, kStrideA);
  if (result == BlasResult::kSuccess) result = layout(&plan->c, kBlasInt32, kN, kM, kStrideC);
  if (result == BlasResult::kSuccess) result = find_algorithms(shape, plan.get());
  if (result == BlasResult::kSuccess && plan->choices.empty()) result = BlasResult::kNotSupported;
  if (result == BlasResult::kAllocationFailed) return status_of_blas(result, "planning a product");
  plan->failure = result;  // what it cannot do it is not asked again; memory may be there the next time
  *found = (plans_[shape] = std::move(plan)).get();
  return {};
}

Status CublasLt::reserve_workspace(size_t bytes) {
  if (bytes == 0 || workspace_ != 0) return {};
  const Result result = device_.driver().allocate(&workspace_, kWorkspaceBytes, device_.stream());
  if (result != Result::kSuccess) workspace_ = 0;
  return status_of(result, "allocating cuBLASLt's workspace");
}

size_t CublasLt::count_algorithms(const GemmI8Operands& o, const GemmI8Result& r) {
  if (!device_.make_current().ok()) return 0;
  const std::lock_guard lock(mutex_);
  Plan* plan = nullptr;
  return plan_of(o, r, &plan).ok() ? plan->choices.size() : 0;
}

Status CublasLt::multiply(const GemmI8Operands& o, const GemmI8Result& r, size_t algorithm) {
  if (Status status = device_.make_current(); !status.ok()) return status;
  const std::lock_guard lock(mutex_);
  Plan* plan = nullptr;
  if (Status status = plan_of(o, r, &plan); !status.ok()) return status;
  if (plan->failure != BlasResult::kSuccess) return status_of_blas(plan->failure, "planning a product");
  if (algorithm >= plan->choices.size())
    return Status::error(Code::kUnsupported, "cuBLASLt has " + std::to_string(plan->choices.size()) +
                                                 " algorithms for this shape, and number " + std::to_string(algorithm) +
                                                 " was asked for");
  const BlasChoice& choice = plan->choices[algorithm];
  if (Status status = reserve_workspace(choice.workspace_bytes); !status.ok()) return status;
  const int32_t one = 1, zero = 0;
  const BlasResult result = library_.functions.multiply(
      handle_, product_, &one, o.w, plan->w, o.a, plan->a, &zero, r.c, plan->c, r.c, plan->c, &choice.algorithm,
      reinterpret_cast<void*>(workspace_), workspace_ == 0 ? 0 : kWorkspaceBytes, device_.stream());
  if (result != BlasResult::kSuccess && result != BlasResult::kAllocationFailed) {
    plan->failure = result;
    plan->choices.clear();
  }
  return status_of_blas(result, "multiplying");
}

}  // namespace octavo::cuda
