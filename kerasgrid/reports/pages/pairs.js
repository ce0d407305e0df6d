// Two axes at once: the mean score of the trials at each pair of values, as a map.
var kerasgridPairs = (function () {
  "use strict";
  var PARTS = 5;
  var HEIGHT = 250;
  var chart = kerasgridChart;
  var names = [null, null];

  // What a map shows of an axis: its values, or the parts of its range.
  function binned(axis) {
    if (axis.levels) {
      return { texts: axis.levels, at: function (cell) { return cell; } };
    }
    var turned = axis.log ? Math.log : function (value) { return value; };
    var back = axis.log ? Math.exp : function (value) { return value; };
    var low = turned(axis.low);
    var step = (turned(axis.high) - low) / PARTS || 1;
    var ends = [];
    for (var part = 0; part <= PARTS; part += 1) {
      ends.push(chart.short(parseFloat(back(low + part * step).toPrecision(2))));
    }
    var texts = ends.slice(1).map(function (end, place) { return ends[place] + "–" + end; });
    return { texts: texts, ends: ends, at: function (cell) {
      return cell === null ? null : Math.min(PARTS - 1, Math.max(0, Math.floor((turned(cell) - low) / step)));
    } };
  }

  function cells(data, across, down) {
    var one = data.axes.find(function (axis) { return axis.name === across; });
    var other = data.axes.find(function (axis) { return axis.name === down; });
    var found = { across: binned(one), down: binned(other), sums: {} };
    data.uid.forEach(function (uid, row) {
      var at = found.across.at(one.cells[row]);
      var below = found.down.at(other.cells[row]);
      if (at === null || at === undefined || below === null || below === undefined || !kerasgridSelection.has(uid)) {
        return;
      }
      var key = at + " " + below;
      var cell = found.sums[key] || (found.sums[key] = { at: at, below: below, sum: 0, uids: [] });
      cell.sum += data.mean[row];
      cell.uids.push(uid);
    });
    return found;
  }

  function drawMap(place, data, found) {
    var width = Math.max(240, place.clientWidth);
    var left = 100;
    var wide = (width - left - 10) / found.across.texts.length;
    var high = (HEIGHT - 44) / found.down.texts.length;
    var all = Object.keys(found.sums).map(function (key) { return found.sums[key]; });
    var means = all.map(function (cell) { return data.sign * cell.sum / cell.uids.length; }).sort(function (a, b) { return a - b; });
    // A tenth of the cells at the low end may be far below all others.
    var low = means[Math.floor(means.length / 10)];
    var room = means[means.length - 1] - low || 1;
    var layer = chart.svg("svg", { viewBox: "0 0 " + width + " " + HEIGHT, width: width, height: HEIGHT, role: "img",
      "aria-label": "Mean scores by " + names[0] + " and " + names[1] });
    all.forEach(function (cell) {
      var mean = cell.sum / cell.uids.length;
      var share = Math.max(0, Math.min(1, (data.sign * mean - low) / room));
      var step = Math.round(8 * share);
      var group = chart.svg("g", { "class": "cell heat-" + step });
      var x = left + cell.at * wide;
      var y = cell.below * high;
      group.appendChild(chart.svg("rect", { x: x + 1, y: y + 1, width: Math.max(1, wide - 2), height: Math.max(1, high - 2) }));
      if (wide > 44 && high > 15) {
        group.appendChild(chart.svg("text", { x: x + wide / 2, y: y + high / 2 + 4, "text-anchor": "middle" }, chart.short(mean)));
      }
      group.appendChild(chart.svg("title", {}, found.across.texts[cell.at] + ", " + found.down.texts[cell.below] + ": " +
        chart.short(mean) + " (" + cell.uids.length + (cell.uids.length === 1 ? " trial)" : " trials)")));
      group.addEventListener("click", function () {
        var choice = {};
        cell.uids.forEach(function (uid) { choice[uid] = true; });
        kerasgridSelection.set(choice, "views");
      });
      layer.appendChild(group);
    });
    // The parts of a range are told by their ends, which stand between the cells.
    (found.down.ends || found.down.texts).forEach(function (text, row) {
      var every = Math.ceil(14 / high);
      var y = (row + (found.down.ends ? 0 : 0.5)) * high + 4;
      if (row % every === 0) {
        layer.appendChild(chart.svg("text", { x: left - 7, y: Math.max(10, y), "text-anchor": "end" }, chart.cut(text, 14)));
      }
    });
    (found.across.ends || found.across.texts).forEach(function (text, column) {
      var every = Math.ceil(40 / wide);
      var x = left + (column + (found.across.ends ? 0 : 0.5)) * wide;
      if (column % every === 0) {
        layer.appendChild(chart.svg("text", { x: Math.min(x, width - 16), y: HEIGHT - 28, "text-anchor": "middle" },
          chart.cut(text, Math.max(4, Math.floor(every * wide / 6.6)))));
      }
    });
    layer.appendChild(chart.svg("text", { x: left + (width - left) / 2, y: HEIGHT - 8, "text-anchor": "middle", "class": "name" }, names[0]));
    place.style.aspectRatio = width + " / " + HEIGHT;
    place.replaceChildren(layer);
  }

  return {
    // tools: figure and select of the views.
    draw: function draw(data, tools) {
      var there = data.axes.map(function (axis) { return axis.name; });
      if (there.length < 2) {
        return;
      }
      if (there.indexOf(names[0]) < 0 || there.indexOf(names[1]) < 0 || names[0] === names[1]) {
        // The strongest pair, else the two that matter most.
        var pair = data.shares.find(function (one) { return there.indexOf(one[0]) >= 0 && there.indexOf(one[1]) >= 0; });
        names = pair ? [pair[0], pair[1]] : [there[0], there[1]];
      }
      var place = tools.figure("pairs", "Two axes at once", "Mean score of the trials at each pair. A click chooses them.");
      ["across", "down"].forEach(function (label, side) {
        var others = there.filter(function (name) { return name !== names[1 - side]; });
        tools.select(place, label, others, names[side], function (value) {
          names[side] = value;
          draw(data, tools);
        });
      });
      drawMap(place, data, cells(data, names[0], names[1]));
    }
  };
})();
