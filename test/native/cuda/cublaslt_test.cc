// cuBLASLt at run time: the emulated one that OCTAVO_TEST_CUBLASLT names, or on a GPU the one that is installed.
#include "cuda/cublaslt.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "cuda/gemm_i8.h"
#include "gpu.h"
#include "random_values.h"

using namespace octavo;
using namespace octavo::cuda;
using namespace octavo_test;

namespace {

const char* emulated_library() { return std::getenv("OCTAVO_TEST_CUBLASLT"); }

/// What a function of the emulated library returns.
int emulated(const char* function) {
  void* const library = dlopen(emulated_library(), RTLD_NOW);
  REQUIRE(library != nullptr);
  return reinterpret_cast<int (*)()>(dlsym(library, function))();
}

class Setting {
 public:
  Setting(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~Setting() { unsetenv(name_); }

 private:
  const char* name_;
};

std::shared_ptr<Device> open_gpu() {
  std::shared_ptr<Device> device;
  require_ok(Device::open(0, &device));
  return device;
}

/// A [m, k], W [n, k] and C [m, n] on the device.
struct Product {
  Product(size_t m_, size_t n_, size_t k_, size_t c_stride_)
      : m(m_),
        n(n_),
        k(k_),
        stride((k_ + 15) / 16 * 16),
        c_stride(c_stride_),
        a(bytes(m_ * stride, 1)),
        w(padded(bytes(n_ * stride, 2))),
        c(std::vector<int32_t>(m_ * c_stride_, 77)) {}

  static std::vector<int8_t> bytes(size_t count, unsigned seed) {
    Generator random(seed);
    const auto values = int_values(random, count, -128, 127);
    return {values.begin(), values.end()};
  }
  std::vector<int8_t> padded(std::vector<int8_t> rows) const {
    for (size_t j = 0; j < n; ++j)
      std::fill_n(rows.begin() + static_cast<std::ptrdiff_t>(j * stride + k), stride - k, int8_t{0});
    return rows;
  }
  device::GemmI8Operands operands() const {
    return {reinterpret_cast<const uint8_t*>(a.data()), w.data(), m, n, k, stride, stride};
  }
  device::GemmI8Result result() const {
    device::GemmI8Result result{};
    result.output = OutputType::kInt32;
    result.c = c.data();
    result.c_stride = c_stride;
    return result;
  }
  std::vector<int32_t> compute(Device& device, GemmI8Path path = GemmI8Path::kBest) const {
    require_ok(gemm_i8(device, operands(), true, result(), path));
    require_ok(device.synchronize());
    return c.values();
  }

