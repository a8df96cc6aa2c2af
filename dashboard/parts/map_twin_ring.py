"""Map, two maps: JavaScript for a ring on the other map around the product under the pointer.

Streamlit reports clicks and selections but not hovering, so this runs in the browser.
"""

from __future__ import annotations

import streamlit as st

from dashboard.charts.chart_style import MARK

SCRIPT = """<script>
(() => {
  const ring = document.getElementById("twin") ?? document.createElement("div");
  ring.id = "twin";
  ring.style.cssText = "position:fixed;width:22px;height:22px;margin:-11px 0 0 -11px;z-index:9;" +
    "border:3px solid %s;border-radius:50%%;pointer-events:none;display:none";
  document.body.append(ring);
  const places = (plot, axis) => {
    const found = new Map();
    for (const trace of plot._fullData)
      if (trace.xaxis === axis && trace.customdata)
        trace.customdata.forEach((product, i) => found.set(+product, [trace.x[i], trace.y[i]]));
    return found;
  };
  const follow = plot => {
    plot.followed = true;
    let drawn = null, known = {};
    plot.on("plotly_hover", ({points: [point]}) => {
      const axis = point.data.xaxis === "x2" ? "x" : "x2";
      if (drawn !== plot._fullData) { drawn = plot._fullData; known = {}; }
      known[axis] ??= places(plot, axis);
      const twin = known[axis].get(+point.customdata), layout = plot._fullLayout;
      const across = layout[axis.replace("x", "xaxis")], up = layout[axis.replace("x", "yaxis")];
      if (!twin || !across || !up) return;
      const [x, y] = [across.d2p(twin[0]), up.d2p(twin[1])], box = plot.getBoundingClientRect();
      const inside = x >= 0 && y >= 0 && x <= across._length && y <= up._length;
      ring.style.display = inside ? "block" : "none";
      ring.style.left = `${box.x + across._offset + x}px`;
      ring.style.top = `${box.y + up._offset + y}px`;
    });
    plot.on("plotly_unhover", () => { ring.style.display = "none"; });
  };
  if (window.twins) clearInterval(window.twins);
  window.twins = setInterval(() => {
    const plot = document.querySelector(".st-key-%s .js-plotly-plot");
    if (!plot) ring.style.display = "none";
    else if (plot.on && !plot.followed) follow(plot);
  }, 500);
})();
</script>"""


def mark_twins(key: str) -> None:
    """Follow the pointer on the figure with this key, which has two maps."""
    st.html(SCRIPT % (MARK, key), unsafe_allow_javascript=True)
