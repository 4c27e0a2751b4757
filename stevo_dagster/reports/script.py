"""The page's scripts: the bundled Vega libraries, and the few lines that draw with them."""

from __future__ import annotations

from functools import cache

import vl_convert

# Charts are drawn again when the theme changes; paper is always light. ``ast`` makes Vega interpret
# its expressions instead of compiling them, so the page's policy can forbid eval.
DRAW = """
(function () {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const charts = read("chart-specs"), themes = read("chart-themes");
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const views = new Map();
  let drawn = 0;
  async function draw(name) {
    const turn = ++drawn;
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
    }
    document.documentElement.dataset.charts = name;
  }
  const now = () => (dark.matches ? "dark" : "light");
  dark.addEventListener("change", () => draw(now()));
  window.addEventListener("beforeprint", () => { if (dark.matches) draw("light"); });
  window.addEventListener("afterprint", () => { if (dark.matches) draw("dark"); });
  draw(now()).catch((error) => console.error(error));
})();
"""


@cache
def bundle() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script that fetches nothing, safe inside an element."""
    return vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;").replace(
        "</script", "<\\/script"
    )
