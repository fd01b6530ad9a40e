import path from 'node:path';
import { expect, it } from 'vitest';
import { rulesPage } from './rules_page';

it('docs/onnx-rules.md is current (npx vitest run test/onnx/check/rules_page.test.ts -u writes it)', async () => {
  await expect(rulesPage()).toMatchFileSnapshot(path.join(__dirname, '..', '..', '..', 'docs', 'onnx-rules.md'));
});
