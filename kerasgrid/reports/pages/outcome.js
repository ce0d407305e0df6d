// What the winner gets right and wrong: confusion or residuals, calibration, examples.
var kerasgridOutcome = (function () {
  "use strict";
  var MOST_NUMBERS = 20;
  var FEW = 10;
  var SHOWN = ["predicted against true", "off by, against predicted"];
  var chart = kerasgridChart;
  var tools = null;
  var data = null;
  var state = { target: null, shown: SHOWN[0], pair: null };

  function folded(place, summary, table, isHead) {
    place.parentNode.appendChild(chart.folded(summary, chart.table(table.head, table.rows, isHead)));
  }

  // Of a row of examples: sample, what is true, what was predicted.
  function pairOf(row) {
    return row[1] === row[2] ? row[1] + ", right but not sure" : row[1] + " taken for " + row[2];
  }

  // Rare mistakes show, since shades rise with the square root of the share.
  function shade(count, sum) {
    return Math.round(8 * Math.sqrt(count / Math.max(1, sum)));
  }

  function label(layer, text, x, y, anchor, most) {
    var made = layer.appendChild(chart.svg("text", { x: x, y: y, "text-anchor": anchor }, chart.cut(text, most)));
    if (text.length > most) {
      made.appendChild(chart.svg("title", {}, text));
    }
  }

  function cellsOf(layer, view, left, size) {
    var n = view.labels.length;
    view.counts.forEach(function (row, down) {
      var sum = row.reduce(function (one, other) { return one + other; }, 0);
      row.forEach(function (count, across) {
        if (count === 0 && n > MOST_NUMBERS) {
          return;
        }
        var group = layer.appendChild(chart.svg("g", { "class": "cell heat-" + shade(count, sum) }));
        var room = n > MOST_NUMBERS ? 0 : 1;
        var pair = pairOf(["", view.labels[down], view.labels[across]]);
        group.appendChild(chart.svg("rect", { x: left + across * size + room / 2, y: down * size + room / 2,
          width: size - room, height: size - room }));
        if (n <= MOST_NUMBERS && count) {
          label(group, count.toLocaleString("en"), left + (across + 0.5) * size, (down + 0.5) * size + 4, "middle",
            Math.max(1, Math.floor(size / 6)));
        }
        group.appendChild(chart.svg("title", {}, (down === across ? view.labels[down] + ", right" : pair) + ": " +
          count.toLocaleString("en") + " of " + sum.toLocaleString("en")));
        group.addEventListener("click", function () {
          state.pair = pair;
          examples();
        });
      });
    });
  }

  function confusion() {
    var view = data.confusion;
    if (!view) {
      return;
    }
    var place = tools.figure("confusion", "What is taken for what", view.line + " Rows are true classes, columns predicted ones.");
    var n = view.labels.length;
    if (n) {
      var longest = Math.max.apply(null, view.labels.map(function (text) { return text.length; }));
      var left = Math.min(130, 14 + 7 * longest);
      var width = Math.max(240, place.clientWidth);
      var size = Math.max(2, Math.min(n < 7 ? 52 : 34, (width - left - 4) / n));
      var most = Math.floor((left - 8) / 6.6);
      var high = Math.ceil(n * size) + 40;
      var every = Math.ceil(14 / size);
      var layer = chart.svg("svg", { viewBox: "0 0 " + width + " " + high, width: width, height: high, role: "img",
        "aria-label": "Confusion of " + n + " classes; the table below tells the same" });
      cellsOf(layer, view, left, size);
      var wide = Math.max(every, Math.ceil(Math.min(longest, 8) * 7 / size));
      view.labels.forEach(function (text, at) {
        if (at % every === 0) {
          label(layer, text, left - 6, (at + 0.5) * size + 4, "end", most);
        }
        if (at % wide === 0) {
          label(layer, text, left + (at + 0.5) * size, n * size + 16, "middle", Math.max(3, Math.floor(wide * size / 6.6)));
        }
      });
      layer.appendChild(chart.svg("text", { x: left + n * size / 2, y: high - 6, "text-anchor": "middle", "class": "name" }, "predicted class"));
      place.style.aspectRatio = width + " / " + high;
      place.replaceChildren(layer);
    }
    folded(place, "The classes as a table", view.table, true);
  }

  function ends(values) {
    var low = Math.min.apply(null, values);
    var high = Math.max.apply(null, values);
    var room = 0.04 * (high - low) || Math.abs(high) * 0.04 || 0.5;
    return [low - room, high + room];
  }

  function residuals() {
    if (!data.residuals) {
      return;
    }
    var names = data.residuals.map(function (one) { return one.name; });
    var view = data.residuals[Math.max(0, names.indexOf(state.target))];
    var isOff = state.shown === SHOWN[1];
    var place = tools.figure("residuals", "How far predictions are off", view.line);
    if (names.length > 1) {
      tools.select(place, "of", names, view.name, function (name) { state.target = name; residuals(); });
    }
    tools.select(place, "show", SHOWN, state.shown, function (shown) { state.shown = shown; residuals(); });
    var points = view.points.map(function (pair) {
      return { x: isOff ? pair[1] : pair[0], y: isOff ? pair[1] - pair[0] : pair[1], state: "tied", isPlain: true,
        told: ["true " + chart.short(pair[0]) + ", predicted " + chart.short(pair[1]), "off by " + chart.short(pair[1] - pair[0])] };
    });
    if (points.length) {
      var x = ends(points.map(function (point) { return point.x; }));
      var y = ends(points.map(function (point) { return point.y; }));
      var both = isOff ? null : [Math.max(x[0], y[0]), Math.min(x[1], y[1])];
      var line = isOff ? [[x[0], 0], [x[1], 0]] : both[0] < both[1] ? [[both[0], both[0]], [both[1], both[1]]] : [];
      var drawn = chart.draw(place, {
        x: { kind: "even", low: x[0], high: x[1], label: isOff ? "predicted value" : "true value" },
        y: { kind: "even", low: y[0], high: y[1], label: isOff ? "predicted − true" : "predicted value" },
        points: points, lines: [{ points: line, kind: "right" }], about: "Predictions of the test set; the table below has the worst"
      });
      kerasgridPointing.telling(drawn, function (uid, point) { return point.told; });
    }
    folded(place, "The predictions furthest off as a table", view.table, false);
  }

  function calibration() {
    var view = data.calibration;
    if (!view) {
      return;
    }
    var place = tools.figure("calibration", "How far probabilities can be trusted", view.line +
      (view.bins.some(function (bin) { return bin[2] < FEW; }) ? " Hollow: fewer than " + FEW + " samples." : ""));
    var low = Math.min.apply(null, view.bins.map(function (bin) { return Math.min(bin[0], bin[1]); }));
    low = Math.max(0, low - 0.05);
    var points = view.bins.map(function (bin) {
      return { x: bin[0], y: bin[1], state: bin[2] < FEW ? "behind" : "tied", isPlain: true, told: ["sure by " + chart.short(100 * bin[0]) + "%, right in " +
        chart.short(100 * bin[1]) + "%", bin[2].toLocaleString("en") + " samples"] };
    });
    var drawn = chart.draw(place, {
      x: { kind: "even", low: low, high: 1.01, label: "probability of the predicted class" },
      y: { kind: "even", low: low, high: 1.02, label: "share that is right" }, points: points,
      lines: [{ points: [[low, low], [1, 1]], kind: "right" },
        { points: points.map(function (point) { return [point.x, point.y]; }), kind: "faint" }],
      about: "How often predictions are right against how sure they are; the table below tells the same"
    });
    kerasgridPointing.telling(drawn, function (uid, point) { return point.told; });
    folded(place, "The calibration as a table", view.table, false);
  }

  function image(rows, about) {
    var canvas = chart.html("canvas", "example-image");
    canvas.width = rows[0].length;
    canvas.height = rows.length;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", about);
    var pen = canvas.getContext("2d");
    var bytes = pen.createImageData(canvas.width, canvas.height);
    rows.forEach(function (row, y) {
      row.forEach(function (value, x) {
        var colour = Array.isArray(value) ? value.length === 1 ? [value[0], value[0], value[0]] : value : [value, value, value];
        bytes.data.set([colour[0], colour[1], colour[2], 255], 4 * (y * canvas.width + x));
      });
    });
    pen.putImageData(bytes, 0, 0);
    return canvas;
  }

  // Those that are chosen: of all, or of one pair of classes.
  function chosen(view) {
    var places = view.rows.map(function (row, place) { return place; });
    return places.filter(function (place) { return state.pair === null || pairOf(view.rows[place]) === state.pair; });
  }

  function pictures(view, places) {
    var list = chart.html("ul", "examples");
    places.forEach(function (place) {
      var row = view.rows[place];
      var item = list.appendChild(chart.html("li"));
      item.appendChild(image(view.images[place], "sample " + row[0] + ": " + pairOf(row)));
      var words = item.appendChild(chart.html("div"));
      words.appendChild(chart.html("div", "", pairOf(row)));
      words.appendChild(chart.html("div", "about", "sample " + row[0] + ", " + view.head[3] + " " + row[3]));
    });
    return list;
  }

  function examples() {
    var view = data.examples;
    if (!view) {
      return;
    }
    var pairs = data.confusion ? view.rows.map(pairOf).filter(function (pair, at, all) { return all.indexOf(pair) === at; }) : [];
    var place = tools.figure("examples", view.title, view.about);
    place.parentNode.classList.add("wide");
    if (pairs.length > 1) {
      var more = state.pair !== null && pairs.indexOf(state.pair) < 0 ? [state.pair] : [];
      tools.select(place, "show", ["all"].concat(more, pairs), state.pair === null ? "all" : state.pair, function (pair) {
        state.pair = pair === "all" ? null : pair;
        examples();
      });
    }
    var places = chosen(view);
    var table = chart.table(view.head, places.map(function (at) { return view.rows[at]; }), false);
    if (places.length === 0) {
      place.appendChild(chart.html("p", "about", "None of the samples that are predicted worst is “" + state.pair + "”."));
    } else if (view.images[0]) {
      place.appendChild(pictures(view, places));
      place.parentNode.appendChild(chart.folded("The samples as a table", table));
    } else {
      place.appendChild(chart.scrolled("The samples that are predicted worst", table)).classList.add("as-table");
    }
  }

  return {
    // with: figure and select of the views.
    draw: function (content, withThese) {
      data = content;
      tools = withThese;
      if (data) {
        confusion();
        residuals();
        calibration();
        examples();
      }
    },
    isThere: function (content) {
      return Boolean(content) && Object.keys(content).some(function (name) { return content[name] !== null; });
    }
  };
})();
