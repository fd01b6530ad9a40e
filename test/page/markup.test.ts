import { expect, it } from 'vitest';
import { html } from '../../lib/page';

it('escapes what is put in, but for markup', () => {
  const name = `<img src=x onerror="alert('&')">`;
  expect(html`<b title="${name}">${name}</b>`.text).toBe(
    '<b title="&lt;img src=x onerror=&quot;alert(&#39;&amp;&#39;)&quot;&gt;">&lt;img src=x onerror=&quot;alert(&#39;&amp;&#39;)&quot;&gt;</b>',
  );
  expect(html`<ul>${['a<', 1].map((item) => html`<li>${item}</li>`)}${undefined}</ul>`.text).toBe(
    '<ul><li>a&lt;</li><li>1</li></ul>',
  );
});
