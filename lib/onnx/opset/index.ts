export { raiseIfBelow, raiseOpset } from './raise';
