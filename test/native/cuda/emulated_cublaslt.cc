// A cuBLASLt whose products are loops over the emulated GPU's memory, which is the host's. It refuses what the real one
// does not take: other types, orders and alignments than its int8 kernels have.
//
// Environment variables: OCTAVO_EMULATED_CUBLASLT_VERSION (default 130002), OCTAVO_EMULATED_CUBLASLT_FAILURE (a name
// and which of its calls fails with which status, as in "Matmul:2:13"), OCTAVO_EMULATED_CUBLASLT_ERROR (added to sums).
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string>

#include "cuda/cublaslt_api.h"

using namespace octavo::cuda;

namespace {

struct Product {
  int compute_type, scale_type;
  bool a_transposed = false;
};

struct Layout {
  int type;
  uint64_t rows, columns;
  int64_t leading;
};

struct Preference {
  uint64_t workspace_bytes = 0;
  std::map<int, uint32_t> alignments;
};

constexpr uint64_t kAlgorithms = 3;
std::atomic<int> objects{0}, products{0};

/// kSuccess, unless a test wants this call to fail.
BlasResult outcome(const std::string& name) {
  static std::mutex mutex;
  static std::map<std::string, int> calls;
  static std::string text;
  const char* const wanted = std::getenv("OCTAVO_EMULATED_CUBLASLT_FAILURE");
  if (wanted == nullptr) return BlasResult::kSuccess;
  const std::lock_guard lock(mutex);
  if (text != wanted) calls.clear();
  text = wanted;
  const size_t first = text.find(':'), second = text.find(':', first + 1);
  if (text.substr(0, first) != name || ++calls[name] != std::atoi(text.c_str() + first + 1))
    return BlasResult::kSuccess;
  return static_cast<BlasResult>(std::atoi(text.c_str() + second + 1));
}

template <typename Object, typename Handle>
BlasResult make(const char* name, Object object, Handle* handle) {
  if (const BlasResult result = outcome(name); result != BlasResult::kSuccess) return result;
  *handle = reinterpret_cast<Handle>(new Object(object));
  ++objects;
  return BlasResult::kSuccess;
}

template <typename Object, typename Handle>
BlasResult destroy(Handle handle) {
  delete reinterpret_cast<Object*>(handle);
  --objects;
  return BlasResult::kSuccess;
}

template <typename Object, typename Handle>
Object& of(Handle handle) {
  return *reinterpret_cast<Object*>(handle);
}

/// Whether D[n, m] = A[k, n]^T B[k, m] is one that int8 tensor-core kernels take.
bool fits(const Product& p, const Layout& a, const Layout& b, const Layout& d) {
  const bool types = p.compute_type == 72 && p.scale_type == 10 && a.type == 3 && b.type == 3 && d.type == 10;
  const bool shapes = p.a_transposed && a.rows == b.rows && d.rows == a.columns && d.columns == b.columns;
  bool fours = a.rows % 4 == 0 && d.rows % 4 == 0;
  for (const Layout* layout : {&a, &b, &d})
    fours = fours && layout->leading % 4 == 0 && layout->leading >= static_cast<int64_t>(layout->rows);
  return types && shapes && fours;
}

bool aligned(const void* data, uint32_t bytes) { return reinterpret_cast<uintptr_t>(data) % bytes == 0; }

}  // namespace

