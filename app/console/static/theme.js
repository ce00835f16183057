// Runs before anything is painted, so that a chosen theme does not flash.
(() => {
  "use strict";
  const choices = ["system", "light", "dark"];
  const stored = () => {
    try {
      const choice = localStorage.getItem("meic-theme");
      return choices.includes(choice) ? choice : "system";
    } catch {
      return "system"; // a browser that keeps nothing
    }
  };
  const wear = (choice) => {
    if (choice === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = choice;
  };
  wear(stored());
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    if (!button) return;
    let choice = stored();
    const label = () => {
      button.textContent = `Theme: ${choice}`;
    };
    button.hidden = false;
    label();
    button.addEventListener("click", () => {
      choice = choices[(choices.indexOf(choice) + 1) % choices.length];
      try {
        localStorage.setItem("meic-theme", choice);
      } catch {
        // It holds for this page, then.
      }
      wear(choice);
      label();
      document.dispatchEvent(new Event("meic:theme"));
    });
  });
})();
