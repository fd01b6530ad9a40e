// octavo's own drivers, as the binding calls them.
#include <cstdio>
#include <cstdlib>

#include "contestant.h"
#include "dispatch/dispatch.h"
#include "ops/gemm_f32.h"
#include "ops/gemm_i8.h"
#include "ops/pack.h"

namespace octavo::bench {
namespace {

void require(const Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "octavo_bench: %s\n", status.message.c_str());
  std::exit(1);
}

}  // namespace

void add_octavo(const Operands& operands, std::vector<Contestant>* contestants) {
  const KernelSet& set = active_kernel_set();
  const PackSource source = {operands.k, operands.n, false};
  auto product = make_product(operands);
  const Operands* in = &operands;
  if (operands.type == GemmType::kFloat32) {
    auto b = std::make_shared<PackedFloat32>();
    require(pack_float32(set, operands.b32.data(), source, b.get()));
    const auto run = [&set, in, b, product] {
      require(matmul_f32(set, {in->a32.data(), in->m, in->k}, *b, {}, product->float32.data()));
    };
    contestants->push_back({"octavo", run, product});
    return;
  }
  auto b = std::make_shared<PackedInt8>();
  require(pack_int8(set, operands.b8.data(), source, b.get()));
  const auto type = operands.type == GemmType::kU8S8 ? ActivationType::kUint8 : ActivationType::kInt8;
  const auto run = [&set, in, b, product, type] {
    require(matmul_i8(set, {type, in->a8.data(), in->m, in->k, {}}, *b, {}, {}, product->int32.data()));
  };
  contestants->push_back({"octavo", run, product});
}

}  // namespace octavo::bench
