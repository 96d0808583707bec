/* Times in the reader's zone, and keys for lists and actions. Keys open things; they never commit anything. */
(() => {
  "use strict";
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const format = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "medium", timeZone: zone });

  const showLocalTimes = (root) => {
    for (const time of root.querySelectorAll("time.nx-time:not([data-local])")) {
      time.dataset.local = "1";
      time.textContent = format.format(new Date(time.dateTime));
    }
  };

  const rows = () => [...document.querySelectorAll("#result_list tbody tr, #result_list > tbody > tr, [data-nx-row]")];
  let current = -1;
  const move = (step) => {
    const all = rows();
    if (!all.length) return;
    all[current]?.classList.remove("nx-row--current");
    current = Math.min(Math.max(current + step, 0), all.length - 1);
    all[current].classList.add("nx-row--current");
    all[current].scrollIntoView({ block: "nearest" });
  };

  const open = () => rows()[current]?.querySelector("a[href]")?.click();
  const search = () => document.querySelector("#searchbar, input[type=search]")?.focus();

  const help = () => {
    const dialog = document.createElement("dialog");
    dialog.className = "nx-help";
    const keys = [["j / k", "next / previous row"], ["Enter", "open the row"], ["/", "search"], ["g h", "dashboard"],
      ["?", "this help"], ["!", "keys on or off"]];
    for (const link of document.querySelectorAll("[data-key]")) {
      if (link.dataset.key) keys.push([link.dataset.key, link.textContent.trim().split("\n").pop().trim()]);
    }
    const list = document.createElement("dl");
    for (const [key, text] of keys) {
      const term = document.createElement("dt");
      const kbd = document.createElement("kbd");
      kbd.textContent = key;
      term.append(kbd);
      const detail = document.createElement("dd");
      detail.textContent = text;
      list.append(term, detail);
    }
    const heading = document.createElement("h2");
    heading.textContent = "Keyboard";
    dialog.append(heading, list);
    dialog.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  };

  const enabled = () => localStorage.getItem("nx-keys") !== "off";
  let pressed = "";
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "!") localStorage.setItem("nx-keys", enabled() ? "off" : "on");
    if (!enabled()) return;
    const sequence = pressed + event.key;
    pressed = event.key === "g" ? "g" : "";
    if (sequence === "gh") { location.assign(document.body.dataset.home || "/console/"); return; }
    const actions = { j: () => move(1), k: () => move(-1), "/": search, "?": help };
    if (event.key === "Enter" && current >= 0 && !event.target.closest?.("a, button")) { open(); return; }
    const action = actions[event.key];
    const link = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (action || link) {
      event.preventDefault();
      action ? action() : link.click();
    }
  });

  document.addEventListener("DOMContentLoaded", () => showLocalTimes(document));
  document.addEventListener("htmx:afterSwap", (event) => showLocalTimes(event.target));
})();