extern "C" {
#define API __attribute__((visibility("default"))) BlasResult OCTAVO_DRIVER_CALL

/// For tests: products that it has computed, and objects that were not destroyed.
__attribute__((visibility("default"))) int octavo_emulated_products() { return products; }
__attribute__((visibility("default"))) int octavo_emulated_objects() { return objects; }

__attribute__((visibility("default"))) size_t OCTAVO_DRIVER_CALL cublasLtGetVersion() {
  const char* const version = std::getenv("OCTAVO_EMULATED_CUBLASLT_VERSION");
  return version == nullptr ? 130002 : std::strtoull(version, nullptr, 10);
}
API cublasLtCreate(BlasHandle* handle) { return make("Create", 0, handle); }
API cublasLtDestroy(BlasHandle handle) { return destroy<int>(handle); }
API cublasLtMatmulDescCreate(BlasProduct* product, int compute_type, int scale_type) {
  return make("MatmulDescCreate", Product{compute_type, scale_type}, product);
}
API cublasLtMatmulDescDestroy(BlasProduct product) { return destroy<Product>(product); }
API cublasLtMatmulDescSetAttribute(BlasProduct product, int which, const void* value, size_t bytes) {
  if (which != 3 || bytes != sizeof(int32_t)) return BlasResult::kInvalidValue;
  of<Product>(product).a_transposed = *static_cast<const int32_t*>(value) == 1;
  return outcome("MatmulDescSetAttribute");
}
API cublasLtMatrixLayoutCreate(BlasLayout* layout, int type, uint64_t rows, uint64_t columns, int64_t leading) {
  return make("MatrixLayoutCreate", Layout{type, rows, columns, leading}, layout);
}
API cublasLtMatrixLayoutDestroy(BlasLayout layout) { return destroy<Layout>(layout); }
API cublasLtMatmulPreferenceCreate(BlasPreference* preference) {
  return make("MatmulPreferenceCreate", Preference{}, preference);
}
API cublasLtMatmulPreferenceDestroy(BlasPreference preference) { return destroy<Preference>(preference); }
API cublasLtMatmulPreferenceSetAttribute(BlasPreference preference, int which, const void* value, size_t bytes) {
  Preference& p = of<Preference>(preference);
  if (which == 1 && bytes == 8) {
    std::memcpy(&p.workspace_bytes, value, bytes);
  } else if (which >= 5 && which <= 8 && bytes == 4) {
    std::memcpy(&p.alignments[which], value, bytes);
  } else {
    return BlasResult::kInvalidValue;
  }
  return outcome("MatmulPreferenceSetAttribute");
}
API cublasLtMatmulAlgoGetHeuristic(BlasHandle, BlasProduct product, BlasLayout a, BlasLayout b, BlasLayout c,
                                   BlasLayout d, BlasPreference preference, int most, BlasChoice* choices, int* count) {
  if (const BlasResult result = outcome("MatmulAlgoGetHeuristic"); result != BlasResult::kSuccess) return result;
  *count = 0;
  const Preference& p = of<Preference>(preference);
  if (c != d || p.alignments.size() != 4) return BlasResult::kInvalidValue;
  if (!fits(of<Product>(product), of<Layout>(a), of<Layout>(b), of<Layout>(d))) return BlasResult::kNotSupported;
  for (uint64_t i = 0; i < kAlgorithms && *count < most; ++i) {
    // Number 1 wants a workspace; number 2 is refused when it is looked at.
    BlasChoice& choice = choices[(*count)++];
    choice.algorithm.opaque[0] = i + 100;
    choice.algorithm.opaque[1] = p.alignments.at(5);
    choice.workspace_bytes = i == 1 ? 1024 : 0;
    choice.state = i == 2 ? BlasResult::kNotSupported : BlasResult::kSuccess;
    choice.waves = 1;
  }
  return BlasResult::kSuccess;
}
API cublasLtMatmul(BlasHandle, BlasProduct product, const void* alpha, const void* a, BlasLayout a_layout,
                   const void* b, BlasLayout b_layout, const void* beta, const void* c, BlasLayout c_layout, void* d,
                   BlasLayout d_layout, const BlasAlgorithm* algorithm, void* workspace, size_t workspace_bytes,
                   Stream stream) {
  if (const BlasResult result = outcome("Matmul"); result != BlasResult::kSuccess) return result;
  const Layout left = of<Layout>(a_layout), right = of<Layout>(b_layout), out = of<Layout>(d_layout);
  const auto* const scales = static_cast<const int32_t*>(alpha);
  if (!fits(of<Product>(product), left, right, out) || c != d || c_layout != d_layout || stream == nullptr)
    return BlasResult::kInvalidValue;
  if (*scales != 1 || *static_cast<const int32_t*>(beta) != 0) return BlasResult::kInvalidValue;
  const uint64_t number = algorithm->opaque[0] - 100;
  if (number > 1 || !aligned(a, static_cast<uint32_t>(algorithm->opaque[1]))) return BlasResult::kInvalidValue;
  if (number == 1) {
    if (workspace_bytes < 1024 || !aligned(workspace, 256)) return BlasResult::kInvalidValue;
    std::memset(workspace, 1, 1024);
  }
  const char* const wanted = std::getenv("OCTAVO_EMULATED_CUBLASLT_ERROR");
  const uint32_t error = wanted == nullptr ? 0 : static_cast<uint32_t>(std::atoi(wanted));
  const auto *x = static_cast<const int8_t*>(a), *y = static_cast<const int8_t*>(b);
  for (uint64_t j = 0; j < out.columns; ++j)
    for (uint64_t i = 0; i < out.rows; ++i) {
      uint32_t sum = error;
      for (uint64_t p = 0; p < left.rows; ++p)
        sum += static_cast<uint32_t>(x[i * static_cast<uint64_t>(left.leading) + p] *
                                     y[j * static_cast<uint64_t>(right.leading) + p]);
      static_cast<uint32_t*>(d)[j * static_cast<uint64_t>(out.leading) + i] = sum;
    }
  ++products;
  return BlasResult::kSuccess;
}

#undef API
}
