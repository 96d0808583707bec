/* Tree tables (WAI-ARIA treegrid): rows with data-level open and close what stands below them, by mouse and by arrow
   keys. Without this script everything is open. */
(() => {
  "use strict";
  const level = (row) => Number(row.dataset.level);
  const isOpen = (row) => row.getAttribute("aria-expanded") !== "false";

  const setUp = (table) => {
    const rows = [...table.tBodies[0].rows];
    const shown = () => rows.filter((row) => !row.hidden);

    const update = () => {
      let closedAt = Infinity;
      for (const row of rows) {
        row.hidden = level(row) > closedAt;
        if (!row.hidden) closedAt = isOpen(row) ? Infinity : level(row);
      }
    };
    const open = (row, on) => {
      if (!row.hasAttribute("aria-expanded")) return;
      row.setAttribute("aria-expanded", on);
      update();
    };
    const focus = (row) => {
      for (const each of rows) each.tabIndex = each === row ? 0 : -1;
      row.focus();
    };
    const parent = (row) => rows.slice(0, rows.indexOf(row)).findLast((each) => level(each) < level(row));

    const keys = {
      ArrowDown: (row) => shown()[shown().indexOf(row) + 1],
      ArrowUp: (row) => shown()[shown().indexOf(row) - 1],
      Home: () => rows[0],
      End: () => shown().at(-1),
      ArrowRight: (row) => { if (isOpen(row) && row.hasAttribute("aria-expanded")) return keys.ArrowDown(row); open(row, true); },
      ArrowLeft: (row) => { if (!row.hasAttribute("aria-expanded") || !isOpen(row)) return parent(row); open(row, false); },
      Enter: (row) => { row.querySelector("a")?.click(); },
    };
    table.addEventListener("keydown", (event) => {
      const row = event.target.closest("tr");
      if (event.target !== row || !keys[event.key]) return;
      event.preventDefault();
      const next = keys[event.key](row);
      if (next) focus(next);
    });

    rows.forEach((row, index) => {
      row.setAttribute("aria-level", level(row));
      row.tabIndex = index ? -1 : 0;
      const above = rows[index + 1] && level(rows[index + 1]) > level(row);
      if (!above) return;
      row.setAttribute("aria-expanded", "true");
      const toggle = Object.assign(document.createElement("span"), { className: "nx-tree__toggle" });
      toggle.setAttribute("aria-hidden", "true");
      toggle.addEventListener("click", () => { open(row, !isOpen(row)); focus(row); });
      row.cells[0].prepend(toggle);
    });
    const all = (on) => { for (const row of rows) if (row.hasAttribute("aria-expanded")) row.setAttribute("aria-expanded", on); update(); };
    for (const button of document.querySelectorAll("[data-tree]")) button.addEventListener("click", () => all(button.dataset.tree === "open"));
  };

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("table.nx-tree").forEach(setUp));
})();
