// Pointing at a chart: hovering tells of a trial, a click chooses it, dragging chooses all trials in a box.
var kerasgridPointing = (function () {
  "use strict";
  var MOVED = 5;
  var chart = kerasgridChart;

  function tip(place) {
    var found = place.querySelector(".tip");
    if (found === null) {
      found = chart.html("div", "tip");
      found.hidden = true;
      place.appendChild(found);
    }
    return found;
  }

  function tell(drawn, point, describe) {
    var told = tip(drawn.place);
    if (point === null) {
      told.hidden = true;
      return;
    }
    told.replaceChildren.apply(told, describe(point.uid, point).map(function (line) { return chart.html("div", "", line); }));
    told.hidden = false;
    var left = Math.min(point.px + 12, drawn.width - told.offsetWidth - 4);
    told.style.left = Math.max(0, left) + "px";
    told.style.top = Math.max(0, point.py - told.offsetHeight - 10) + "px";
  }

  function choose(found, isMore) {
    var choice = isMore ? Object.assign({}, kerasgridSelection.get() || {}) : {};
    found.forEach(function (point) {
      (point.uids || [point.uid]).forEach(function (uid) { choice[uid] = true; });
    });
    kerasgridSelection.set(found.length ? choice : isMore ? choice : null, "views");
  }

  return {
    // Has a drawn chart tell of what is pointed at, and nothing else: its points are no trials.
    telling: function (drawn, describe) {
      drawn.layer.addEventListener("pointermove", function (event) {
        var edge = drawn.layer.getBoundingClientRect();
        tell(drawn, chart.nearest(drawn, event.clientX - edge.left, event.clientY - edge.top), describe);
      });
      drawn.layer.addEventListener("pointerleave", function () { tell(drawn, null, describe); });
    },
    // Makes a drawn chart answer; describe returns lines of text for the uid of a trial. A chart of bars, each with a
    // left and a right end, finds the one at a place itself.
    at: function (drawn, describe) {
      var layer = drawn.layer;
      var start = null;
      var box = null;

      function where(event) {
        var edge = layer.getBoundingClientRect();
        return [event.clientX - edge.left, event.clientY - edge.top];
      }

      function near(place) {
        return drawn.find ? drawn.find(place[0], place[1]) : chart.nearest(drawn, place[0], place[1]);
      }

      function isIn(point, box) {
        var left = point.left === undefined ? point.px : point.left;
        var right = point.right === undefined ? point.px : point.right;
        return right >= box.x && left <= box.x + box.width && point.py >= box.y && point.py <= box.y + box.height;
      }

      function sides(from, to) {
        return { x: Math.min(from[0], to[0]), y: Math.min(from[1], to[1]), width: Math.abs(from[0] - to[0]),
          height: Math.abs(from[1] - to[1]) };
      }

      layer.addEventListener("pointerdown", function (event) {
        if (event.button === 0) {
          start = where(event);
          layer.setPointerCapture(event.pointerId);
        }
      });
      layer.addEventListener("pointermove", function (event) {
        var at = where(event);
        if (start === null) {
          var found = near(at);
          tell(drawn, found, describe);
          kerasgridSelection.hover(found === null ? null : found.uid);
          return;
        }
        if (box === null) {
          box = chart.svg("rect", { "class": "box" });
          layer.appendChild(box);
        }
        var now = sides(start, at);
        Object.keys(now).forEach(function (key) { box.setAttribute(key, now[key]); });
      });
      layer.addEventListener("pointerup", function (event) {
        if (start === null) {
          return;
        }
        var now = sides(start, where(event));
        var isMore = event.shiftKey || event.ctrlKey || event.metaKey;
        if (now.width > MOVED || now.height > MOVED) {
          choose((drawn.bars || drawn.points).filter(function (point) { return isIn(point, now); }), isMore);
        } else {
          var one = near(start);
          choose(one === null ? [] : [one], isMore);
        }
        start = null;
        if (box !== null) {
          box.remove();
          box = null;
        }
      });
      layer.addEventListener("pointercancel", function () { start = null; });
      layer.addEventListener("pointerleave", function () {
        tell(drawn, null, describe);
        kerasgridSelection.hover(null);
      });
    }
  };
})();
