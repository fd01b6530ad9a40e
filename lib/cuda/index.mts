// The ESM entry re-exports the CommonJS build, so that both see the same classes.
export * from './index.js';
