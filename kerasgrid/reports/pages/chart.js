// One chart: axes and lines as SVG, points on a canvas below them, so that ten thousand are drawn at once.
var kerasgridChart = (function () {
  "use strict";
  var SPACE = "http://www.w3.org/2000/svg";
  var ROOM = { left: 58, right: 14, top: 10, bottom: 44 };
  var NEAR = 14;

  function svg(name, attributes, text) {
    var made = document.createElementNS(SPACE, name);
    Object.keys(attributes || {}).forEach(function (key) { made.setAttribute(key, attributes[key]); });
    if (text !== undefined) {
      made.textContent = text;
    }
    return made;
  }

  function html(name, className, text) {
    var made = document.createElement(name);
    if (className) {
      made.className = className;
    }
    if (text !== undefined) {
      made.textContent = text;
    }
    return made;
  }

  // A number as people read it: 0.8931, 12,345, 1e-05.
  function short(value) {
    if (value === 0) {
      return "0";
    }
    var size = Math.abs(value);
    if (size >= 1e7 || size < 1e-4) {
      return String(parseFloat(value.toPrecision(3)).toExponential()).replace("e+", "e");
    }
    return size >= 1000 ? Math.round(value).toLocaleString("en") : String(parseFloat(value.toPrecision(4)));
  }

  function evenTicks(low, high, most) {
    var rough = (high - low) / Math.max(1, most);
    var power = Math.pow(10, Math.floor(Math.log10(rough)));
    var step = [1, 2, 2.5, 5, 10].map(function (n) { return n * power; }).find(function (n) { return n >= rough; });
    var ticks = [];
    for (var at = Math.ceil(low / step - 1e-9); at * step <= high + step * 1e-6; at += 1) {
      ticks.push(parseFloat((at * step).toPrecision(12)));
    }
    return ticks;
  }

  function logTicks(low, high, most) {
    var first = Math.floor(Math.log10(low) + 1e-9);
    var last = Math.ceil(Math.log10(high) - 1e-9);
    if (high < 4 * low) {
      return evenTicks(low, high, Math.min(most, 4));
    }
    var every = Math.max(1, Math.ceil((last - first - 1) / most));
    var steps = last - first <= 3 ? [1, 2, 5] : [1];
    var ticks = [];
    for (var power = first; power <= last; power += every) {
      steps.forEach(function (step) {
        var tick = Number(step + "e" + power);
        if (tick >= low * 0.999 && tick <= high * 1.001) {
          ticks.push(tick);
        }
      });
    }
    return ticks;
  }

  // What turns values of an axis into pixels. Kinds: "even", "log", and "levels" with the place of each level from 0.
  function scale(axis, from, to) {
    var most = Math.max(2, Math.floor(Math.abs(to - from) / (axis.most || 70)));
    if (axis.kind === "levels") {
      var band = (to - from) / axis.levels.length;
      var every = Math.ceil(axis.levels.length / Math.max(1, Math.floor(Math.abs(to - from) / 22)));
      return {
        band: Math.abs(band),
        at: function (value) { return from + (value + 0.5) * band; },
        ticks: axis.levels.map(function (text, place) { return [place, text]; })
          .filter(function (tick) { return tick[0] % every === 0; })
      };
    }
    var turned = axis.kind === "log" ? Math.log : function (value) { return value; };
    var room = (turned(axis.high) - turned(axis.low)) || 1;
    var ticks = axis.kind === "log" ? logTicks(axis.low, axis.high, most) : evenTicks(axis.low, axis.high, most);
    return {
      band: 0,
      at: function (value) { return from + (turned(value) - turned(axis.low)) / room * (to - from); },
      ticks: ticks.map(function (tick) { return [tick, short(tick)]; })
    };
  }

  function cut(text, most) {
    return text.length <= most ? text : text.slice(0, Math.max(1, most - 1)) + "…";
  }

  function drawAxes(layer, chart, x, y) {
    var box = chart.box;
    y.ticks.forEach(function (tick) {
      var at = y.at(tick[0]);
      layer.appendChild(svg("line", { x1: box.left, x2: box.right, y1: at, y2: at, "class": "grid" }));
      layer.appendChild(svg("text", { x: box.left - 7, y: at + 4, "text-anchor": "end" },
        cut(tick[1], Math.floor((box.left - 1) / 6.3))));
    });
    var each = x.ticks.length > 1 ? Math.abs(x.at(x.ticks[1][0]) - x.at(x.ticks[0][0])) : box.right - box.left;
    var most = Math.max(3, Math.floor(each / 6.6));
    x.ticks.forEach(function (tick) {
      var at = x.at(tick[0]);
      var text = svg("text", { x: at, y: box.bottom + 16, "text-anchor": "middle" }, cut(tick[1], most));
      if (tick[1].length > most) {
        text.appendChild(svg("title", {}, tick[1]));
      }
      layer.appendChild(svg("line", { x1: at, x2: at, y1: box.bottom, y2: box.bottom + 4, "class": "tick" }));
      layer.appendChild(text);
    });
    layer.appendChild(svg("line", { x1: box.left, x2: box.right, y1: box.bottom, y2: box.bottom, "class": "tick" }));
    var middle = (box.left + box.right) / 2;
    var wide = Math.floor((box.right - box.left) / 6.6);
    layer.appendChild(svg("text", { x: middle, y: box.bottom + 36, "text-anchor": "middle", "class": "name" },
      cut(chart.spec.x.label, wide)));
    layer.appendChild(svg("text", { x: 12, y: (box.top + box.bottom) / 2, "text-anchor": "middle", "class": "name",
      transform: "rotate(-90 12 " + (box.top + box.bottom) / 2 + ")" }, cut(chart.spec.y.label, 30)));
  }

  function path(points) {
    return points.map(function (point, place) {
      return (place ? "L" : "M") + point[0].toFixed(1) + " " + point[1].toFixed(1);
    }).join("");
  }

  function within(value, axis) {
    return axis.kind === "levels" ? value : Math.min(Math.max(value, axis.low), axis.high);
  }

  function drawSpans(layer, chart, x, y) {
    var spec = chart.spec;
    (spec.spans || []).forEach(function (span) {
      var top = y.at(within(span.high, spec.y));
      layer.appendChild(svg("rect", { x: chart.box.left, width: chart.box.right - chart.box.left, y: top,
        height: Math.max(1, y.at(within(span.low, spec.y)) - top), "class": "span" }));
    });
    (spec.bands || []).forEach(function (band) {
      var upper = band.map(function (p) { return [x.at(p[0]), y.at(within(p[1] + p[2], spec.y))]; });
      var lower = band.map(function (p) { return [x.at(p[0]), y.at(within(p[1] - p[2], spec.y))]; }).reverse();
      layer.appendChild(svg("path", { d: path(upper.concat(lower)) + "Z", "class": "span" }));
    });
  }

  function drawLines(layer, chart, x, y) {
    var spec = chart.spec;
    (spec.lines || []).forEach(function (line) {
      var points = line.points.filter(function (p) { return p[1] !== null; })
        .map(function (p) { return [x.at(p[0]), y.at(within(p[1], spec.y))]; });
      layer.appendChild(svg("path", { d: path(points), "class": "line " + (line.kind || "") }));
    });
    (spec.errors || []).forEach(function (one) {
      var at = x.at(one[0]);
      if (one[2] !== null) {
        layer.appendChild(svg("line", { x1: at, x2: at, y1: y.at(within(one[1] + one[2], spec.y)),
          y2: y.at(within(one[1] - one[2], spec.y)), "class": "line mean" }));
      }
      layer.appendChild(svg("line", { x1: at - 9, x2: at + 9, y1: y.at(within(one[1], spec.y)),
        y2: y.at(within(one[1], spec.y)), "class": "line mean" }));
    });
  }

  function drawPoint(pen, point, colours, isChosen) {
    var kind = point.state;
    pen.globalAlpha = isChosen ? 0.9 : 0.12;
    pen.strokeStyle = pen.fillStyle = colours[kind];
    pen.lineWidth = 1.4;
    pen.beginPath();
    if (point.isOut) {
      // Beyond the end of the axis: a triangle that points there.
      pen.moveTo(point.px - 4, point.py - 7);
      pen.lineTo(point.px + 4, point.py - 7);
      pen.lineTo(point.px, point.py);
      pen.closePath();
      pen.stroke();
    } else if (kind === "best") {
      pen.moveTo(point.px, point.py - 6.5);
      pen.lineTo(point.px + 6.5, point.py);
      pen.lineTo(point.px, point.py + 6.5);
      pen.lineTo(point.px - 6.5, point.py);
      pen.closePath();
      pen.fill();
    } else {
      pen.arc(point.px, point.py, kind === "tied" ? 3.6 : 3, 0, 7);
      if (kind === "tied") {
        pen.fill();
      } else {
        pen.stroke();
      }
    }
  }

  function drawPoints(chart) {
    var style = getComputedStyle(document.documentElement);
    var colours = {};
    ["best", "tied", "behind", "dropped"].forEach(function (kind) {
      colours[kind] = style.getPropertyValue("--" + kind).trim();
    });
    var pen = chart.canvas.getContext("2d");
    pen.setTransform(chart.ratio, 0, 0, chart.ratio, 0, 0);
    pen.clearRect(0, 0, chart.width, chart.height);
    // The worst first, so that the best lie on top.
    for (var place = chart.points.length - 1; place >= 0; place -= 1) {
      var point = chart.points[place];
      drawPoint(pen, point, colours, point.isPlain || kerasgridSelection.has(point.uid));
    }
  }

  // Draws a chart into a place, anew or for the first time, and returns it.
  function draw(place, spec) {
    var chart = { place: place, spec: spec, width: Math.max(240, place.clientWidth), height: spec.height || 250 };
    chart.box = { left: spec.left || ROOM.left, right: chart.width - ROOM.right, top: ROOM.top, bottom: chart.height - ROOM.bottom };
    chart.ratio = Math.max(1, window.devicePixelRatio || 1);
    var x = scale(spec.x, chart.box.left, chart.box.right);
    var y = scale(Object.assign({ most: 36 }, spec.y), chart.box.bottom, chart.box.top);
    chart.x = x;
    chart.y = y;
    chart.canvas = html("canvas");
    chart.canvas.width = chart.width * chart.ratio;
    chart.canvas.height = chart.height * chart.ratio;
    // Below the points lie the axes, and above them the lines; the layer on top is the one that is pointed at.
    var size = { viewBox: "0 0 " + chart.width + " " + chart.height, width: chart.width, height: chart.height };
    var below = svg("svg", Object.assign({ role: "img", "aria-label": spec.about }, size));
    chart.layer = svg("svg", Object.assign({ "class": "top", "aria-hidden": "true" }, size));
    drawSpans(below, chart, x, y);
    drawAxes(below, chart, x, y);
    drawLines(chart.layer, chart, x, y);
    chart.points = (spec.points || []).map(function (point) {
      var spread = x.band && point.spread ? point.spread * Math.min(x.band, 90) * 0.6 : 0;
      var py = y.at(within(point.y, spec.y));
      return Object.assign({}, point, { px: x.at(point.x) + spread, py: py, isOut: within(point.y, spec.y) !== point.y });
    });
    // On paper the columns are narrower than on the screen, and nothing is drawn anew.
    place.style.aspectRatio = chart.width + " / " + chart.height;
    place.replaceChildren(below, chart.canvas, chart.layer);
    drawPoints(chart);
    return chart;
  }

  function nearest(chart, px, py) {
    var found = null;
    var least = NEAR * NEAR;
    chart.points.forEach(function (point) {
      var apart = (point.px - px) * (point.px - px) + (point.py - py) * (point.py - py);
      if (apart < least) {
        least = apart;
        found = point;
      }
    });
    return found;
  }

  // What a view shows, as a table that is unfolded: for who does not see it, and for who wants the numbers.
  function table(head, rows, isHead) {
    var made = html("table");
    var heads = html("tr");
    head.forEach(function (text) { heads.appendChild(html("th", "", text)).scope = "col"; });
    made.appendChild(html("thead")).appendChild(heads);
    var body = made.appendChild(html("tbody"));
    rows.forEach(function (row) {
      var line = body.appendChild(html("tr"));
      row.forEach(function (text, place) {
        var cell = line.appendChild(html(place === 0 && isHead ? "th" : "td", "", text));
        if (cell.tagName === "TH") {
          cell.scope = "row";
        }
      });
    });
    return made;
  }

  // What scrolls is reached by keyboard, too.
  function scrolled(name, content) {
    var room = html("div", "scroll");
    room.tabIndex = 0;
    room.setAttribute("role", "region");
    room.setAttribute("aria-label", name);
    room.appendChild(content);
    return room;
  }

  function folded(summary, content) {
    var made = html("details", "as-table");
    made.appendChild(html("summary", "", summary));
    made.appendChild(scrolled(summary, content));
    return made;
  }

  return { draw: draw, drawPoints: drawPoints, nearest: nearest, short: short, cut: cut, svg: svg, html: html,
    table: table, folded: folded, scrolled: scrolled };
})();
