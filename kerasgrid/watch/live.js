// Asks the server of `kerasgrid watch` now and then whether there is more, and renews the page when there is.
(function () {
  "use strict";
  var EVERY = 1000;
  var LOST = 3;
  var shown = JSON.parse(document.getElementById("data").textContent).live;
  var waiting = null;
  var failures = 0;
  var now = "";

  // Replaces a part of the page by what kerasgrid wrote, in which every text is escaped; what is unfolded stays so.
  function put(place, html) {
    var open = Array.prototype.map.call(place.querySelectorAll("details[open] > summary"), function (summary) {
      return summary.textContent;
    });
    place.innerHTML = html;
    place.querySelectorAll("summary").forEach(function (summary) {
      summary.parentNode.open = open.indexOf(summary.textContent) >= 0;
    });
  }

  function drawGlance(content, extra) {
    var place = document.getElementById("facts");
    put(place, content.html.glance);
    kerasgridGlance.show();
    if (extra) {
      place.appendChild(extra);
    }
    document.title = content.title;
  }

  function drawPictures(html) {
    var place = document.getElementById("pictures");
    var holder = document.createElement("div");
    put(holder, html);
    place.replaceWith(holder.firstElementChild);
  }

  // What the search is at changes every second, so it stays as it is while it is read by keyboard.
  function drawNow(html) {
    var place = document.getElementById("now");
    if (place === null || html === now || place.contains(document.activeElement)) {
      return;
    }
    now = html;
    var holder = document.createElement("div");
    holder.innerHTML = html;
    place.replaceWith(holder.firstElementChild);
  }

  function renew() {
    if (waiting === null) {
      return;
    }
    var content = waiting;
    waiting = null;
    kerasgridSelection.set(null, "plot");
    drawGlance(content);
    drawPictures(content.html.pictures);
    kerasgridTable.show(content.table);
    kerasgridViews.show(content.views);
    kerasgridPlot.renew(content);
  }

  function take(content) {
    shown = content.live;
    waiting = content;
    if (kerasgridSelection.get() === null) {
      renew();
      return;
    }
    // Ranks change, and a plot that is drawn anew forgets what is selected in it.
    var button = kerasgridChart.html("button", "update", "There is more. Plot and table wait for your selection: renew them now");
    button.type = "button";
    button.addEventListener("click", renew);
    drawGlance(content, button);
  }

  function json(address) {
    return fetch(address, { cache: "no-store" }).then(function (answer) {
      if (!answer.ok) {
        throw new Error(answer.status);
      }
      return answer.json();
    });
  }

  function ask() {
    json("state.json").then(function (state) {
      failures = 0;
      document.getElementById("lost").hidden = true;
      drawNow(state.now);
      if (waiting !== null && kerasgridSelection.get() === null) {
        renew();
      }
      if (state.version === shown.version) {
        return null;
      }
      if (shown.version === null || state.version === null) {
        // From waiting to a run, or the run is gone.
        window.location.reload();
        return null;
      }
      return json("report.json").then(take);
    }).catch(function () {
      failures += 1;
      document.getElementById("lost").hidden = failures < LOST;
      if (failures >= LOST && document.getElementById("now") !== null) {
        document.getElementById("now").hidden = true;
      }
    }).then(function () {
      // A large run, whose page takes long to make, is asked for less often.
      window.setTimeout(ask, Math.max(EVERY, 10000 * shown.seconds));
    });
  }

  ask();
})();
