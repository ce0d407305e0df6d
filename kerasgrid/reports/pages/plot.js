// HiPlot's plots in our page, and what ties them to our table.
var kerasgridPlot = (function () {
  "use strict";
  var data = JSON.parse(document.getElementById("data").textContent);
  var scheme = window.matchMedia("(prefers-color-scheme: dark)");
  var times = 0;
  var bridge = null;
  var lastSelected = null;
  var lastColour = null;

  // HiPlot keeps its own state in one of these; ours forgets with the page.
  function Memory() {
    this.values = {};
    this.below = {};
  }
  Memory.prototype.get = function (name, otherwise) { return name in this.values ? this.values[name] : otherwise; };
  Memory.prototype.set = function (name, value) { this.values[name] = value; };
  Memory.prototype.children = function (name) {
    if (!(name in this.below)) {
      this.below[name] = new Memory();
    }
    return this.below[name];
  };
  var memory = new Memory();

  // Stands where HiPlot would draw its table: it draws nothing, and tells ours what HiPlot knows.
  function Bridge(props) {
    bridge = props;
    window.setTimeout(follow, 0);
    return null;
  }

  function follow() {
    if (bridge === null || bridge.rows_selected === lastSelected && bridge.colorby === lastColour) {
      return;
    }
    lastSelected = bridge.rows_selected;
    lastColour = bridge.colorby;
    var selected = null;
    if (isSelecting()) {
      selected = {};
      bridge.rows_selected.forEach(function (row) { selected[row.uid] = true; });
    }
    kerasgridSelection.set(selected, "plot");
    kerasgridTable.draw();
  }

  // What was chosen elsewhere is drawn by the plot, too.
  function take(chosen, by, before) {
    if (by === "plot") {
      return;
    }
    kerasgridTable.draw();
    if (bridge === null) {
      return;
    }
    if (chosen === null && before === "plot") {
      // HiPlot keeps what was dragged along its axes; another plot forgets it.
      draw();
      return;
    }
    bridge.setSelected(bridge.rows_filtered.filter(function (row) { return kerasgridSelection.has(row.uid); }));
  }

  function isSelecting() {
    return bridge !== null && bridge.rows_selected.length < bridge.rows_all_unfiltered.length;
  }

  function colour(uid) {
    var row = bridge && bridge.dp_lookup[uid];
    return row ? bridge.get_color_for_row(row, 1) : null;
  }

  function hover(uid) {
    if (bridge) {
      bridge.setHighlighted(uid === null ? [] : bridge.rows_filtered.filter(function (row) { return row.uid === uid; }));
    }
  }

  function draw() {
    var place = document.getElementById("plot");
    var dark = scheme.matches;
    if (data.experiment === null) {
      place.hidden = true;
      return;
    }
    place.hidden = false;
    data.experiment.colormap = dark ? data.colormaps.dark : data.colormaps.light;
    var parallel = memory.children("PARALLEL_PLOT");
    // Beside curves the axes need less room.
    var share = data.table ? 0.55 : 0.38;
    parallel.set("height", Math.max(320, Math.min(560, Math.round(window.innerHeight * share))));
    // HiPlot keeps the axes from left to right and reads them from right to left.
    ["order", "hide"].forEach(function (name) { delete parallel.values[name]; });
    // On a narrow window the axes keep apart, and the plot scrolls.
    var axes = (data.experiment.display_data.PARALLEL_PLOT || { order: [] }).order.length;
    place.style.setProperty("--plot-width", 100 * axes + "px");
    place.style.minHeight = place.offsetHeight + "px";
    bridge = lastSelected = lastColour = null;
    times += 1;
    hiplot.render(place, {
      // Another key makes a plot of its own instead of mending the one that is there.
      key: String(times),
      dataProviderName: "none",
      persistentState: memory,
      dark: dark,
      plugins: Object.assign({}, hiplot.build_props({}).plugins, { TABLE: Bridge }),
      experiment: data.experiment
    });
  }

  if (data.table) {
    kerasgridSelection.onChange(take);
    kerasgridSelection.onHover(hover);
    kerasgridTable.connect(colour);
    kerasgridTable.show(data.table);
    kerasgridViews.show(data.views);
  }
  // HiPlot's logo tells nothing that the text beside it does not.
  new MutationObserver(function () {
    document.querySelectorAll("#plot img:not([alt])").forEach(function (image) { image.alt = ""; });
  }).observe(document.getElementById("plot"), { childList: true, subtree: true });
  draw();
  scheme.addEventListener("change", draw);

  return {
    renew: function (content) {
      data = content;
      draw();
    }
  };
})();
