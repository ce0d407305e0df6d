// Workers over time: a lane for each worker, a bar for each fit.
var kerasgridLanes = (function () {
  "use strict";
  var UNITS = [[7200, 3600, "h"], [180, 60, "min"], [0, 1, "s"]];
  var MOST_HIGH = 420;
  var chart = kerasgridChart;
  var drawn = null;

  function unit(seconds) {
    return UNITS.find(function (one) { return seconds > one[0]; }) || UNITS[2];
  }

  // A bar has the state of its best trial: ranks come in order.
  function bars(data) {
    var states = {};
    data.uid.forEach(function (uid, row) { states[uid] = data.state[row]; });
    var found = [];
    data.workers.lanes.forEach(function (lane, place) {
      lane.bars.forEach(function (bar) {
        var uids = bar[2].map(function (rank) { return "t" + rank; });
        var known = uids.filter(function (uid) { return states[uid]; });
        var share = known.length && data.uid.length > 1 ? data.uid.indexOf(known[0]) / (data.uid.length - 1) : 1;
        found.push({ lane: place, from: bar[0], to: bar[1], uids: uids, uid: uids[0] || "", n: bar[3], share: share,
          state: known.length ? states[known[0]] : data.workers.states[uids[0]] || "behind" });
      });
    });
    return found;
  }

  // On a narrow window a name keeps its end, by which the workers of a machine differ.
  function ending(name, left) {
    var most = Math.floor((left - 14) / 7.2);
    return name.length <= most ? name : "…" + name.slice(1 - most);
  }

  function told(bar, name, divisor, word) {
    var ends = [bar.from, bar.to].map(function (at) { return chart.short(at / divisor); });
    var what = bar.n === 1 ? "a fit" : bar.n.toLocaleString("en") + " fits of " + bar.uids.length +
      (bar.uids.length === 1 ? " trial" : " trials, the best has rank " + bar.uid.slice(1));
    return ["worker " + name + ", " + ends[0] + "–" + ends[1] + " " + word + ": " + what];
  }

  function paint() {
    if (drawn === null || !document.body.contains(drawn.place)) {
      return;
    }
    var style = getComputedStyle(document.documentElement);
    var pen = drawn.canvas.getContext("2d");
    var colours = {};
    ["best", "tied", "behind", "dropped", "bad"].forEach(function (kind) {
      colours[kind] = style.getPropertyValue("--" + kind).trim();
    });
    pen.setTransform(drawn.ratio, 0, 0, drawn.ratio, 0, 0);
    pen.clearRect(0, 0, drawn.width, drawn.height);
    drawn.bars.forEach(function (bar) {
      var wide = bar.right - bar.left;
      var isChosen = kerasgridSelection.get() === null || bar.uids.some(kerasgridSelection.has);
      // Who is behind is fainter the further behind.
      pen.globalAlpha = !isChosen ? 0.12 : bar.state === "behind" ? 0.95 - 0.6 * bar.share : 0.95;
      pen.fillStyle = colours[bar.state];
      // Neighbours stay apart where there is room for it.
      pen.fillRect(bar.left, bar.py - drawn.high / 2, wide > 3 ? wide - 0.8 : Math.max(0.6, wide), drawn.high);
      if (wide > 3 && bar.state === "bad") {
        pen.clearRect(bar.left + 1.2, bar.py - drawn.high / 2 + 1.2, wide - 3.2, drawn.high - 2.4);
      }
      if (wide > 3 && bar.state === "best") {
        pen.globalAlpha = 1;
        pen.strokeStyle = style.getPropertyValue("--ink").trim();
        pen.lineWidth = 1.2;
        pen.strokeRect(bar.left + 0.6, bar.py - drawn.high / 2 + 0.6, wide - 2, drawn.high - 1.2);
      }
    });
  }

  return {
    // Draws the view, if it is known who trained when; describe tells of a bar.
    draw: function (data, figure, describe) {
      var view = data.workers;
      drawn = null;
      if (!view) {
        return;
      }
      var by = unit(view.seconds);
      var names = view.lanes.map(function (lane) { return lane.name; });
      var longest = Math.max.apply(null, names.map(function (name) { return name.length; }));
      var each = Math.max(3, Math.min(24, MOST_HIGH / names.length));
      var place = figure("workers", "Workers over time", view.line + (view.note ? " " + view.note : "") +
        " A bar is a fit and the building of its program. What is behind is fainter the worse it is; what failed is hollow.");
      place.parentNode.classList.add("wide");
      // Long names, such as those of machines, tell what they are by themselves.
      var isLong = longest > 8;
      var left = Math.max(40, Math.min(0.4 * place.clientWidth, 200, 16 + 6.8 * longest + (isLong ? 0 : 14)));
      drawn = chart.draw(place, {
        height: Math.max(90, 58 + Math.round(each * names.length)), left: left,
        x: { kind: "even", low: 0, high: view.seconds / by[1] || 1, label: "time since the first fit (" + by[2] + ")" },
        y: { kind: "levels", levels: names.map(function (name) { return ending(name, left); }).reverse(), label: isLong ? "" : "worker" },
        lines: view.breaks.map(function (at) {
          return { points: [[at / by[1], -0.5], [at / by[1], names.length - 0.5]], kind: "break" };
        }),
        about: "Workers over time: " + view.line
      });
      drawn.high = Math.max(2, Math.min(18, 0.78 * drawn.y.band));
      drawn.bars = bars(data);
      drawn.bars.forEach(function (bar) {
        bar.left = drawn.x.at(bar.from / by[1]);
        bar.right = drawn.x.at(bar.to / by[1]);
        bar.px = (bar.left + bar.right) / 2;
        bar.py = drawn.y.at(names.length - 1 - bar.lane);
        bar.told = told(bar, names[bar.lane], by[1], by[2]);
      });
      drawn.find = function (px, py) {
        return drawn.bars.find(function (bar) {
          return Math.abs(bar.py - py) <= drawn.high / 2 + 2 && px >= bar.left - 1 && px <= Math.max(bar.right, bar.left + 2);
        }) || null;
      };
      paint();
      kerasgridPointing.at(drawn, describe);
      place.parentNode.appendChild(chart.folded("The workers as a table", chart.table(view.table.head, view.table.rows, true)));
    },
    // Paints the bars anew: others may be chosen.
    paint: paint
  };
})();
