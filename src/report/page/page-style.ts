/** Style of a page: light or dark as the system, a phone to a wide screen, and paper. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; color: #1f2328; background: #fff; --link: #0a5dad; --page: #fff; --card: #f6f8fa; --line: #8884; --hue: 59 143 232; --wrong: 232 116 59; }
@media (prefers-color-scheme: dark) { :root { color: #e6e8eb; background: #16181c; --page: #16181c; --link: #7db8f5; --card: #1f2329; } }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; }
header, nav, main { max-width: 60rem; margin: 0 auto; padding: 0 1rem; }
header { padding-top: 1rem; }
main { padding-bottom: 2rem; }
a { color: var(--link); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
h1 { font-size: 1.5rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 0; }
h3 { font-size: 0.9375rem; margin: 1.25rem 0 0; }
section { margin: 2rem 0 0; scroll-margin-top: 1rem; }
p { margin: 0.25rem 0; max-width: 46rem; opacity: 0.8; white-space: pre-line; overflow-wrap: anywhere; }
nav ol { list-style: none; margin: 0.5rem 0; padding: 0; display: flex; flex-wrap: wrap; gap: 0 1rem; font-size: 0.875rem; }
nav a { display: block; padding: 0.3rem 0; text-decoration: none; }
nav a:hover { text-decoration: underline; }
.beside { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(17rem, 100%), 1fr)); gap: 0 1.5rem; }
.beside section { min-width: 0; display: grid; grid-row: span 3; grid-template-rows: subgrid; }
figure { margin: 0.5rem 0; width: 100%; overflow-x: auto; }
figure svg { display: block; color: inherit; }
.cell svg { max-width: 100%; height: auto; }
.cell text { font-family: Helvetica, Arial, sans-serif; text-anchor: middle; }
.table, .facts { overflow-x: auto; margin: 0.5rem 0; }
.table td { white-space: nowrap; }
.table td.long { white-space: normal; min-width: 16rem; }
.facts td { overflow-wrap: anywhere; }
table { border-collapse: collapse; font-size: 0.875rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.15rem 1rem 0.15rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { font-weight: 600; }
pre { flex: 1; margin: 0; font-size: 0.8125rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.code { display: flex; gap: 0.75rem; align-items: flex-start; padding: 0.75rem; background: #8882; border-radius: 4px; margin: 0.35rem 0; }
button { font: inherit; font-size: 0.875rem; min-width: 4.5rem; min-height: 2.25rem; }
.slider { display: flex; gap: 0.75rem; align-items: center; max-width: 40rem; }
.slider input { flex: 1; min-width: 6rem; }
.slider output { min-width: 7rem; font-variant-numeric: tabular-nums; }
#to-result { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 1rem 1.25rem 1.25rem; margin-top: 1.25rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: 0.75rem 1.5rem; margin: 0.75rem 0; }
.tiles div { display: flex; flex-direction: column-reverse; justify-content: flex-end; }
.tiles dt { font-size: 0.8125rem; line-height: 1.35; opacity: 0.8; }
.tiles dd { margin: 0; font-size: 1.5rem; font-weight: 600; line-height: 1.25; white-space: nowrap; }
.tiles div:first-child dd { font-size: 2.25rem; }
.confusion th, .confusion td { padding: 0.2rem 0.3rem; text-align: center; vertical-align: middle; border: 1px solid var(--line); min-width: 2.4rem; }
.confusion tbody th, .confusion thead th:first-child { text-align: right; white-space: nowrap; position: sticky; left: 0; background: var(--page); }
.confusion thead th { vertical-align: bottom; }
.confusion thead span { writing-mode: vertical-rl; transform: rotate(180deg); }
.confusion td { background: rgb(var(--wrong) / var(--share)); }
.confusion td.right { background: rgb(var(--hue) / var(--share)); }
td.bar { min-width: 12rem; background: linear-gradient(rgb(var(--hue) / 0.35), rgb(var(--hue) / 0.35)) no-repeat 0 0 / var(--share) 100%; padding-left: 0.3rem; }
td.bar + td { padding-left: 1rem; }
.tall { max-height: 30rem; overflow-y: auto; }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); gap: 1rem; margin: 0.75rem 0; }
.pictures figure { margin: 0; font-size: 0.8125rem; line-height: 1.35; overflow: visible; }
.pictures img { display: block; width: 96px; height: 96px; image-rendering: pixelated; margin-bottom: 0.25rem; }
.pictures small { opacity: 0.8; }
@media (min-width: 78rem) {
  body { display: grid; grid-template-columns: minmax(13rem, 1fr) 60rem 1fr; grid-template-rows: auto 1fr; }
  header, main { grid-column: 2; width: 100%; }
  nav { grid-column: 1; grid-row: 1 / span 2; position: sticky; top: 0; align-self: start; margin: 0; max-height: 100vh; overflow-y: auto; padding: 1.25rem 0.5rem 1rem 1.25rem; }
  nav ol { display: block; }
}
@media (max-width: 30rem) {
  #to-result { padding: 0.75rem; margin-left: -0.5rem; margin-right: -0.5rem; }
  .code { flex-direction: column; }
  td.bar { min-width: 7rem; }
}
@media print {
  :root { color-scheme: light; color: #000; background: #fff; --page: #fff; --card: #fff; }
  nav, button, .slider { display: none; }
  header, main { max-width: none; padding: 0; }
  section, figure, tr { break-inside: avoid; }
  h2, h3, p { break-after: avoid; }
  figure, .table, .facts, .tall { overflow: visible; max-height: none; }
  figure svg { max-width: 100%; min-width: 0 !important; height: auto; }
  * { print-color-adjust: exact; }
}
`;
