// int8 products on the GPU: every kernel equals loops and the scalar epilogue, byte for byte.
#include "cuda/gemm_i8.h"

#include <cstdlib>
#include <string>

#include "cuda/gemm_i8_plan.h"
#include "gemm_i8_case.h"

using namespace octavo_test;

namespace {

constexpr GemmI8Path kOwnPaths[] = {GemmI8Path::kFew, GemmI8Path::kSmall, GemmI8Path::kLarge, GemmI8Path::kWgmma};
constexpr OutputType kOutputs[] = {OutputType::kInt32, OutputType::kFloat32, OutputType::kFloat16, OutputType::kInt8,
                                   OutputType::kUint8};
constexpr ActivationKind kActivations[] = {ActivationKind::kNone, ActivationKind::kClip, ActivationKind::kGelu,
                                           ActivationKind::kGeluTanh, ActivationKind::kSilu};

bool has_wgmma() { return gpu()->info().major == 9 && gpu()->info().minor == 0; }

bool runs_here(GemmI8Path path) { return path != GemmI8Path::kWgmma || has_wgmma(); }

bool draw(Generator& random) { return random() % 2 == 0; }

/// All that is not given of a case at random, and its shape up to this size.
GemmI8Case draw_case(Generator& random, GemmI8Path path, size_t most) {
  GemmI8Case c;
  c.path = path;
  c.m = 1 + random() % (path == GemmI8Path::kFew ? 16 : most);
  c.n = 1 + random() % most;
  c.k = 1 + random() % most;
  c.a_signed = draw(random);
  c.terms = draw(random);
  c.zero_points = draw(random);
  c.row_scales = draw(random);
  c.bias = draw(random);
  c.residual = draw(random);
  c.gap = draw(random) ? 0 : random() % 9;
  c.start = draw(random) ? 0 : random() % 5;
  // Rows that wide stores fit, every second time.
  if (draw(random)) {
    c.n = (c.n + 15) / 16 * 16;
    c.gap = c.start = 0;
  }
  return c;
}

/// A variable of the emulation for as long as it is in scope; a GPU does not read it.
class Emulation {
 public:
  Emulation(const char* name, const char* value) : name_(name) {
    const char* const before = std::getenv(name);
    before_ = before == nullptr ? "" : before;
    setenv(name, value, 1);
  }
  ~Emulation() { setenv(name_, before_.c_str(), 1); }
  Emulation(const Emulation&) = delete;
  Emulation& operator=(const Emulation&) = delete;

 private:
  const char* name_;
  std::string before_;
};

size_t most_of(GemmI8Path path) { return path == GemmI8Path::kWgmma ? 290 : 200; }

}  // namespace

TEST_CASE("every kernel gives the scalar definition's bytes for every output and activation") {
  Generator random(1);
  for (const GemmI8Path path : kOwnPaths) {
    if (!runs_here(path)) continue;
    for (const OutputType output : kOutputs)
      for (const ActivationKind activation : kActivations) {
        if (output == OutputType::kInt32 && activation > ActivationKind::kClip) continue;
        GemmI8Case c = draw_case(random, path, most_of(path));
        c.output = output;
        c.activation = activation;
        GemmI8Values(c, random).check();
      }
  }
}

TEST_CASE("NaN, infinities, ties and zeros of both signs come out as on the CPU") {
  Generator random(2);
  for (const OutputType output : kOutputs)
    for (const ActivationKind activation : kActivations) {
      GemmI8Case c = draw_case(random, GemmI8Path::kSmall, 70);
      c.output = output;
      c.activation = activation;
      c.special = true;
      GemmI8Values(c, random).check();
    }
}

