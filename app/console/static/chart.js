// Draws where we stand on the price curve, from the points that the page carries.
(() => {
  "use strict";
  const plots = new Map();

  const colour = (name) => {
    const probe = document.createElement("span");
    probe.className = name;
    document.body.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  };
  const short = (value) => (value >= 1e6 ? `${value / 1e6}M` : value >= 1e3 ? `${value / 1e3}k` : `${value}`);
  const dollars = (value) => (value == null ? "-" : `$${value.toLocaleString("en", { maximumSignificantDigits: 9 })}`);
  const tokens = (value) => (value == null ? "-" : `${value.toLocaleString("en")} ndau`);

  const width = (place) => Math.max(240, place.clientWidth);
  const axis = (text, grid, values, size) => ({
    stroke: text,
    grid: { stroke: grid, width: 1 },
    ticks: { stroke: grid, width: 1 },
    font: "12px system-ui, sans-serif",
    values: (_plot, splits) => splits.map((value) => (value == null ? "" : values(value))),
    size,
  });
  const here = (points, line) => (plot) => {
    const x = plot.valToPos(points.basis, "x", true);
    const y = plot.valToPos(points.price, "y", true);
    const context = plot.ctx;
    context.save();
    context.strokeStyle = context.fillStyle = line;
    context.lineWidth = devicePixelRatio;
    context.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
    context.beginPath();
    context.moveTo(x, plot.bbox.top);
    context.lineTo(x, plot.bbox.top + plot.bbox.height);
    context.stroke();
    context.setLineDash([]);
    context.beginPath();
    context.arc(x, y, 5 * devicePixelRatio, 0, 2 * Math.PI);
    context.fill();
    context.restore();
  };

  // Up to where we stand the blocks are sold: their part of the line is drawn again, with the area below it.
  const series = (points, [x, price]) => {
    const at = [...x, points.basis].sort((a, b) => a - b);
    const priceAt = at.map((value) => price[x.findLastIndex((start) => start <= value)]);
    return [at, priceAt, at.map((value, index) => (value <= points.basis ? priceAt[index] : null))];
  };

  const draw = (place, points, which) => {
    plots.get(place.id)?.destroy();
    const [line, grid, text, fill] = ["probe-line", "probe-grid", "probe-text", "probe-fill"].map(colour);
    const isWhole = which === "whole";
    const paths = isWhole ? undefined : uPlot.paths.stepped({ align: 1 });
    const options = {
      width: width(place),
      height: 260,
      legend: { live: true },
      cursor: { drag: { x: false, y: false } },
      scales: { x: { time: false }, y: isWhole ? { distr: 3 } : {} },
      axes: [axis(text, grid, short, 40), axis(text, grid, dollars, isWhole ? 92 : 76)],
      series: [
        { label: "From", value: (_plot, value) => tokens(value) },
        { label: "Price", stroke: line, width: 2, paths, value: (_plot, value) => dollars(value), points: { show: false } },
        { label: "Sold", stroke: fill, fill: fill.replace("rgb(", "rgba(").replace(")", ", 0.18)"), width: 2, paths, value: (_plot, value) => (value == null ? "no" : "yes"), points: { show: false } },
      ],
      hooks: { draw: [here(points, line)] },
    };
    plots.set(place.id, new uPlot(options, series(points, points[which]), place));
  };

  let drawn = "";
  const drawAll = (isForced) => {
    const data = document.getElementById("curve-data");
    if (!data || !window.uPlot || (!isForced && data.textContent === drawn)) return;
    drawn = data.textContent;
    const points = JSON.parse(drawn);
    for (const [id, which] of [["chart-near", "near"], ["chart-whole", "whole"]]) {
      const place = document.getElementById(id);
      if (place && place.clientWidth > 0) draw(place, points, which);
    }
  };

  document.addEventListener("htmx:afterSwap", () => drawAll(false));
  document.addEventListener("meic:theme", () => drawAll(true));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll(true));
  document.getElementById("whole-curve")?.addEventListener("toggle", () => drawAll(true));
  let resizing;
  window.addEventListener("resize", () => {
    clearTimeout(resizing);
    resizing = setTimeout(() => drawAll(true), 150);
  });
  drawAll(true);
})();
