
"use strict";
// Enhancement only: the page holds all information without this script.

// The search, filters and order of the table list.
const ASKED_NOTHING = { q: "", status: "", database: "", sort: "", down: false, page: 0 };
let state = ASKED_NOTHING;
let held = new AbortController();

const copying = () => {
  for (const button of document.querySelectorAll("button[data-copy]")) {
    const label = button.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const code = document.getElementById(button.dataset.copy);
      try {
        await navigator.clipboard.writeText(code.textContent);
      } catch {
        // No clipboard for this page: select the text, so that a key copies it.
        getSelection().selectAllChildren(code);
        if (!document.execCommand("copy")) return;
      }
      button.textContent = button.dataset.copied;
      setTimeout(() => { button.textContent = label; }, 2000);
    });
  }
};

const searching = (signal) => {
  const table = document.getElementById("table-rows");
  if (!table) return;
  // The maximum number of rows in the page at once.
  const PAGE = 100;
  const data = JSON.parse(document.getElementById("table-data").textContent);
  // A column is a list of values, or a list of distinct values with the rows that have them, as indices or runs.
  const expanded = ({ values, at, runs }) => {
    if (at) return at.map((place) => values[place]);
    const all = [];
    for (let run = 0; run < runs.length; run += 2) {
      for (let count = runs[run + 1]; count > 0; count -= 1) all.push(values[runs[run]]);
    }
    return all;
  };
  for (const [key, column] of Object.entries(data)) if (!Array.isArray(column) && (column.at || column.runs)) data[key] = expanded(column);
  // The same number format as in the rows of the page.
  const grouped = (value) => value.toLocaleString("en", { maximumFractionDigits: 0 });
  const decimal = (value) => value >= 99.95 ? grouped(value) : value >= 9.995 ? value.toFixed(1)
    : value >= 0.095 ? value.toFixed(2) : value === 0 ? "0" : value.toFixed(4);
  const figures = { rows: grouped, total: grouped, rate: decimal, peak: decimal };
  const controls = document.getElementById("table-controls");
  const pager = document.getElementById("table-pager");
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const all = Array.from({ length: data.count }, (_, row) => row);
  const unlisted = new Set(data.unlisted);
  const text = (key, row) => {
    const value = data[key][row];
    if (key === "status") return value[2];
    if (!figures[key] || typeof value === "string") return value;
    return value === null ? "–" : figures[key](value);
  };
  const distinct = (key) => [...new Set(all.map((row) => text(key, row)))].sort();
  const names = all.map((row) => `${text("databases", row)} ${text("name", row)}`.toLowerCase());

  const number = (shown) => parseFloat(shown.replace(/[^0-9.]/g, ""));
  const moment = (shown) => /\d/.test(shown) ? shown.replace(/^\D+/, "") : "";
  const order = {
    name: (row) => names[row], status: (row) => text("status", row),
    started: (row) => moment(text("started", row)), ended: (row) => moment(text("ended", row)),
    eta: (row) => moment(text("eta", row)), duration: (row) => data.order[row] ?? NaN,
  };
  order.percent = (row) => number(text("percent", row));
  for (const key of Object.keys(figures)) {
    order[key] = (row) => typeof data[key][row] === "string" ? number(data[key][row]) : data[key][row] ?? NaN;
  }

  // Unknown values are last in both directions.
  const unknown = (key) => key === "" || Number.isNaN(key);
  const sorted = (rows) => {
    const by = order[state.sort];
    if (!by) return rows;
    const keys = new Map(rows.map((row) => [row, by(row)]));
    const sign = state.down ? -1 : 1;
    return rows.slice().sort((a, b) => {
      const [x, y] = [keys.get(a), keys.get(b)];
      if (unknown(x) || unknown(y)) return unknown(x) - unknown(y) || a - b;
      return (x < y ? -sign : x > y ? sign : 0) || a - b;
    });
  };

  const element = (name, className, ...children) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.append(...children);
    return made;
  };
  const bdi = (shown) => element("bdi", "", shown);
  const bar = (row) => {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    const set = (node, values) => { for (const [key, value] of Object.entries(values)) node.setAttribute(key, value); };
    set(svg, { class: "bar", viewBox: "0 0 100 3", preserveAspectRatio: "none", "aria-hidden": "true" });
    // The bar is full only if the table is finished.
    const share = data.status[row][0] === "finished" ? 100 : Math.min(number(text("percent", row)) || 0, 99.9);
    for (const [name, width] of [["track", 100], ["fill", share]]) {
      const rect = document.createElementNS(space, "rect");
      set(rect, { class: name, width, height: 3 });
      svg.append(rect);
    }
    return svg;
  };
  // The mark of figures that rest on a gap, a failed sweep or a torn snapshot.
  const doubt = (key, row) => {
    const at = data.marks[key]?.[row];
    if (at === undefined) return "";
    const sign = element("a", "doubt", "†");
    sign.href = "#doubts";
    sign.title = data.notes[at];
    sign.setAttribute("aria-label", data.notes[at]);
    return sign;
  };
  const cell = {
    name(row) {
      const small = element("small", "", bdi(text("databases", row)), unlisted.has(row) ? ` · ${table.dataset.unlisted}` : "");
      const head = element("th", "", bdi(text("name", row)), small);
      head.scope = "row";
      return head;
    },
    status(row) {
      const sign = element("i", "", data.status[row][1]);
      sign.setAttribute("aria-hidden", "true");
      return element("td", "", element("span", `status ${data.status[row][0]}`, sign, ` ${text("status", row)}`));
    },
    percent: (row) => element("td", "number", text("percent", row), bar(row)),
  };
  const render = (row) => element("tr", "", ...heads.map((head) => {
    const key = head.dataset.key;
    return cell[key] ? cell[key](row) : element("td", head.className, text(key, row), doubt(key, row));
  }));

  const show = () => {
    const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
    const found = sorted(all.filter((row) =>
      words.every((word) => names[row].includes(word)) &&
      (!state.status || text("status", row) === state.status) &&
      (!state.database || text("databases", row) === state.database)));
    const pages = Math.max(1, Math.ceil(found.length / PAGE));
    state.page = Math.min(Math.max(state.page, 0), pages - 1);
    const from = state.page * PAGE;
    const rows = found.slice(from, from + PAGE);
    body.replaceChildren(...rows.map(render));
    if (!rows.length) {
      const nothing = element("td", "", table.dataset.nothing);
      nothing.colSpan = heads.length;
      body.append(element("tr", "", nothing));
    }
    const fill = { from: rows.length ? from + 1 : 0, to: from + rows.length, of: found.length, all: data.count };
    const status = pager.querySelector("span");
    status.textContent = status.dataset.text.replace(/\{(\w+)\}/g, (_, key) => fill[key].toLocaleString("en"));
    pager.querySelector('[data-step="-1"]').disabled = state.page === 0;
    pager.querySelector('[data-step="1"]').disabled = state.page === pages - 1;
    for (const head of heads) {
      if (head.dataset.key === state.sort) head.setAttribute("aria-sort", state.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
    for (const name of ["q", "status", "database"]) {
      if (controls.elements[name].value !== state[name]) controls.elements[name].value = state[name];
    }
  };

  // The state is kept in the URL fragment, so that a search can be linked and the back button returns to earlier
  // searches. Typing a word is one history entry. Other anchors contain no "=".
  let typing = false;
  const write = (typed) => {
    const hash = new URLSearchParams();
    for (const name of ["q", "status", "database", "sort"]) if (state[name]) hash.set(name, state[name]);
    if (state.sort && state.down) hash.set("down", "1");
    if (state.page) hash.set("page", state.page + 1);
    const address = `#${hash.size ? hash : "tables"}`;
    if (typed && typing) history.replaceState(null, "", address);
    else if (address !== location.hash) history.pushState(null, "", address);
    typing = typed;
  };
  const read = () => {
    if (["", "#tables"].includes(location.hash)) state = ASKED_NOTHING;
    if (!location.hash.includes("=")) return false;
    const hash = new URLSearchParams(location.hash.slice(1));
    const get = (name) => hash.get(name) ?? "";
    const known = (name) => name in order ? name : "";
    state = { q: get("q"), status: get("status"), database: get("database"), sort: known(get("sort")), down: get("down") === "1", page: (parseInt(get("page"), 10) || 1) - 1 };
    return true;
  };
  const change = (changes, typed = false) => { state = { ...state, page: 0, ...changes }; write(typed); show(); };

  for (const [name, key] of [["status", "status"], ["database", "databases"]]) {
    const values = distinct(key);
    for (const value of values) controls.elements[name].append(new Option(value, value));
    controls.elements[name].closest("label").hidden = values.length < 2;
    controls.elements[name].addEventListener("change", (event) => change({ [name]: event.target.value }));
  }
  controls.elements.q.addEventListener("input", (event) => change({ q: event.target.value }, true));
  controls.elements.q.addEventListener("blur", () => { typing = false; });
  controls.elements.q.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && state.q) { event.preventDefault(); change({ q: "" }); }
  });
  controls.addEventListener("submit", (event) => event.preventDefault());
  pager.addEventListener("click", (event) => {
    const step = Number(event.target.dataset.step);
    if (step) change({ page: state.page + step });
  });
  for (const head of heads) {
    const key = head.dataset.key;
    const button = element("button", "", head.textContent);
    button.type = "button";
    button.title = table.dataset.sort;
    // Numbers and durations are sorted in descending order first.
    const largestFirst = head.classList.contains("number") || key === "duration";
    button.addEventListener("click", () =>
      change({ sort: key, down: state.sort === key ? !state.down : largestFirst }));
    head.replaceChildren(button);
  }
  controls.hidden = false;
  pager.hidden = false;
  addEventListener("popstate", () => { typing = false; read(); show(); }, { signal });
  const asked = read();
  show();
  if (asked) document.getElementById("tables").scrollIntoView();
};

// Attaches the handlers to the current content: once, and again after a live page has replaced it.
const hold = () => {
  held.abort();
  held = new AbortController();
  copying();
  searching(held.signal);
};
hold();

// A link to an element inside closed details opens them.
const unfold = () => {
  const target = document.getElementById(location.hash.slice(1));
  let folded = target?.closest("details");
  if (!folded) return;
  for (; folded; folded = folded.parentElement.closest("details")) folded.open = true;
  target.scrollIntoView();
};
addEventListener("hashchange", unfold);
unfold();
