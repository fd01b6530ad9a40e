export {
  type AttributeKind,
  type AttributeSchema,
  NEWEST_OPSET,
  type OperatorSchema,
  operatorSchema,
} from './operator_schema';
