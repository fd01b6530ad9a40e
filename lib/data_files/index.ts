export { type DataFileOptions, withDataFile } from './data_file';
export type { ElementType } from './elements';
export { nameOf, type Piece, piecesOf, type StoredTensor } from './stored_tensor';
