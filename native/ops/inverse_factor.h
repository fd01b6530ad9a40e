// The triangular factor of a symmetric matrix's inverse, which GPTQ walks along.
#pragma once

#include "core/status.h"
#include "ops/gemm_f64.h"

namespace octavo {

/// Replaces a symmetric matrix H [n, n] by the upper triangular U with Uᵀ U = H⁻¹ and a positive diagonal. It is found
/// without the inverse: H = M Mᵀ with an upper triangular M, which Cholesky's method gives from the last row up, and
/// U = M⁻¹. All in double; each element is one chain in the order of its sum's index (those of M before those of its
/// own block in U), so that neither threads nor kernel sets change a bit.
///
/// kRange for a matrix that is not positive definite.
Status inverse_factor(const KernelSet& set, double* h, size_t n);

}  // namespace octavo
