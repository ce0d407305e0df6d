// Which trials are chosen: one choice for the plot, the views and the table. Null is none, which shows all alike.
var kerasgridSelection = (function () {
  "use strict";
  var chosen = null;
  var source = "";
  var listeners = [];
  var hoverListeners = [];

  function keys(choice) {
    return choice === null ? null : Object.keys(choice).sort().join(" ");
  }

  return {
    // The chosen trials, each uid with true; null if none are.
    get: function () { return chosen; },
    // Who chose: "plot", "views" or "table".
    source: function () { return source; },
    has: function (uid) { return chosen === null || chosen[uid] === true; },
    set: function (choice, by) {
      var next = choice !== null && Object.keys(choice).length === 0 ? null : choice;
      if (keys(next) === keys(chosen)) {
        return;
      }
      chosen = next;
      var before = source;
      source = next === null ? "" : by;
      listeners.forEach(function (listener) { listener(chosen, by, before); });
    },
    toggle: function (uid, by) {
      var next = Object.assign({}, chosen || {});
      if (next[uid]) {
        delete next[uid];
      } else {
        next[uid] = true;
      }
      this.set(next, by);
    },
    onChange: function (listener) { listeners.push(listener); },
    hover: function (uid) { hoverListeners.forEach(function (listener) { listener(uid); }); },
    onHover: function (listener) { hoverListeners.push(listener); }
  };
})();