TEST_CASE("shapes around the edges of tiles") {
  Generator random(3);
  for (const GemmI8Path path : {GemmI8Path::kFew, GemmI8Path::kSmall, GemmI8Path::kLarge})
    for (const size_t n : {1, 31, 32, 33, 63, 64, 65, 127, 128, 129})
      for (const size_t k : {0, 1, 15, 16, 17, 63, 64, 65, 257}) {
        if ((n + k) % 3 != 0 && gpu_is_emulated()) continue;
        GemmI8Case c = draw_case(random, path, 16);
        c.n = n;
        c.k = k;
        c.output = kOutputs[random() % std::size(kOutputs)];
        GemmI8Values(c, random).check();
      }
  for (const size_t m : {127, 128, 129, 257})
    for (const size_t n : {255, 256, 257})
      for (const size_t k : {127, 128, 129, 700}) {
        if (!has_wgmma() || ((m + n + k) % 7 != 0 && gpu_is_emulated())) continue;
        GemmI8Case c = draw_case(random, GemmI8Path::kWgmma, 16);
        c.m = m;
        c.n = n;
        c.k = k;
        c.output = kOutputs[random() % std::size(kOutputs)];
        GemmI8Values(c, random).check();
      }
}

TEST_CASE("the kernel that is chosen for a shape computes it") {
  Generator random(4);
  for (const size_t m : {0, 1, 16, 17, 40, 150, 600})
    for (const size_t n : {0, 1, 300}) {
      GemmI8Case c = draw_case(random, GemmI8Path::kBest, 200);
      c.m = m;
      c.n = n;
      c.output = kOutputs[random() % std::size(kOutputs)];
      GemmI8Values(c, random).check();
    }
}

TEST_CASE("products that do not fit a kernel or the GPU are refused") {
  const octavo::device::GemmI8Operands many{nullptr, nullptr, 17, 1, 1, 16, 16};
  const octavo::device::GemmI8Result result{{}, OutputType::kInt32, nullptr, 1};
  CHECK(octavo::cuda::gemm_i8(*gpu(), many, true, result, GemmI8Path::kFew).code == octavo::Code::kUnsupported);
  const octavo::device::GemmI8Operands empty{nullptr, nullptr, 17, 1, 0, 16, 16};
  CHECK(octavo::cuda::gemm_i8(*gpu(), empty, true, result, GemmI8Path::kWgmma).code == octavo::Code::kUnsupported);
}

TEST_CASE("tiles that several blocks share are merged, time after time") {
  Generator random(5);
  for (const GemmI8Path path : {GemmI8Path::kFew, GemmI8Path::kSmall, GemmI8Path::kLarge})
    for (int time = 0; time < 4; ++time) {
      GemmI8Case c = draw_case(random, path, path == GemmI8Path::kFew ? 400 : 64);
      c.k = 1100 + random() % 300;
      if (path == GemmI8Path::kFew) c.n = 385 + random() % 16;
      c.output = kOutputs[random() % std::size(kOutputs)];
      if (gpu_is_emulated()) CHECK(octavo::cuda::plan_gemm_i8(gpu()->info(), c.m, c.n, c.k, path).merges);
      GemmI8Values(c, random).check();
    }
}

TEST_CASE("nothing is read, stored or reused before the copies and products that it waits for are done") {
  const Emulation late("OCTAVO_EMULATED_LATE", "1");
  Generator random(6);
  for (const GemmI8Path path : kOwnPaths)
    for (const size_t k : {1, 200, 700, 1100}) {
      if (!runs_here(path)) continue;
      GemmI8Case c = draw_case(random, path, path == GemmI8Path::kFew ? 400 : 140);
      if (path == GemmI8Path::kWgmma) c.m = 257;
      c.k = k;
      c.output = kOutputs[random() % std::size(kOutputs)];
      GemmI8Values(c, random).check();
    }
}

TEST_CASE("products in quarters, as compute capability 7.5 has them, are the same") {
  const Emulation turing("OCTAVO_EMULATED_CAPABILITY", "75");
  Generator random(7);
  for (const GemmI8Path path : {GemmI8Path::kFew, GemmI8Path::kSmall, GemmI8Path::kLarge})
    for (int time = 0; time < 4; ++time) GemmI8Values(draw_case(random, path, 150), random).check();
}
