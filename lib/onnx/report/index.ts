export { type Coverage, coverageByOp, coverageOf, type OpCoverage } from './coverage';
export { showBytes, showDecibel, showRatio, showReal, showShare, showTime } from './figures';
export { toHtml } from './page/report_page';
export type * from './report_types';
export { showDrop, showScore, showSizes, showTimes, type Verdict, verdictOf } from './verdict';
