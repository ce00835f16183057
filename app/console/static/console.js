// What pages do by themselves: ages that grow, buttons that copy, forms that are sent once.
(() => {
  "use strict";
  const serverTime = document.querySelector('meta[name="server-time"]');
  const offset = serverTime ? Date.parse(serverTime.content) - Date.now() : 0;

  const around = (seconds) => {
    const size = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]].find(([length]) => Math.abs(seconds) >= length) ?? [1, "s"];
    const count = Math.trunc(seconds / size[0]);
    return count >= 0 ? `${count} ${size[1]} ago` : `in ${-count} ${size[1]}`;
  };
  const grow = () => {
    const now = Date.now() + offset;
    for (const age of document.querySelectorAll(".ago[data-since]")) {
      const words = around(Math.trunc((now - Date.parse(age.dataset.since)) / 1000));
      if (age.textContent !== words) age.textContent = words;
    }
  };
  setInterval(grow, 1000);

  const equip = () => {
    if (!navigator.clipboard) return;
    for (const button of document.querySelectorAll("button[data-copy]")) button.hidden = false;
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("button[data-copy]");
    if (!button) return;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Copy it by hand";
    }
    setTimeout(() => {
      button.textContent = "Copy";
    }, 2000);
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches(".filters")) {
      // What is not asked for need not stand in the address.
      for (const field of form.elements) if (field.name && field.value === "") field.disabled = true;
    }
    if (form.method !== "post" || event.defaultPrevented) return;
    // After this event, or the button's own name and value would not be sent.
    setTimeout(() => {
      for (const button of form.querySelectorAll("button")) button.disabled = true;
    });
  });
  window.addEventListener("pageshow", () => {
    for (const each of document.querySelectorAll("form[method=post] button[disabled], form.filters [disabled]")) each.disabled = false;
  });

  document.addEventListener("htmx:afterSwap", () => {
    grow();
    equip();
  });
  equip();
  grow();
})();
