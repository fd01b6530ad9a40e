// Weights whose scales lie among them, out of a weights file: checked, and used where they lie in its image.
#pragma once

#include "ops/layer_weights.h"
#include "ops/weights_image.h"

namespace octavo {

/// For any layout but kPanels. kFile for numbers that packing could not have given.
Status read_grouped_weights(const WeightsImage& image, LayerWeights* weights);

}  // namespace octavo
