/* Times in the reader's zone, keys for lists and actions, and the focus of dialogs. Keys open things; they never
   commit anything, and they can be switched off (WCAG 2.1.4). */
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const format = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "medium", timeZone: zone });

  const showLocalTimes = (root) => {
    for (const time of all("time.nx-time:not([data-local])", root)) {
      time.dataset.local = zone;
      time.textContent = format.format(new Date(time.dateTime));
    }
  };

  /* A column of figures has its heading on the right as well. */
  const alignHeadings = () => {
    for (const table of all("table")) {
      const headings = table.tHead?.rows[0]?.cells ?? [];
      for (const cell of all(":scope > tbody > tr > :is(td, th)", table)) {
        if (cell.querySelector(":scope > .nx-money")) headings[cell.cellIndex]?.classList.add("nx-num");
      }
    }
    document.querySelector("#result_list")?.setAttribute("aria-label", document.title.split("|")[0].trim());
  };

  const enabled = () => localStorage.getItem("nx-keys") !== "off";
  const switchKeys = (on) => localStorage.setItem("nx-keys", on ? "on" : "off");

  const rows = () => all("#result_list tbody tr.data-row, [data-nx-row]");
  const move = (step) => {
    const list = rows();
    if (!list.length) return;
    const at = list.indexOf(document.activeElement?.closest("tr"));
    const row = list[Math.min(Math.max(at + step, 0), list.length - 1)];
    const target = row.querySelector("a[href]") ?? row;
    if (target === row) row.tabIndex = -1;
    target.focus();
    row.scrollIntoView({ block: "nearest" });
  };

  const entries = () => {
    const keys = [["j / k", "next / previous row"], ["Enter", "open the row"], ["/", "search"], ["?", "this help"], ["g h", "dashboard"]];
    for (const link of all("[data-go]")) keys.push([`g ${link.dataset.go}`, link.textContent]);
    for (const link of all("[data-key]")) if (link.dataset.key) keys.push([link.dataset.key, link.dataset.label || link.title.replace(/ \(.\)$/, "")]);
    return keys;
  };

  const element = (name, text = "", attributes = {}) => {
    const made = Object.assign(document.createElement(name), attributes);
    if (text) made.textContent = text;
    return made;
  };

  const help = () => {
    if (document.querySelector("dialog.nx-help")) return;
    const dialog = element("dialog", "", { className: "nx-help" });
    const list = element("dl");
    for (const [key, text] of entries()) {
      const term = element("dt");
      term.append(element("kbd", key));
      list.append(term, element("dd", text));
    }
    const label = element("label", "", { className: "nx-help__switch" });
    const box = element("input", "", { type: "checkbox", checked: enabled() });
    box.addEventListener("change", () => switchKeys(box.checked));
    label.append(box, "Single keys are on in this browser");
    const close = element("button", "Close", { type: "button", className: "nx-button" });
    close.addEventListener("click", () => dialog.close());
    const heading = element("h2", "Keyboard shortcuts", { id: "nx-help-title" });
    dialog.setAttribute("aria-labelledby", heading.id);
    dialog.append(heading, list, label, close);
    const opener = document.activeElement;
    dialog.addEventListener("close", () => { dialog.remove(); opener?.focus(); });
    document.body.append(dialog);
    dialog.showModal();
    close.focus();
  };

  const dialogOpen = () => document.querySelector("dialog[open]") || document.querySelector("#modal-content")?.getClientRects().length;
  const actions = { j: () => move(1), k: () => move(-1), "/": () => document.querySelector("#searchbar")?.focus(), "?": help };
  let pressed = "";

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (typing && event.key === "Escape" && event.target.id === "searchbar") event.target.blur();
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !enabled() || dialogOpen()) return;
    const after = pressed;
    pressed = event.key === "g" ? "g" : "";
    if (after === "g") {
      const link = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
      if (event.key === "h") location.assign("/console/");
      else if (link) location.assign(link.href);
      return;
    }
    const link = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!actions[event.key] && !link) return;
    event.preventDefault();
    if (link) { link.focus(); link.click(); } else actions[event.key]();
  });

  /* Dialogs of actions: the focus goes in, stays in and comes back. */
  let opener = null;
  const dialog = () => document.querySelector("#modal-content");
  const onDialogLoaded = () => {
    if (!dialog().querySelector("#dialog")) { location.reload(); return; } // signed out meanwhile
    document.querySelector("#page").inert = true;
  };
  const focusFirstField = () => dialog().querySelector("textarea, select, input:not([type=hidden])")?.focus();
  const onDialogClosed = () => {
    const page = document.querySelector("#page");
    if (!page?.inert) return;
    page.inert = false;
    opener?.focus();
  };
  const failed = (event) => {
    const words = { 403: "Your role may not do this.", 404: "This object is gone.", 429: "Too many requests. Wait a moment." };
    const text = words[event.detail.xhr?.status] ?? "It could not be done, and nothing was changed. Try again in a moment.";
    const place = document.querySelector("#dialog-form");
    if (!place) { alert(text); return; }
    place.querySelector(".nx-notice")?.remove();
    const notice = element("p", text, { className: "nx-notice nx-notice--warning" });
    notice.setAttribute("role", "alert");
    place.prepend(notice);
  };

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelector("#main")?.setAttribute("role", "main"); // the theme's page has no landmark for its content
    showLocalTimes(document);
    alignHeadings();
    for (const button of all("[data-nx-help]")) button.addEventListener("click", help);
    for (const button of all("[data-nx-print]")) button.addEventListener("click", () => print());
    document.body.addEventListener("htmx:beforeRequest", (event) => { if (event.target.matches("a")) opener = event.target; });
  });
  /* The page is hidden until Alpine has started, so the browser's own autofocus comes to nothing. */
  document.addEventListener("alpine:initialized", () => requestAnimationFrame(() => document.querySelector("#login-form [autofocus]")?.focus()));
  document.addEventListener("htmx:afterSwap", (event) => {
    showLocalTimes(event.target);
    if (event.target.id === "modal-content") onDialogLoaded();
    if (event.target.id === "dialog-form") dialog().querySelector(".errors textarea, .errors select, .errors input")?.focus();
  });
  /* Alpine shows the dialog between the swap and the settling; before that nothing in it takes the focus. */
  document.addEventListener("htmx:afterSettle", (event) => { if (event.target.id === "modal-content") focusFirstField(); });
  document.addEventListener("htmx:responseError", failed);
  document.addEventListener("htmx:sendError", failed);
  document.addEventListener("nx-dialog-closed", onDialogClosed);
})();
