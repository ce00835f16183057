// Keeps what is marked with data-topics as fresh as the ledger, and says so when it cannot.
(() => {
  "use strict";
  const sign = document.getElementById("live");
  const bar = document.getElementById("not-live");
  const words = document.getElementById("not-live-words");
  if (!sign || !window.EventSource || !window.htmx) return;

  const SHORTEST_PAUSE = 400; // between two refreshes
  const SETTLING = 60; // after an answer: htmx knows what it put in place a moment later
  const AFTERMATH = 1500; // what follows an event without one of its own
  const STEADY = 10000;
  const SILENCE = 12000; // the server is heard every 5 s
  const ANSWER = 10000;

  let number = Number(sign.dataset.number);
  let source = null;
  let lastHeard = 0;
  let lostAt = null;
  let attempts = 0;
  let isConnected = false;
  let problem = "";
  let isRefreshing = false;
  let begun = 0;
  let refreshAgain = false;
  let readyAt = performance.now();
  let wanted = new Set();
  let timers = {};

  const later = (name, action, delay) => {
    clearTimeout(timers[name]);
    timers[name] = setTimeout(action, delay);
  };
  const clock = (moment) => `${moment.toISOString().slice(11, 19)} UTC`;

  const show = () => {
    const isLive = isConnected && problem === "";
    if (isLive) lostAt = null;
    else lostAt ??= new Date();
    const text = isLive ? "live" : `not live since ${clock(lostAt)}`;
    if (sign.textContent !== text) sign.textContent = text;
    sign.className = `badge live ${isLive ? "good" : "warn"}`;
    bar.hidden = isLive;
    const reason = isLive ? "" : `This page is not live since ${clock(lostAt)}: ${problem || "it has no connection to the console"}. It is tried again.`;
    if (words.textContent !== reason) words.textContent = reason;
  };

  const parts = () => [...document.querySelectorAll("[data-topics]")];
  const refresh = () => {
    if (isRefreshing) {
      refreshAgain = true;
      return;
    }
    const pause = readyAt - performance.now();
    if (pause > 0) {
      later("refresh", refresh, pause);
      return;
    }
    const due = parts().filter((part) => part.dataset.topics.split(" ").some((topic) => wanted.has(topic)));
    const before = begun;
    isRefreshing = true;
    for (const part of due) window.htmx.trigger(part, "refresh");
    if (begun === before) {
      isRefreshing = false;
      if (due.length > 0) later("refresh", refresh, SHORTEST_PAUSE);
      else wanted = new Set();
      return;
    }
    wanted = new Set();
    readyAt = performance.now() + SHORTEST_PAUSE;
    later("answer", () => refreshed("the console does not answer"), ANSWER + 1000);
  };
  const refreshAll = () => {
    for (const part of parts()) for (const topic of part.dataset.topics.split(" ")) wanted.add(topic);
    refresh();
  };
  const refreshed = (what) => {
    clearTimeout(timers.answer);
    isRefreshing = false;
    readyAt = Math.max(readyAt, performance.now() + SETTLING);
    problem = what;
    show();
    if (what && !document.hidden) later("retry", refreshAll, 2000);
    if (refreshAgain) {
      refreshAgain = false;
      refresh();
    }
  };

  const heard = () => {
    lastHeard = performance.now();
    attempts = 0;
    isConnected = true;
    show();
  };
  const lost = () => {
    source?.close();
    source = null;
    isConnected = false;
    show();
    if (document.hidden) return;
    attempts += 1;
    // A stream does not say why it was refused. A page does: whoever is no longer logged in is led to the login.
    if (attempts % 3 === 2) refreshAll();
    later("connect", connect, Math.min(15000, 500 * 2 ** Math.min(attempts, 5)) * (0.75 + Math.random() / 2));
  };
  const connect = () => {
    source?.close();
    source = new EventSource(`/live?after=${number}`);
    lastHeard = performance.now();
    source.addEventListener("error", lost);
    source.addEventListener("alive", heard);
    source.addEventListener("changed", (event) => {
      heard();
      const news = JSON.parse(event.data);
      number = Math.max(number, Number(event.lastEventId));
      for (const topic of news.topics) wanted.add(topic);
      refresh();
      later("aftermath", () => {
        for (const topic of news.topics) wanted.add(topic);
        refresh();
      }, AFTERMATH);
    });
    source.addEventListener("unread", () => {
      heard();
      isConnected = false;
      show();
    });
    source.addEventListener("ended", () => window.location.reload());
  };

  setInterval(() => {
    if (document.hidden) return;
    if (source && performance.now() - lastHeard > SILENCE) lost();
  }, 1000);
  setInterval(() => {
    if (!document.hidden && isConnected) refreshAll();
  }, STEADY);

  const isOurs = (event) => event.target instanceof Element && event.target.closest("[data-topics]") !== null;
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (isOurs(event)) begun += 1;
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    // What was asked for may stand in the page no more: its answer took its place.
    if (!isOurs(event) && !isRefreshing) return;
    if (event.detail.successful) refreshed("");
    else if (event.detail.xhr?.status) refreshed(`the console answers with an error (${event.detail.xhr.status})`);
    else refreshed("the console does not answer");
  });
  document.addEventListener("visibilitychange", () => {
    // A browser has few connections to one host; those of pages that nobody looks at are given back.
    if (document.hidden) {
      later("hide", () => {
        if (document.hidden) lost();
      }, 5000);
      return;
    }
    clearTimeout(timers.hide);
    if (!source) {
      connect();
      refreshAll();
    }
  });
  window.addEventListener("pagehide", () => source?.close());
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) window.location.reload();
  });

  connect();
})();
