export { quantizeTable, type TableContext } from './byte_table';
export { type ByteWeightOptions, ByteWeights, type StoredWeight } from './byte_weights';
export { compactConstants } from './compact_constants';
export { dropUnreadConstants, GraphRewriter, type InsertOptions } from './graph_rewriter';
export { computedFrom, isHeld } from './lazy_tensor';
export { sumResiduals } from './sum_residuals';
export { tieWeights } from './tie_weights';
export { type MatrixUse, matrixOf, type Product, productOfNode, transposeMatrix, valuesOf } from './weights';
