export { type DataFile, type DataFileOptions, openDataFile, withDataFile } from './data_file';
export type { ElementType } from './elements';
export { type RowArray, rowsOf } from './rows';
export { nameOf, type Piece, piecesOf, type StoredTensor } from './stored_tensor';
