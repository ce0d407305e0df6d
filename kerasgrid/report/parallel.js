(function () {
  "use strict";
  var data = JSON.parse(document.getElementById("data").textContent);
  var dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.classList.toggle("dark", dark);
  if (data.experiment === null) {
    return;
  }
  data.experiment.colormap = dark ? data.colormaps.dark : data.colormaps.light;
  hiplot.render(document.getElementById("plot"), {
    dataProviderName: "none",
    persistentState: null,
    dark: dark,
    experiment: data.experiment
  });
})();
