// The lines of runs side by side: the best score so far, by trials and by seconds of training.
(function () {
  "use strict";
  var data = JSON.parse(document.getElementById("data").textContent);
  var chart = kerasgridChart;
  var COLOURS = 6;

  function kind(place) {
    return "run-" + place % COLOURS;
  }

  function legend() {
    var place = document.getElementById("legend");
    data.lines.forEach(function (line, number) {
      var item = chart.html("span");
      var mark = chart.svg("svg", { width: 30, height: 10, "aria-hidden": "true" });
      mark.appendChild(chart.svg("line", { x1: 0, x2: 30, y1: 5, y2: 5, "class": "line " + kind(number) }));
      item.appendChild(mark);
      item.appendChild(document.createTextNode(" " + line.name));
      place.appendChild(item);
    });
  }

  function span(values) {
    return [Math.min.apply(null, values), Math.max.apply(null, values)];
  }

  // Each line goes on to the right end at its last value; the first tenth of a search may be far below all others.
  function draw(name, title, label) {
    var all = [].concat.apply([], data.lines.map(function (line) { return line[name]; }));
    if (all.length < 2) {
      return;
    }
    var x = span(all.map(function (point) { return point[0]; }));
    var y = span(all.map(function (point) { return point[1]; }));
    var room = 0.06 * (y[1] - y[0]) || 0.01;
    var figure = chart.html("figure", "view");
    figure.appendChild(chart.html("figcaption")).appendChild(chart.html("h3", "", title));
    var place = figure.appendChild(chart.html("div", "chart"));
    document.getElementById("lines").appendChild(figure);
    chart.draw(place, {
      x: { kind: "even", low: 0, high: x[1], label: label },
      y: { kind: "even", low: y[0] - room, high: y[1] + room, label: data.score },
      lines: data.lines.filter(function (line) { return line[name].length; }).map(function (line) {
        var steps = [];
        line[name].forEach(function (point, place) {
          if (place) {
            steps.push([point[0], line[name][place - 1][1]]);
          }
          steps.push(point);
        });
        return { points: steps, kind: kind(data.lines.indexOf(line)) };
      }),
      about: title
    });
  }

  function drawAll() {
    document.getElementById("lines").replaceChildren();
    draw("trials", "By the number of trials", "trials");
    draw("seconds", "By the time of training", "seconds of training, of all workers together");
  }

  legend();
  drawAll();
  window.addEventListener("resize", drawAll);
})();
