/** The one style of all pages. No `<` and no `&`: it stands in the page as it is, and the page is well-formed XML too. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: #eef2ef; --sheet: #ffffff; --sunk: #f3f6f4; --ink: #15211c; --quiet: #4b5b53; --line: #ccd6d0; --edge: #6a7c73;
  --accent: #0b5d4b; --accent-strong: #084738; --on-accent: #ffffff;
  --good: #0b5d4b; --good-ground: #dff1ea; --warn: #744600; --warn-ground: #fbeed3; --bad: #96201b; --bad-ground: #fce7e4;
  --bar-good: #1f9d7f; --bar-warn: #d9962a; --bar-bad: #c8453c;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0e1412; --sheet: #161e1b; --sunk: #0f1613; --ink: #e5ede8; --quiet: #a5b5ac; --line: #2f3d36; --edge: #7f9188;
    --accent: #7ed7bb; --accent-strong: #a5e6d1; --on-accent: #06231b;
    --good: #7ed7bb; --good-ground: #12312a; --warn: #f1c376; --warn-ground: #332710; --bad: #ffb0a7; --bad-ground: #3a1b18;
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-padding-top: 1rem; }
body {
  margin: 0; min-height: 100vh; min-height: 100dvh; display: flex; flex-direction: column;
  background: var(--ground); color: var(--ink); font: 1rem/1.55 var(--sans); overflow-wrap: break-word;
}
header, main, footer { width: 100%; max-width: 29rem; margin-inline: auto; padding-inline: 1rem; }
.document header, .document main, .document footer { max-width: 66rem; }
header { padding-block: 1rem .75rem; display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .25rem 1rem; }
.signed-in { display: flex; align-items: center; gap: .75rem; min-width: 0; }
.signed-in a { display: inline-flex; align-items: center; min-height: 3rem; min-width: 0; overflow-wrap: anywhere; }
.signed-in button { flex: none; }
main { flex: 1; padding-block-end: 2rem; }
.document main { padding-block-start: .5rem; }
main:focus { outline: none; }
footer { padding-block: 1rem 1.5rem; color: var(--quiet); font-size: .875rem; }
footer p { margin: 0; }
.brand {
  display: inline-flex; align-items: center; gap: .625rem; min-height: 3rem; color: var(--ink);
  font-weight: 650; font-size: 1.125rem; letter-spacing: -.01em; text-decoration: none;
}
.mark { width: 1.75rem; height: 1.75rem; flex: none; }
.mark rect:nth-child(1) { fill: var(--bar-good); }
.mark rect:nth-child(2) { fill: var(--bar-warn); }
.mark rect:nth-child(3) { fill: var(--bar-bad); }
.skip { position: absolute; inset-inline-start: 1rem; top: -6rem; padding: .75rem 1rem; background: var(--sheet); z-index: 1; border-radius: .375rem; }
.skip:focus { top: .5rem; }
a { color: var(--accent); text-underline-offset: .18em; }
a:hover { color: var(--accent-strong); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: .25rem; }
h1, h2, h3 { line-height: 1.2; letter-spacing: -.015em; text-wrap: balance; overflow-wrap: anywhere; }
h1 { margin: 0 0 .75rem; font-size: 1.625rem; font-weight: 680; }
h2 { margin: 0 0 .5rem; font-size: 1.125rem; }
.document h1 { font-size: clamp(1.75rem, 1.4rem + 1.6vw, 2.375rem); }
p { margin: 0 0 1rem; text-wrap: pretty; }
strong, bdi { overflow-wrap: anywhere; }
code, pre, kbd, var { font-family: var(--mono); font-size: .9em; }
code, var { overflow-wrap: anywhere; }
var { font-style: normal; padding: 0 .2em; border-radius: .2em; background: var(--sunk); box-shadow: inset 0 0 0 1px var(--line); }
.quiet { color: var(--quiet); }
.lead { font-size: 1.0625rem; color: var(--quiet); max-width: 42rem; }
.small { font-size: .875rem; }
.sheet {
  background: var(--sheet); border: 1px solid var(--line); border-radius: .75rem; padding: 1.5rem 1.25rem;
  box-shadow: 0 1px 2px rgb(0 20 12 / .05), 0 8px 24px rgb(0 20 12 / .05);
}
.sheet > :last-child { margin-block-end: 0; }
.sheet + .sheet { margin-block-start: 1rem; }
@media (min-width: 30rem) { .sheet { padding: 2rem; } }
.task .sheet {
  background-image: linear-gradient(90deg, var(--bar-good) 0 70%, var(--bar-warn) 70% 90%, var(--bar-bad) 90%);
  background-size: 100% 4px; background-repeat: no-repeat;
}
.version { margin-block-start: 1.25rem; }
@media (min-width: 48rem) and (min-height: 40rem) { .task header { padding-block-start: 9vh; } }
label { display: block; margin: 0 0 .375rem; font-weight: 600; }
.field { margin: 0 0 1.25rem; }
input:not([type="hidden"], [type="checkbox"], .heard) {
  display: block; width: 100%; min-height: 3rem; padding: .625rem .875rem; border: 1px solid var(--edge); border-radius: .5rem;
  background: var(--sheet); color: var(--ink); font: inherit;
}
input:focus-visible { outline-offset: 0; border-color: var(--accent); border-radius: .5rem; }
input[aria-invalid="true"] { border-color: var(--bad); }
.error { margin: 0 0 1.25rem; padding: .75rem 1rem; border-inline-start: 4px solid var(--bad); border-radius: .25rem; background: var(--bad-ground); color: var(--bad); font-weight: 600; }
.done { margin: 0 0 1.25rem; padding: .75rem 1rem; border-inline-start: 4px solid var(--good); border-radius: .25rem; background: var(--good-ground); color: var(--good); font-weight: 600; }
.field p { margin: .375rem 0 0; }
.check { display: flex; align-items: center; gap: .75rem; min-height: 3rem; margin: 0 0 1.25rem; font-weight: 400; }
.check input { flex: none; width: 1.5rem; height: 1.5rem; margin: 0; accent-color: var(--accent); }
.heard { position: absolute; width: 1px; height: 1px; margin: 0; padding: 0; border: 0; overflow: hidden; clip-path: inset(50%); }
.entries { list-style: none; margin: 0; padding: 0; }
.entries li { padding: .75rem 0 1rem; border-block-start: 1px solid var(--line); }
.entries h3 { margin: 0 0 .5rem; overflow-wrap: anywhere; }
.entries + form { margin-block-start: .5rem; }
.button {
  display: inline-flex; align-items: center; justify-content: center; min-height: 3rem; padding: .625rem 1.25rem; border-radius: .5rem;
  border: 1px solid var(--edge); color: var(--ink); font-weight: 600; text-decoration: none;
}
.button:hover { background: var(--sunk); color: var(--ink); }
.choices { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1.5rem 0 0; }
.choices button { flex: 1 1 8rem; }
button {
  display: inline-flex; align-items: center; justify-content: center; min-height: 3rem; padding: .625rem 1.25rem; border-radius: .5rem;
  border: 1px solid var(--edge); background: var(--sheet); color: var(--ink); font: inherit; font-weight: 600; cursor: pointer;
}
button:hover { background: var(--sunk); }
button:focus-visible { border-radius: .5rem; }
.primary { width: 100%; border-color: var(--accent); background: var(--accent); color: var(--on-accent); }
.primary:hover { border-color: var(--accent-strong); background: var(--accent-strong); }
.plain { width: 100%; margin-block-start: .5rem; border-color: transparent; background: transparent; color: var(--accent); font-weight: 500; text-decoration: underline; text-underline-offset: .18em; }
.scopes { list-style: none; margin: 0 0 1.25rem; padding: 0; border-block-end: 1px solid var(--line); }
.scopes li { padding: .625rem 0; border-block-start: 1px solid var(--line); }
.scopes b { display: block; font-weight: 600; overflow-wrap: anywhere; }
.scopes span { color: var(--quiet); font-size: .9375rem; }
.pin {
  margin: 0 0 1.25rem; padding: 1rem .75rem; border-radius: .5rem; background: var(--sunk); border: 1px solid var(--line); text-align: center;
  font: 600 clamp(1.25rem, .625rem + 4vw, 2.25rem)/1.4 var(--mono); letter-spacing: .06em; overflow-wrap: anywhere; user-select: all; -webkit-user-select: all;
}
.pin span { display: inline-block; margin-inline: .225em; }
.key {
  margin: 0 0 1.25rem; padding: .75rem; border-radius: .5rem; background: var(--sunk); border: 1px solid var(--line); text-align: center;
  font: 600 1.0625rem/1.6 var(--mono); overflow-wrap: anywhere; user-select: all; -webkit-user-select: all;
}
.key span { display: inline-block; margin-inline: .3em; }
.code { display: block; width: 11rem; max-width: 100%; height: auto; margin: 0 auto; border-radius: .375rem; }
figure { margin: 0 0 1.25rem; text-align: center; }
figcaption { margin-block-start: .5rem; color: var(--quiet); font-size: .9375rem; }
dl.facts { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: .375rem 1rem; margin: 0 0 1rem; }
@media (max-width: 30rem) { dl.facts { grid-template-columns: minmax(0, 1fr); gap: 0; } dl.facts dd { margin-block-end: .5rem; } }
.facts dt { color: var(--quiet); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
pre { margin: 0 0 .75rem; padding: .875rem 1rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--sunk); white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.5; }
.badge { display: inline-block; padding: .0625rem .5rem; border-radius: 1rem; font: 600 .8125rem/1.5 var(--mono); white-space: nowrap; }
.good { background: var(--good-ground); color: var(--good); }
.warn { background: var(--warn-ground); color: var(--warn); }
.bad { background: var(--bad-ground); color: var(--bad); }
.contents ul { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(17rem, 100%), 1fr)); gap: .5rem; list-style: none; margin: 0 0 2rem; padding: 0; }
.contents a {
  display: flex; align-items: center; justify-content: space-between; gap: .75rem; min-height: 3rem; padding: .5rem .875rem;
  border: 1px solid var(--line); border-radius: .5rem; background: var(--sheet); color: var(--ink); text-decoration: none;
}
.contents a:hover { border-color: var(--edge); }
.contents code { font-weight: 600; }
section.contents ul, nav.contents:has(.badge + code) ul { grid-template-columns: minmax(0, 1fr); }
h3 { margin: 1.25rem 0 .5rem; font-size: 1rem; }
details summary { display: flex; align-items: center; min-height: 3rem; margin-block-start: .75rem; color: var(--accent); cursor: pointer; font-weight: 600; }
.status { margin-block-end: 1rem; scroll-margin-top: 1rem; }
.status:target { border-color: var(--accent); box-shadow: 0 0 0 2px var(--accent); }
.status h2 { display: flex; flex-wrap: wrap; align-items: center; gap: .375rem .75rem; font-size: 1.25rem; letter-spacing: 0; }
.status h2 a { color: inherit; text-decoration: none; }
.status h2 a:hover { text-decoration: underline; }
.status h2 code { font-size: 1em; }
table { width: 100%; border-collapse: collapse; font-size: .9375rem; table-layout: fixed; }
th, td { padding: .75rem .75rem .75rem 0; border-block-start: 1px solid var(--line); text-align: start; vertical-align: top; overflow-wrap: anywhere; }
thead th { color: var(--quiet); font-size: .8125rem; font-weight: 600; padding-block: .375rem; border-block-start: 0; }
thead th:nth-child(1) { width: 22%; }
thead th:nth-child(5) { width: 8rem; }
thead th:nth-child(2):nth-last-child(2) { width: 9rem; }
tbody th { font-weight: 600; }
tr:target { background: var(--good-ground); }
.back { margin: .75rem 0 0; font-size: .875rem; }
.back a { display: inline-block; padding-block: .75rem; }
@media (max-width: 52rem) {
  table, tbody, tr, th, td { display: block; width: auto; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tr { padding-block: .75rem; border-block-start: 1px solid var(--line); }
  th, td { padding: 0 0 .5rem; border: 0; }
  td::before { content: attr(data-label); display: block; color: var(--quiet); font-size: .8125rem; font-weight: 600; }
}
@media (forced-colors: active) { .sheet, .badge, .error { border: 1px solid; } }
@media print { .skip, .contents, .back { display: none; } body { background: none; } .sheet { box-shadow: none; break-inside: avoid-page; } }
`;
