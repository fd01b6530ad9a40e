// What runs in the page: it draws the charts when they come into view, in the colours of light or dark.

export const PAGE_SCRIPT = `
'use strict';
(() => {
  const charts = JSON.parse(document.getElementById('charts').textContent);
  const drawn = new Map();
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const font = '12px system-ui, sans-serif';
  const number = (value) => (value === 0 ? '0' : String(Number(value.toPrecision(4))));

  const axis = (more) => ({
    stroke: colour('--muted'), font, grid: { stroke: colour('--rule'), width: 1 },
    ticks: { stroke: colour('--rule'), width: 1 }, ...more,
  });
  const base = (width) => ({ width, height: width < 500 ? 220 : 280, cursor: { drag: { x: true, y: false } } });

  function thresholds(values) {
    return (u) => {
      const { ctx, bbox } = u;
      ctx.save();
      ctx.strokeStyle = colour('--peer');
      ctx.lineWidth = 2 * devicePixelRatio;
      for (const value of values) {
        const x = Math.round(u.valToPos(value, 'x', true));
        if (x < bbox.left || x > bbox.left + bbox.width) continue;
        ctx.beginPath();
        ctx.moveTo(x, bbox.top);
        ctx.lineTo(x, bbox.top + bbox.height);
        ctx.stroke();
      }
      ctx.restore();
    };
  }

  function histogram({ from, to, counts, thresholds: ends }, width) {
    const step = (to - from) / counts.length;
    const x = counts.map((_, i) => from + (i + 0.5) * step);
    const most = Math.max(1, ...counts);
    const options = {
      ...base(width),
      scales: { x: { time: false, range: [from, to] }, y: { distr: 3, range: [0.5, most * 2] } },
      axes: [
        axis({ values: (_, splits) => splits.map(number) }),
        axis({ size: 60, values: (_, splits) => splits.map((v) => (v === null || v < 1 ? '' : v.toExponential(0).replace('e+', 'e'))) }),
      ],
      series: [
        { label: 'value', value: (_, v) => (v === null ? '--' : number(v)) },
        {
          label: 'count', stroke: colour('--octavo'), fill: colour('--octavo'), width: 0,
          paths: uPlot.paths.bars({ size: [0.92, Infinity] }), fillTo: 0.5, points: { show: false },
          value: (_, v) => (v === null ? '0' : String(v)),
        },
      ],
      hooks: { draw: [thresholds(ends)] },
    };
    return [options, [x, counts.map((count) => (count > 0 ? count : null))]];
  }

  function series({ names, unit, series: lines }, width) {
    const colours = ['--octavo', '--peer', '--cold'].map(colour);
    const options = {
      ...base(width),
      scales: {
        x: { time: false, range: [-0.6, names.length - 0.4] },
        y: lines.some(({ bars }) => bars) ? { range: (_, least, most) => [Math.min(0, 1.05 * least), Math.max(1, 1.05 * most)] } : {},
      },
      axes: [
        axis({ incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000], values: (_, s) => s.map((v) => (names[v] === undefined ? '' : String(v + 1))) }),
        axis({ size: 56, values: (_, splits) => splits.map((v) => number(v) + ' ' + unit) }),
      ],
      series: [
        { label: 'layer', value: (_, v) => (v === null ? '--' : v + 1 + ' ' + (names[v] ?? '')) },
        ...lines.map(({ label, bars }, i) => ({
          label, stroke: colours[i % 3], width: bars ? 0 : 2, spanGaps: true,
          ...(bars ? { fill: colours[i % 3], paths: uPlot.paths.bars({ size: [0.6, 40] }), points: { show: false } } : { points: { show: true, size: 6, fill: colours[i % 3] } }),
          value: (_, v) => (v === null ? '--' : number(v) + ' ' + unit),
        })),
      ],
    };
    return [options, [names.map((_, i) => i), ...lines.map(({ values }) => values)]];
  }

  function draw(figure) {
    drawn.get(figure)?.destroy();
    const chart = charts[Number(figure.dataset.chart)];
    const width = Math.floor(figure.clientWidth);
    if (width < 50) return;
    const [options, values] = (chart.kind === 'histogram' ? histogram : series)(chart, width);
    drawn.set(figure, new uPlot(options, values, figure));
  }

  const figures = [...document.querySelectorAll('.plot')];
  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting && !drawn.has(target)) draw(target);
  }, { rootMargin: '200px' });
  const resized = new ResizeObserver((entries) => {
    for (const { target, contentRect: { width } } of entries)
      if (drawn.has(target) && width >= 50 && drawn.get(target).width !== Math.floor(width)) draw(target);
  });
  for (const figure of figures) { seen.observe(figure); resized.observe(figure); }
  const redraw = () => { for (const figure of [...drawn.keys()]) draw(figure); };
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  addEventListener('beforeprint', () => { for (const figure of figures) draw(figure); });
})();
`;
