"""The stylesheet of the page: light, dark, phone and print."""

CSS = """
:root {
  color-scheme: light dark;
  --paper: #f6f7f5; --card: #ffffff; --ink: #1d262b; --soft: #566269; --line: #dfe3e2;
  --accent: #0b7285; --accent-soft: #e4f1ee; --warn: #9a3b00; --good: #1f7a3d;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #0f1518; --card: #171f23; --ink: #e8ecee; --soft: #a9b4b9; --line: #2d383d;
    --accent: #5cc8d7; --accent-soft: #14323a; --warn: #ffa063; --good: #7ddb8f;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 ui-sans-serif, system-ui, "Segoe UI", Roboto, "Noto Sans", Arial,
    "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif;
  font-variant-numeric: tabular-nums;
}
a { color: var(--accent); text-underline-offset: 3px; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.skip { position: absolute; left: -9999px; }
.skip:focus { left: 1rem; top: 1rem; background: var(--card); padding: .5rem 1rem; z-index: 9; }
header, main, footer { max-width: 1120px; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 3rem; }
.languages { float: right; margin: 0 0 0 1rem; }
h1 { font-size: clamp(1.8rem, 1.2rem + 2.6vw, 2.8rem); line-height: 1.12; margin: 0 0 .5rem;
  letter-spacing: -.02em; text-wrap: balance; overflow-wrap: anywhere; }
h2 { font-size: 1.5rem; line-height: 1.2; margin: 3.25rem 0 .35rem; letter-spacing: -.01em; }
h3 { font-size: 1.0625rem; line-height: 1.3; margin: 0 0 .25rem; }
p { margin: .35rem 0 .75rem; max-width: 68ch; }
.soft, figcaption p, section > p, footer { color: var(--soft); }
section > p.lead { color: var(--ink); font-size: 1.125rem; max-width: 64ch; }
.facts { display: flex; flex-wrap: wrap; gap: .35rem 1.5rem; margin: .75rem 0 0; padding: 0;
  color: var(--soft); font-size: .9375rem; }
.facts div { display: flex; gap: .4rem; min-width: 0; }
.facts dd { margin: 0; color: var(--ink); overflow-wrap: anywhere; }
nav { position: sticky; top: 0; z-index: 5; margin-top: 1.5rem; background: var(--paper);
  border-bottom: 1px solid var(--line); }
nav ul { max-width: 1120px; margin: 0 auto; padding: .2rem 1rem; list-style: none; display: flex;
  overflow-x: auto; scrollbar-width: none; }
nav a { display: block; padding: .6rem .5rem; white-space: nowrap; text-decoration: none;
  color: var(--soft); font-size: .9375rem; }
nav a:hover { color: var(--accent); text-decoration: underline; }
section { scroll-margin-top: 4rem; }
.tiles { display: grid; gap: .75rem; margin: 1.25rem 0;
  grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: .9rem 1.1rem; }
.tile b { display: block; font-size: 1.7rem; line-height: 1.2; font-weight: 650;
  letter-spacing: -.02em; }
.tile span { color: var(--soft); font-size: .9375rem; }
.findings { padding: 0; margin: 1rem 0; list-style: none; display: grid; gap: .5rem; }
.findings li { background: var(--accent-soft); border-radius: 8px; padding: .7rem 1rem; }
.note { background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  padding: .7rem 1rem; max-width: none; }
.figures + .scroll { margin-top: 1rem; }
.figures { display: grid; gap: 1rem; grid-template-columns: repeat(2, minmax(0, 1fr));
  margin-top: 1rem; }
figure { grid-column: 1 / -1; margin: 0; padding: 1.2rem 1.3rem .8rem; background: var(--card);
  border: 1px solid var(--line); border-radius: 10px; min-width: 0; }
figure.narrow { grid-column: auto; display: flex; flex-direction: column; }
figure.narrow details { margin-top: auto; }
figcaption p { margin: 0 0 .75rem; font-size: .9375rem; }
.chart { width: 100%; min-height: 7rem; overflow: hidden; }
.chart .vega-embed { width: 100%; }
.chart svg { display: block; max-width: 100%; }
.layers { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; border: 0; margin: 1rem 0 0;
  padding: 0; }
.layers legend { float: left; margin-right: 1.25rem; padding: 0; color: var(--soft); }
.controls { display: flex; flex-wrap: wrap; align-items: center; gap: .4rem .9rem;
  margin: 0 0 .75rem; font-size: .9375rem; }
.controls input[type="range"] { flex: 1 1 12rem; max-width: 28rem; min-width: 0; }
.controls output { min-width: 13.5rem; }
input, select { accent-color: var(--accent); font: inherit; color: inherit; }
select { background: var(--card); border: 1px solid var(--soft); border-radius: 6px;
  padding: .25rem .5rem; }
tr:target { background: var(--accent-soft); }
@media screen { .off { display: none; } }
.layers { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; border: 0; padding: 0;
  margin: 1rem 0 0; }
.layers legend { float: left; margin-right: 1.25rem; padding: 0; color: var(--soft); }
.controls { display: flex; flex-wrap: wrap; align-items: center; gap: .4rem .9rem;
  margin: 0 0 .75rem; font-size: .9375rem; }
.controls input[type="range"] { flex: 1 1 12rem; max-width: 28rem; min-width: 0; }
.controls output { min-width: 13.5rem; }
input, select { accent-color: var(--accent); font: inherit; color: inherit; }
select { background: var(--card); border: 1px solid var(--soft); border-radius: 6px;
  padding: .25rem .5rem; }
tr:target { background: var(--accent-soft); }
@media screen { .off { display: none; } }
details { margin-top: .5rem; font-size: .9375rem; }
summary { cursor: pointer; color: var(--accent); padding: .35rem 0; width: fit-content; }
.scroll { overflow: auto; max-height: 26rem; margin: .5rem 0 1rem; background: var(--card);
  border: 1px solid var(--line); border-radius: 8px; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
caption { text-align: left; font-weight: 600; padding: .7rem .9rem .3rem; }
th, td { padding: .4rem .9rem; text-align: right; border-top: 1px solid var(--line);
  vertical-align: top; }
thead th { color: var(--soft); font-weight: 500; border-top: 0; }
td { white-space: nowrap; }
th:first-child, .words { text-align: left; }
tbody th { font-weight: 500; overflow-wrap: anywhere; min-width: 9rem; }
footer { margin-top: 3.5rem; padding-top: 1.25rem; padding-bottom: 3rem; font-size: .9375rem;
  border-top: 1px solid var(--line); }
@media (max-width: 720px) {
  header, main, footer { padding-left: 1rem; padding-right: 1rem; }
  header { padding-top: 1.75rem; }
  nav ul { padding: .1rem .5rem; }
  .figures { grid-template-columns: minmax(0, 1fr); }
  .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  figure { padding: 1rem .8rem .5rem; }
  .tile b { font-size: 1.4rem; }
  h2 { margin-top: 2.5rem; }
}
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
@media print {
  :root { --paper: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb;
    --accent: #0b5d6b; --accent-soft: #eef5f3; }
  body { font-size: 10.5pt; }
  nav, .skip, details, .layers, .controls, .languages { display: none; }
  header { padding-top: 0; }
  figure, .tile, .findings li, tr { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  .scroll { max-height: none; overflow: visible; }
}
"""
