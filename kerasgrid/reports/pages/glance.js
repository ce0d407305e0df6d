// What the top of the page does: its buttons copy texts, and one button gives up the choice of trials.
(function () {
  "use strict";

  function byHand(text) {
    var field = document.createElement("textarea");
    field.value = text;
    document.body.appendChild(field);
    field.select();
    var isDone = document.execCommand("copy");
    field.remove();
    return isDone ? Promise.resolve() : Promise.reject(new Error("not allowed"));
  }

  function copied(text) {
    var clipboard = navigator.clipboard;
    return clipboard ? clipboard.writeText(text).catch(function () { return byHand(text); }) : byHand(text);
  }

  document.addEventListener("click", function (event) {
    var from = event.target.getAttribute && event.target.getAttribute("data-copies");
    if (!from) {
      return;
    }
    var said = document.getElementById("copied");
    copied(document.getElementById(from).textContent).then(function () {
      said.textContent = "Copied.";
    }, function () {
      said.textContent = "The browser does not allow it: copy from below.";
    });
  });
  document.getElementById("give-up").addEventListener("click", function () { kerasgridSelection.set(null, "button"); });

  function show() {
    var place = document.getElementById("copies");
    if (place) {
      place.hidden = false;
    }
  }
  show();
  window.kerasgridGlance = { show: show };
})();
