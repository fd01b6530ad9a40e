// Weights of panels as float32 rows: to hand them out, to compare, to convert.
#pragma once

#include "ops/panel_product.h"

namespace octavo {

/// b[n][k] = the weights, decoded and scaled, each product rounded once. kNative without memory.
Status decode_rows(const KernelSet& set, const PanelWeights& weights, float* b);

}  // namespace octavo