  size_t m, n, k, stride, c_stride;
  OnDevice<int8_t> a, w;
  OnDevice<int32_t> c;
};

void check_same_as_own(Device& with, Device& without) {
  for (const auto& [m, n, k, c_stride] :
       {std::array<size_t, 4>{64, 4, 16, 4}, {65, 36, 5, 40}, {130, 64, 129, 64}, {64, 100, 256, 128}}) {
    const Product product(m, n, k, c_stride);
    const auto own = product.compute(without);
    Product again(m, n, k, c_stride);
    CHECK(again.compute(with, GemmI8Path::kCublasLt) == own);
    CHECK(Product(m, n, k, c_stride).compute(with, GemmI8Path::kOwn) == own);
  }
}

}  // namespace

TEST_CASE("an installed cuBLASLt gives the own kernels' sums") {
  const auto with = open_gpu(), without = open_gpu();
  if (const Status status = with->use_cublaslt("auto"); !status.ok()) {
    MESSAGE("skipped: no cuBLASLt (" << status.message << ")");
    return;
  }
  check_same_as_own(*with, *without);
}

TEST_CASE("the emulated cuBLASLt gives the own kernels' sums, by each of its algorithms" *
          doctest::skip(emulated_library() == nullptr)) {
  const int objects = emulated("octavo_emulated_objects");
  {
    const auto with = open_gpu(), without = open_gpu();
    require_ok(with->use_cublaslt(emulated_library()));
    CHECK(with->cublaslt()->version() == "13.0.2");
    check_same_as_own(*with, *without);
    const Product product(70, 20, 40, 20);
    const auto own = product.compute(*without);
    CHECK(with->cublaslt()->count_algorithms(product.operands(), product.result()) == 2);
    for (size_t i : {0, 1}) {
      Product again(70, 20, 40, 20);
      require_ok(with->cublaslt()->multiply(again.operands(), again.result(), i));
      require_ok(with->synchronize());
      CHECK(again.c.values() == own);
    }
    const Status third = with->cublaslt()->multiply(product.operands(), product.result(), 2);
    CHECK(third.code == Code::kUnsupported);
    CHECK(emulated("octavo_emulated_objects") > objects);
  }
  CHECK(emulated("octavo_emulated_objects") == objects);
}

TEST_CASE("cuBLASLt takes plain int32 products from 64 rows on" * doctest::skip(emulated_library() == nullptr)) {
  const auto device = open_gpu();
  require_ok(device->use_cublaslt(emulated_library()));
  const auto uses = [&](const Product& product) {
    const int before = emulated("octavo_emulated_products");
    product.compute(*device);
    return emulated("octavo_emulated_products") - before == 1;
  };
  CHECK(uses(Product(64, 8, 32, 8)));
  CHECK_FALSE(uses(Product(63, 8, 32, 8)));
  CHECK_FALSE(uses(Product(64, 7, 32, 8)));
  CHECK_FALSE(uses(Product(64, 8, 32, 9)));
  const Product product(64, 8, 32, 8);
  auto result = product.result();
  CHECK(CublasLt::takes(product.operands(), true, result));
  CHECK_FALSE(CublasLt::takes(product.operands(), false, result));
  const OnDevice<int32_t> terms(std::vector<int32_t>(64, 1));
  result.epilogue.column_term = terms.data();
  CHECK_FALSE(CublasLt::takes(product.operands(), true, result));
  result = product.result();
  result.output = OutputType::kFloat32;
  CHECK_FALSE(CublasLt::takes(product.operands(), true, result));
}

TEST_CASE("whatever fails in cuBLASLt, the own kernels do the job" * doctest::skip(emulated_library() == nullptr)) {
  const auto without = open_gpu();
  const auto own = Product(64, 8, 32, 8).compute(*without);
  for (const char* failure : {"Create:1:1", "MatmulDescCreate:1:3", "MatmulDescSetAttribute:1:7"}) {
    const Setting set("OCTAVO_EMULATED_CUBLASLT_FAILURE", failure);
    const auto device = open_gpu();
    const Status status = device->use_cublaslt(emulated_library());
    CHECK(status.code == Code::kUnsupported);
    CHECK(status.message.find("does not start: status") != std::string::npos);
    CHECK(device->cublaslt() == nullptr);
    CHECK(Product(64, 8, 32, 8).compute(*device) == own);
  }
  for (const char* failure : {"MatrixLayoutCreate:2:3", "MatmulPreferenceCreate:1:14",
                              "MatmulPreferenceSetAttribute:3:7", "MatmulAlgoGetHeuristic:1:15", "Matmul:1:13"}) {
    const auto device = open_gpu();
    require_ok(device->use_cublaslt(emulated_library()));
    const int products = emulated("octavo_emulated_products");
    const Setting set("OCTAVO_EMULATED_CUBLASLT_FAILURE", failure);
    CHECK(Product(64, 8, 32, 8).compute(*device) == own);
    CHECK(Product(64, 8, 32, 8).compute(*device) == own);
    // What it cannot do it is asked once; where there was no memory, again.
    const bool again = std::string(failure).find(":3", std::string(failure).size() - 2) != std::string::npos;
    CHECK(emulated("octavo_emulated_products") - products == (again && failure[3] == 'r' ? 1 : 0));
  }
}

TEST_CASE("a cuBLASLt that cannot be used has a reason") {
  const auto device = open_gpu();
  CHECK(device->use_cublaslt("off").message == "cuBLASLt is switched off");
  CHECK(device->use_cublaslt("/nowhere/libcublasLt.so.13").message.find("/nowhere") != std::string::npos);
  if (emulated_library() == nullptr) return;
  const std::string driver = std::getenv("OCTAVO_CUDA_DRIVER");
  CHECK(device->use_cublaslt(driver).message == driver + " has no cublasLtCreate");
  std::string library = emulated_library();
  library.insert(library.rfind('/'), "/.");  // known by another name
  {
    const Setting set("OCTAVO_EMULATED_CUBLASLT_VERSION", "111103");
    CHECK(device->use_cublaslt(library).message == library + " is version 11.11.3, and 12 is the least");
  }
  const Setting set("OCTAVO_CUBLASLT", emulated_library());
  CHECK(device->use_cublaslt("auto").ok());
  CHECK(device->use_cublaslt("off").code == Code::kUnsupported);
  CHECK(device->cublaslt() == nullptr);
}
