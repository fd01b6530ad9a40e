export {
  type ModelKind,
  TRANSFORMERS_DTYPES,
  type TransformersDtype,
  transformersDtype,
  transformersFileName,
} from './transformers_file_name';
