"""The page's scripts: the bundled Vega libraries, and the few lines that draw with them."""

from __future__ import annotations

from functools import cache

import vl_convert

# Charts are drawn again when the theme changes; paper is always light. ``ast`` makes Vega interpret
# its expressions instead of compiling them, so the page's policy can forbid eval. A chart that is
# drawn while it is hidden has no width, so all are shown while charts are drawn and on paper.
DRAW = """
(function () {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const charts = read("chart-specs"), themes = read("chart-themes");
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const layers = document.querySelectorAll(".layers input");
  const views = new Map();
  let drawn = 0;
  const steering = (id) => document.querySelectorAll(`[data-chart="${id}"]`);
  function chosen(input) {
    if (input.type !== "range") return input.value;
    const label = JSON.parse(input.dataset.labels)[input.valueAsNumber];
    input.setAttribute("aria-valuetext", label);
    input.nextElementSibling.textContent = label;
    return JSON.parse(input.dataset.values)[input.valueAsNumber];
  }
  async function steer(input) {
    const value = chosen(input), result = views.get(input.dataset.chart);
    if (result) await result.view.signal(input.dataset.parameter, value).runAsync();
  }
  function show(all) {
    for (const layer of layers) {
      document.getElementById(layer.value).classList.toggle("off", !all && !layer.checked);
    }
    window.dispatchEvent(new Event("resize"));
  }
  async function draw(name) {
    const turn = ++drawn;
    show(true);
    for (const [id, spec] of Object.entries(charts)) {
      if (turn !== drawn) return;
      const place = document.getElementById(id);
      const result = await vegaEmbed(place, spec, {
        actions: false, ast: true, renderer: "svg", config: themes[name],
        tooltip: { theme: name },
      });
      // the element around it is the image and carries the words for it
      place.querySelector("svg").setAttribute("aria-hidden", "true");
      if (views.has(id)) views.get(id).finalize();
      views.set(id, result);
      for (const input of steering(id)) await steer(input);
    }
    show(false);
    document.documentElement.dataset.charts = name;
  }
  function open() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const around = target && target.closest("details");
    if (around && !around.open) { around.open = true; target.scrollIntoView({ block: "center" }); }
  }
  const now = () => (dark.matches ? "dark" : "light");
  for (const input of document.querySelectorAll("[data-chart]")) {
    input.addEventListener("input", () => steer(input));
  }
  for (const layer of layers) layer.addEventListener("change", () => show(false));
  dark.addEventListener("change", () => draw(now()));
  window.addEventListener("hashchange", open);
  window.addEventListener("beforeprint", () => { show(true); if (dark.matches) draw("light"); });
  window.addEventListener("afterprint", () => { show(false); if (dark.matches) draw("dark"); });
  draw(now()).then(open).catch((error) => console.error(error));
})();
"""


@cache
def bundle() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script that fetches nothing, safe inside an element."""
    return vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;").replace(
        "</script", "<\\/script"
    )
