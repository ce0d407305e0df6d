// The views beside HiPlot's plot: history, importance, cost, pairs, learning curves, and a slice for each axis.
var kerasgridViews = (function () {
  "use strict";
  var MOST_SLICES = 6;
  var MOST_LINES = 10;
  var chart = kerasgridChart;
  var data = null;
  var drawn = [];
  var state = { cost: null, allSlices: false, width: 0 };

  function span(values) {
    var known = values.filter(function (value) { return value !== null; });
    return known.length ? [Math.min.apply(null, known), Math.max.apply(null, known)] : null;
  }

  // Both ends of an axis. A few very bad values would press all others together, so they lie beyond its end.
  function ends(values, sign) {
    var sorted = values.map(function (value) { return sign * value; }).sort(function (a, b) { return a - b; });
    var top = sorted[sorted.length - 1];
    var tenth = sorted[Math.floor(sorted.length / 10)];
    var low = tenth < top ? Math.max(sorted[0], tenth - 0.6 * (top - tenth)) : sorted[0];
    var room = 0.06 * (top - low) || Math.abs(top) * 0.01 || 0.01;
    return [sign * (low - room), sign * (top + room)].sort(function (a, b) { return a - b; });
  }

  function scores() {
    var both = ends(data.mean, data.sign);
    return { kind: "even", low: both[0], high: both[1], label: data.score };
  }

  // A fixed shift to the side for each trial, so that equal values do not hide each other.
  function spread(row) {
    return (row * 0.618034) % 1 - 0.5;
  }

  function points(values) {
    var found = [];
    values.forEach(function (value, row) {
      if (value !== null && value !== undefined) {
        found.push({ x: value, y: data.mean[row], uid: data.uid[row], state: data.state[row], spread: spread(row) });
      }
    });
    return found;
  }

  function cellText(axis, cell) {
    return cell === null || cell === undefined ? "–" : axis.levels ? axis.levels[cell] : chart.short(cell);
  }

  function describe(uid) {
    var row = data.uid.indexOf(uid);
    var error = data.error[row];
    var lines = ["rank " + uid.slice(1) + ": " + chart.short(data.mean[row]) + (error === null ? "" : " ± " + chart.short(error))];
    return lines.concat(data.axes.slice(0, 7).map(function (axis) {
      return axis.name + " " + cellText(axis, axis.cells[row]);
    }));
  }

  function figure(name, title, about) {
    var made = document.getElementById("view-" + name);
    if (made === null) {
      made = chart.html("figure", "view");
      made.id = "view-" + name;
      document.getElementById("views").appendChild(made);
    }
    made.replaceChildren();
    var head = chart.html("figcaption");
    head.appendChild(chart.html("h3", "", title));
    if (about) {
      head.appendChild(chart.html("p", "about", about));
    }
    made.appendChild(head);
    var place = chart.html("div", "chart");
    made.appendChild(place);
    return place;
  }

  function select(place, label, names, chosen, onChange) {
    var made = chart.html("label", "choice", label + " ");
    var list = chart.html("select");
    names.forEach(function (name) {
      var option = chart.html("option", "", name);
      option.value = name;
      option.selected = name === chosen;
      list.appendChild(option);
    });
    var view = place.parentNode;
    list.addEventListener("change", function () {
      var number = Array.prototype.indexOf.call(view.querySelectorAll("select"), list);
      onChange(list.value);
      view.querySelectorAll("select")[number].focus();
    });
    made.appendChild(list);
    view.querySelector("figcaption").appendChild(made);
  }

  function show(place, spec) {
    var one = chart.draw(place, spec);
    kerasgridPointing.at(one, describe);
    drawn = drawn.filter(function (other) { return document.body.contains(other.place); });
    drawn.push(one);
  }

  function history() {
    var n = data.uid.length;
    var order = data.place.map(function (place, row) { return [place, row]; }).sort(function (a, b) { return a[0] - b[0]; });
    var numbers = [];
    var line = [];
    var best = null;
    order.forEach(function (pair, place) {
      var mean = data.mean[pair[1]];
      numbers[pair[1]] = place + 1;
      if (data.state[pair[1]] !== "dropped" && (best === null || data.sign * (mean - best) > 0)) {
        if (best !== null) {
          line.push([place + 1, best]);
        }
        best = mean;
        line.push([place + 1, best]);
      }
    });
    line.push([n, best]);
    var winner = data.state.indexOf("best");
    var spans = winner < 0 || data.error[winner] === null ? [] :
      [{ low: data.mean[winner] - data.error[winner], high: data.mean[winner] + data.error[winner] }];
    show(figure("history", "Score over the search", "Each trial as it was tried, and the best so far. The band is the best ± standard error."), {
      x: { kind: "even", low: 0.5, high: n + 0.5, label: "trial, in the order of the search" }, y: scores(),
      points: points(numbers), lines: best === null ? [] : [{ points: line, kind: "so-far" }], spans: spans,
      about: "Scores of " + n + " trials in the order of the search"
    });
  }

  function importance() {
    var told = data.axes.filter(function (axis) { return axis.importance !== null; });
    if (told.length === 0 && data.method.length === 0) {
      return;
    }
    var place = figure("importance", "What matters", data.method.join(" "));
    var list = chart.html("ul", "bars");
    told.map(function (axis) { return [axis.name, axis.importance]; })
      .concat(data.shares.map(function (pair) { return [pair[0] + " × " + pair[1], pair[2]]; }))
      .forEach(function (row) {
        var share = Math.max(0, Math.min(1, row[1]));
        var item = chart.html("li");
        var bar = chart.html("span", "bar");
        bar.style.width = 100 * share + "%";
        item.appendChild(chart.html("span", "bar-name", row[0]));
        item.appendChild(chart.html("span", "bar-room")).appendChild(bar);
        item.appendChild(chart.html("span", "bar-share", share > 0 && share < 0.01 ? "<1%" : Math.round(100 * share) + "%"));
        list.appendChild(item);
      });
    place.appendChild(list);
  }

  function cost() {
    var kinds = Object.keys(data.cost).filter(function (kind) {
      var ends = span(data.cost[kind]);
      return ends !== null && ends[0] < ends[1];
    });
    if (kinds.length === 0) {
      return;
    }
    var kind = kinds.indexOf(state.cost) < 0 ? kinds[0] : state.cost;
    var values = data.cost[kind];
    var ends = span(values);
    var isLog = ends[0] > 0 && ends[1] > 10 * ends[0];
    var front = [];
    values.map(function (value, row) { return [value, row]; }).filter(function (pair) { return pair[0] !== null; })
      .sort(function (a, b) { return a[0] - b[0] || data.sign * (data.mean[b[1]] - data.mean[a[1]]); })
      .forEach(function (pair) {
        var mean = data.mean[pair[1]];
        if (data.state[pair[1]] !== "dropped" && (front.length === 0 || data.sign * (mean - front[front.length - 1][1]) > 0)) {
          front.push([pair[0], mean]);
        }
      });
    var room = 0.04 * (ends[1] - ends[0]);
    var place = figure("cost", "Score against cost", "The line joins the trials that no cheaper one is better than.");
    if (kinds.length > 1) {
      select(place, "cost", kinds, kind, function (value) { state.cost = value; cost(); });
    }
    show(place, {
      x: { kind: isLog ? "log" : "even", low: isLog ? ends[0] / 1.15 : ends[0] - room, high: isLog ? ends[1] * 1.15 : ends[1] + room, label: kind },
      y: scores(), points: points(values), lines: [{ points: front, kind: "so-far" }], about: "Scores against " + kind
    });
  }

  function curves() {
    var ids = Object.keys(data.curves.lines);
    if (ids.length === 0) {
      return;
    }
    var chosen = kerasgridSelection.get();
    var shown = ids.filter(function (uid) { return chosen === null || chosen[uid]; });
    var lines = (shown.length ? shown : ids).slice(0, chosen === null ? MOST_LINES : ids.length);
    var values = [].concat.apply([], lines.map(function (uid) { return data.curves.lines[uid]; }))
      .filter(function (point) { return point[1] !== null; });
    var x = span(values.map(function (point) { return point[0]; }));
    var y = ends(values.map(function (point) { return point[1]; }), data.curves.sign);
    var said = chosen === null ? "The best " + lines.length + " trials" : lines.length + " of the chosen trials";
    show(figure("curves", "Learning curves", said + ", held-out samples, the mean of the fits. The best trial stands out."), {
      x: { kind: "even", low: x[0], high: Math.max(x[1], x[0] + 1), label: "epoch" },
      y: { kind: "even", low: y[0], high: y[1], label: data.curves.metric },
      lines: lines.slice().reverse().map(function (uid) {
        return { points: data.curves.lines[uid], kind: data.state[data.uid.indexOf(uid)] === "best" ? "so-far" : "faint" };
      }),
      about: "Learning curves"
    });
  }

  function slice(axis) {
    var place = figure("slice-" + data.axes.indexOf(axis), axis.name);
    var spec = { y: scores(), points: points(axis.cells), about: "Scores by " + axis.name };
    if (axis.levels) {
      spec.x = { kind: "levels", levels: axis.levels, label: axis.name };
      spec.errors = axis.line;
    } else {
      var room = 0.03 * (axis.high - axis.low) || 1;
      spec.x = { kind: axis.log ? "log" : "even", low: axis.log ? axis.low / 1.1 : axis.low - room,
        high: axis.log ? axis.high * 1.1 : axis.high + room, label: axis.name };
      spec.bands = axis.line.length ? [axis.line] : [];
      spec.lines = axis.line.length ? [{ points: axis.line, kind: "mean" }] : [];
    }
    show(place, spec);
  }

  function slices() {
    data.axes.slice(0, state.allSlices ? data.axes.length : MOST_SLICES).forEach(slice);
    var rest = data.axes.length - MOST_SLICES;
    if (rest > 0 && !state.allSlices) {
      var more = chart.html("button", "more", "Show " + rest + " more " + (rest === 1 ? "axis" : "axes"));
      more.type = "button";
      more.addEventListener("click", function () { state.allSlices = true; redraw(); });
      document.getElementById("views").appendChild(more);
    }
  }

  function pairs() {
    kerasgridPairs.draw(data, { figure: figure, select: select });
  }

  function describeBar(uid, bar) {
    var isOne = bar.uids.length === 1;
    var row = isOne ? data.uid.indexOf(uid) : -1;
    var lines = row >= 0 ? describe(uid) : isOne ? ["rank " + uid.slice(1) + ": no score"] : [];
    return bar.told.concat(lines);
  }

  function redraw() {
    var place = document.getElementById("views");
    place.style.minHeight = place.offsetHeight + "px";
    place.replaceChildren();
    drawn = [];
    var isCompared = data !== null && data.uid.length > 1;
    place.parentNode.hidden = !isCompared && !(data !== null && kerasgridOutcome.isThere(data.outcome));
    if (isCompared) {
      history();
      importance();
      cost();
      curves();
      pairs();
      slices();
      kerasgridLanes.draw(data, figure, describeBar);
    }
    if (!place.parentNode.hidden) {
      kerasgridOutcome.draw(data.outcome, { figure: figure, select: select });
    }
    state.width = place.clientWidth;
    place.style.minHeight = "";
  }

  kerasgridSelection.onChange(function () {
    if (data === null || data.uid.length < 2) {
      return;
    }
    // Points are only painted anew; what is computed of the chosen trials is drawn again.
    drawn.forEach(chart.drawPoints);
    kerasgridLanes.paint();
    curves();
    pairs();
  });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", function () { redraw(); });
  window.addEventListener("resize", function () {
    window.requestAnimationFrame(function () {
      if (data !== null && document.getElementById("views").clientWidth !== state.width) {
        redraw();
      }
    });
  });

  return {
    show: function (content) {
      data = content;
      redraw();
      performance.mark("views");
    }
  };
})();
