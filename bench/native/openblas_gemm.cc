// OpenBLAS sgemm on one thread; it has no int8 product.
#include "contestant.h"

#ifndef HAVE_OPENBLAS

namespace octavo::bench {
void add_openblas(const Operands&, std::vector<Contestant>*) {}
}  // namespace octavo::bench

#else

#include <cblas.h>

namespace octavo::bench {

void add_openblas(const Operands& operands, std::vector<Contestant>* contestants) {
  if (operands.type != GemmType::kFloat32) return;
  openblas_set_num_threads(1);
  auto product = make_product(operands);
  const Operands* in = &operands;
  const auto run = [in, product] {
    const auto m = static_cast<blasint>(in->m), n = static_cast<blasint>(in->n), k = static_cast<blasint>(in->k);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1, in->a32.data(), k, in->b32.data(), n, 0,
                product->float32.data(), n);
  };
  contestants->push_back({std::string("OpenBLAS ") + openblas_get_corename(), run, product});
}

}  // namespace octavo::bench

#endif
