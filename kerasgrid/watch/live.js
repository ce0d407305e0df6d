// Asks the server of `kerasgrid watch` now and then whether there is more, and renews the page when there is.
(function () {
  "use strict";
  var EVERY = 1000;
  var LOST = 3;
  var shown = JSON.parse(document.getElementById("data").textContent).live;
  var waiting = null;
  var failures = 0;

  function element(name, className, text) {
    var made = document.createElement(name);
    made.className = className;
    made.textContent = text;
    return made;
  }

  function drawHeader(header, extra) {
    var place = document.getElementById("facts");
    var parts = [element("h1", "", header.title)];
    if (header.notice) {
      parts.push(element("p", "notice", header.notice));
    }
    header.lines.forEach(function (line) { parts.push(element("p", line[0], line[1])); });
    if (header.links.length) {
      var links = element("p", "links", "");
      header.links.forEach(function (link) {
        var made = element("a", "", link[1]);
        made.href = link[0];
        links.appendChild(made);
      });
      parts.push(links);
    }
    if (extra) {
      parts.push(extra);
    }
    place.replaceChildren.apply(place, parts);
    document.title = header.title;
  }

  function drawPictures(pictures) {
    var place = document.getElementById("pictures");
    place.hidden = pictures.length === 0;
    place.replaceChildren(element("h2", "", "Pictures"));
    pictures.forEach(function (picture) {
      var figure = element("figure", "", "");
      var image = element("img", "", "");
      image.src = picture.source;
      image.alt = picture.title;
      figure.appendChild(image);
      figure.appendChild(element("figcaption", "", picture.title + " (" + picture.file + ")"));
      place.appendChild(figure);
    });
  }

  function renew() {
    if (waiting === null) {
      return;
    }
    var content = waiting;
    waiting = null;
    drawHeader(content.header);
    drawPictures(content.pictures);
    kerasgridTable.show(content.table);
    kerasgridPlot.renew(content);
  }

  function take(content) {
    shown = content.live;
    waiting = content;
    if (!kerasgridPlot.isSelecting()) {
      renew();
      return;
    }
    // A plot that is drawn anew forgets what is selected in it.
    var button = element("button", "update", "There is more. Plot and table wait for your selection: renew them now");
    button.type = "button";
    button.addEventListener("click", renew);
    drawHeader(content.header, button);
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
      if (waiting !== null && !kerasgridPlot.isSelecting()) {
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
    }).then(function () {
      // A large run, whose page takes long to make, is asked for less often.
      window.setTimeout(ask, Math.max(EVERY, 10000 * shown.seconds));
    });
  }

  window.setTimeout(ask, EVERY);
})();
