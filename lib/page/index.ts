export { at, type Content, html, Markup } from './markup';
export { PAGE_STYLE } from './page_style';
