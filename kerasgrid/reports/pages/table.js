// The table of trials. Every text goes in as text, so nothing in it can run.
var kerasgridTable = (function () {
  "use strict";
  var STEP = 200;
  var element = kerasgridChart.html;
  var state = { table: null, sort: 0, down: false, limit: STEP, colour: null };

  // The number that a text begins with, such as 0.8931 ± 0.0012 or 12,345.
  function number(text) {
    return parseFloat(text.replace(/,/g, ""));
  }

  // What a row sorts by; null for nothing.
  function key(row) {
    var column = state.table.columns[state.sort];
    var text = row[2][state.sort];
    if (column.keys) {
      return column.keys[row.place];
    }
    if (text === "–") {
      return null;
    }
    var found = column.number ? number(text) : text;
    return column.number && isNaN(found) ? null : found;
  }

  function compare(one, other) {
    var a = key(one);
    var b = key(other);
    if (a === b) {
      return 0;
    }
    // What is missing comes last, whichever way the table is sorted.
    if (a === null || b === null) {
      return a === null ? 1 : -1;
    }
    var order = a < b ? -1 : 1;
    return state.down ? -order : order;
  }

  function sorted() {
    var rows = state.table.rows.filter(function (row) {
      // Who chooses in the table itself needs to see the others.
      return kerasgridSelection.source() === "table" || kerasgridSelection.has(row[0]);
    });
    // Rows come by rank and sorting is stable, so equal cells stay in the order of their ranks.
    return rows.sort(compare);
  }

  function sortBy(column) {
    state.down = state.sort === column && !state.down;
    state.sort = column;
    draw();
    document.querySelectorAll("#table thead button")[column].focus();
  }

  function head() {
    var row = element("tr");
    state.table.columns.forEach(function (column, index) {
      var cell = element("th", column.number ? "number" : "");
      var button = element("button", "", column.name);
      cell.scope = "col";
      if (state.sort === index) {
        cell.setAttribute("aria-sort", state.down ? "descending" : "ascending");
      }
      button.type = "button";
      button.addEventListener("click", function () { sortBy(index); });
      cell.appendChild(button);
      row.appendChild(cell);
    });
    var made = element("thead");
    made.appendChild(row);
    return made;
  }

  function body(rows) {
    var made = element("tbody");
    rows.forEach(function (row) {
      var isPicked = kerasgridSelection.get() !== null && kerasgridSelection.get()[row[0]] === true;
      var kind = { best: "best", diverged: "bad", failed: "bad", dropped: "out" }[row[1]] || "";
      var line = element("tr", kind + (isPicked ? " picked" : ""));
      row[2].forEach(function (text, index) {
        var column = state.table.columns[index];
        var cell = element("td", column.number ? "number" : text.length > 28 ? "long" : "", text);
        if (column.name === "status") {
          cell.classList.add("state");
        }
        line.appendChild(cell);
      });
      pick(line.firstChild, row);
      var colour = state.colour && state.colour(row[0]);
      if (colour) {
        var swatch = element("span", "swatch");
        swatch.style.backgroundColor = colour;
        line.firstChild.insertBefore(swatch, line.firstChild.firstChild);
      }
      line.addEventListener("mouseenter", function () { kerasgridSelection.hover(row[0]); });
      line.addEventListener("mouseleave", function () { kerasgridSelection.hover(null); });
      made.appendChild(line);
    });
    return made;
  }

  // The first cell chooses its trial, or gives it up: also by keyboard.
  function pick(cell, row) {
    var chosen = kerasgridSelection.get();
    var button = element("button", "pick", cell.textContent);
    button.type = "button";
    button.title = "Select this trial";
    button.setAttribute("aria-pressed", String(chosen !== null && chosen[row[0]] === true));
    button.addEventListener("click", function () { kerasgridSelection.toggle(row[0], "table"); });
    cell.replaceChildren(button);
  }

  function count(number) {
    return number.toLocaleString("en") + (number === 1 ? " trial" : " trials");
  }

  function draw() {
    var table = document.getElementById("table");
    var rows = sorted();
    var all = state.table.rows.length;
    var chosen = kerasgridSelection.get();
    var isChoosing = chosen !== null;
    var about = isChoosing ? count(Object.keys(chosen).length) + " of " + all.toLocaleString("en") + " selected" : count(all);
    document.getElementById("about").textContent = about + ". A click on a head sorts.";
    document.getElementById("selection").hidden = !isChoosing;
    document.getElementById("selected").textContent = about;
    table.replaceChildren(head(), body(rows.slice(0, state.limit)));
    var old = document.getElementById("more");
    if (old) {
      old.remove();
    }
    if (rows.length > state.limit) {
      var more = element("button", "more", "Show " + count(Math.min(rows.length - state.limit, 10 * STEP)) + " more");
      more.type = "button";
      more.id = "more";
      more.addEventListener("click", function () {
        state.limit += 10 * STEP;
        draw();
      });
      document.getElementById("trials").appendChild(more);
    }
  }

  return {
    show: function (table) {
      var before = state.table && state.table.columns[state.sort];
      var names = table.columns.map(function (column) { return column.name; });
      state.table = table;
      table.rows.forEach(function (row, place) { row.place = place; });
      // After new results the table stays sorted as it was.
      state.sort = before ? Math.max(names.indexOf(before.name), 0) : 0;
      state.down = before && before.name === names[state.sort] ? state.down : false;
      draw();
      performance.mark("table");
    },
    // Rows are drawn anew: others may be chosen, or the plot may have given them other colours.
    draw: draw,
    connect: function (colour) { state.colour = colour; }
  };
})();
