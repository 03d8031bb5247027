"use strict";
// The table of problems. Everything a model or a data set wrote is set as text, never as markup.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const table = document.getElementById("problems");
  const body = table.tBodies[0];
  const search = document.getElementById("search");
  const chips = [...document.querySelectorAll("[data-change]")];
  const heads = [...table.tHead.querySelectorAll("th[data-sort]")];
  const PAGE = 100;
  const chance = document.querySelector("[data-chance]");
  const state = { change: "", chance: false, q: "", sort: "", desc: false, open: new Set(), shown: PAGE };

  const el = (tag, className, text) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const rate = (p, side) => p.counts[side][1] / p.counts[side][0];
  const gain = (p) => (p.counts.length > 1 ? rate(p, 1) - rate(p, 0) : rate(p, 0));
  const byId = new Intl.Collator("en", { numeric: true });
  const keys = {
    id: (a, b) => byId.compare(a.id, b.id),
    base: (a, b) => rate(a, 0) - rate(b, 0),
    tuned: (a, b) => rate(a, 1) - rate(b, 1),
    gain: (a, b) => gain(a) - gain(b),
    change: (a, b) => data.changes.indexOf(a.change) - data.changes.indexOf(b.change),
  };

  function visible() {
    const words = state.q.toLowerCase();
    const has = (p) => [p.id, p.prompt, p.reference].some((text) => text.toLowerCase().includes(words));
    const kind = (p) => (!state.change || p.change === state.change) && (!state.chance || p.chance);
    const rows = data.problems.filter((p) => kind(p) && (!words || has(p)));
    if (!state.sort) return rows;
    const sign = state.desc ? -1 : 1;
    return rows
      .map((p, i) => [p, i])
      .sort((a, b) => sign * keys[state.sort](a[0], b[0]) || a[1] - b[1])
      .map((pair) => pair[0]);
  }

  function countCell(p, side) {
    const cell = el("td", "n");
    const [n, c] = p.counts[side];
    cell.append(`${c} / ${n}`);
    const bar = el("span", `bar s${data.sides.length > 1 ? side : 1}`);
    const fill = el("i");
    fill.style.width = `${(100 * c) / n}%`;
    bar.append(fill);
    cell.append(bar);
    return cell;
  }

  function gainCell(p) {
    const value = Math.round(1000 * gain(p)) / 10;
    const sign = value > 0 ? "+" : value < 0 ? "\u2212" : "";
    return el("td", `n ${value > 0 ? "up" : value < 0 ? "down" : "flat"}`, sign + Math.abs(value).toFixed(1));
  }

  function rowOf(p) {
    const row = el("tr", "row");
    row.dataset.id = p.id;
    row.tabIndex = 0;
    row.append(el("td", "", p.id), el("td", "ask", p.prompt));
    p.counts.forEach((_, side) => row.append(countCell(p, side)));
    if (p.counts.length > 1) row.append(gainCell(p));
    const change = el("td");
    change.append(el("span", `badge ${p.change}`, p.change));
    if (p.chance) change.append(" ", el("span", "badge b-odd", "within chance"));
    row.append(change);
    row.setAttribute("aria-expanded", String(state.open.has(p.id)));
    if (state.open.has(p.id)) row.classList.add("open");
    return row;
  }

  function block(title, text) {
    const box = el("div");
    const frame = el("div", "box");
    frame.append(el("pre", "", text));
    box.append(el("h3", "", title), frame);
    return box;
  }

  function sampleBox(s) {
    const box = el("div", "box");
    const meta = el("div", "meta");
    const word = s.correct === true ? "correct" : s.correct === false ? "wrong" : "not scored";
    meta.append(el("span", `badge ${{ correct: "b-correct", wrong: "b-wrong" }[word] || "b-odd"}`, word));
    if (s.status) meta.append(el("span", "badge b-odd", s.status.replace("_", " ")));
    if (s.truncated) meta.append(el("span", "badge b-odd", "truncated"));
    if (s.tag) meta.append(el("span", "badge b-tag", s.tag));
    meta.append(el("span", "", `sample ${s.index}`));
    if (s.value !== null) meta.append(el("span", "", `reward ${Number(s.value.toPrecision(4))}`));
    box.append(meta, el("pre", "", s.text || "(empty)"));
    if (s.reason) box.append(el("p", "small muted", s.reason));
    const read = Object.entries(s.explained || (s.answer ? { "answer, roughly read": s.answer } : {}));
    if (read.length) {
      const list = el("dl", "read");
      read.forEach(([name, text]) => list.append(el("dt", "", name), el("dd", "", text)));
      box.append(list);
    }
    return box;
  }

  function detailOf(p) {
    const row = el("tr", "detail");
    const cell = el("td");
    cell.colSpan = table.tHead.rows[0].cells.length;
    const top = el("div", "pair");
    if (p.prompt) top.append(block("Problem", p.prompt));
    if (p.reference) top.append(block("Reference answer", p.reference));
    const columns = el("div", "pair");
    p.samples.forEach((samples, side) => {
      const column = el("div");
      const [n, c] = p.counts[side];
      column.append(el("h3", "", `${data.sides[side]}: ${c} of ${n} correct`));
      samples.forEach((s) => column.append(sampleBox(s)));
      if (!samples.length) column.append(el("p", "small muted", "No sample texts in this report."));
      columns.append(column);
    });
    cell.append(top, columns);
    row.append(cell);
    return row;
  }

  function draw() {
    const rows = visible();
    const nodes = [];
    rows.slice(0, state.shown).forEach((p) => {
      nodes.push(rowOf(p));
      if (state.open.has(p.id)) nodes.push(detailOf(p));
    });
    if (!nodes.length) {
      const none = el("td", "muted", "No problem matches.");
      none.colSpan = table.tHead.rows[0].cells.length;
      nodes.push(el("tr"));
      nodes[0].append(none);
    }
    body.replaceChildren(...nodes);
    chips.forEach((c) => c.setAttribute("aria-pressed", String(c.dataset.change === state.change)));
    chance?.setAttribute("aria-pressed", String(state.chance));
    heads.forEach((h) => {
      const way = h.dataset.sort !== state.sort ? "none" : state.desc ? "descending" : "ascending";
      h.setAttribute("aria-sort", way);
    });
    const left = rows.length - state.shown;
    const more = document.getElementById("more");
    more.hidden = left <= 0;
    more.firstElementChild.textContent = `Show ${Math.min(PAGE, left)} more of ${left}`;
    document.getElementById("shown").textContent = `${rows.length} of ${data.problems.length}`;
    document.documentElement.dataset.ready = String(rows.length);
  }

  // The address keeps the view (#change=lost&sort=gain&desc=1&q=word&open=id), so that it can be shared.
  function fromHash() {
    const wanted = new URLSearchParams(location.hash.slice(1));
    state.change = data.changes.includes(wanted.get("change")) ? wanted.get("change") : "";
    state.sort = Object.hasOwn(keys, wanted.get("sort") || "") ? wanted.get("sort") : "";
    if (data.sides.length < 2 && ["tuned", "gain"].includes(state.sort)) state.sort = "";
    state.desc = wanted.get("desc") === "1";
    state.chance = Boolean(chance) && wanted.get("chance") === "1";
    state.q = wanted.get("q") || "";
    state.open = new Set(wanted.getAll("open"));
    if (wanted.get("theme")) document.documentElement.style.colorScheme = wanted.get("theme");
    search.value = state.q;
    const last = visible().findLastIndex((p) => state.open.has(p.id)); // a row that a link opens is shown
    state.shown = Math.max(PAGE, last + 1);
    draw();
    if (last >= 0) rowAt(visible()[last].id)?.scrollIntoView({ block: "start" });
    else if (state.change || state.chance) table.scrollIntoView({ block: "start" });
  }

  function toHash() {
    const kept = new URLSearchParams();
    if (state.change) kept.set("change", state.change);
    if (state.chance) kept.set("chance", "1");
    if (state.sort) kept.set("sort", state.sort);
    if (state.desc) kept.set("desc", "1");
    if (state.q) kept.set("q", state.q);
    state.open.forEach((id) => kept.append("open", id));
    try {
      history.replaceState(null, "", `#${kept}`);
    } catch {
      // Some viewers forbid it; the page works all the same.
    }
    draw();
  }

  chips.forEach((c) =>
    c.addEventListener("click", () => {
      state.change = state.change === c.dataset.change ? "" : c.dataset.change;
      state.shown = PAGE;
      toHash();
    }),
  );
  chance?.addEventListener("click", () => {
    state.chance = !state.chance;
    state.shown = PAGE;
    toHash();
  });
  heads.forEach((h) =>
    h.addEventListener("click", () => {
      // First click on a number: largest first; on text: A first. Second: the other way. Third: as given.
      const first = !["id", "change"].includes(h.dataset.sort);
      if (state.sort !== h.dataset.sort) Object.assign(state, { sort: h.dataset.sort, desc: first });
      else if (state.desc === first) state.desc = !first;
      else Object.assign(state, { sort: "", desc: false });
      toHash();
    }),
  );
  search.addEventListener("input", () => {
    state.q = search.value.trim();
    state.shown = PAGE;
    toHash();
  });
  const rowAt = (id) => [...body.rows].find((r) => r.dataset.id === id);
  const toggle = (row) => {
    const id = row.dataset.id;
    if (!state.open.delete(id)) state.open.add(id);
    toHash();
    rowAt(id)?.focus({ preventScroll: true });
  };
  body.addEventListener("click", (event) => {
    const row = event.target.closest("tr.row");
    if (row) toggle(row);
  });
  body.addEventListener("keydown", (event) => {
    const row = event.target.closest("tr.row");
    if (row && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      toggle(row);
    }
  });
  function step(by) {
    const rows = [...body.querySelectorAll("tr.row")];
    const at = rows.indexOf(document.activeElement.closest?.("tr.row"));
    rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))]?.focus();
  }
  const KEYS = {
    "/": () => search.focus(),
    j: () => step(1),
    k: () => step(-1),
    Escape: () => {
      state.open.clear();
      toHash();
    },
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target === search) {
      if (event.key === "Escape") search.blur();
      return;
    }
    if (!Object.hasOwn(KEYS, event.key)) return;
    event.preventDefault();
    KEYS[event.key]();
  });
  document.getElementById("more").firstElementChild.addEventListener("click", () => {
    state.shown += PAGE;
    draw();
  });
  addEventListener("hashchange", fromHash);
  fromHash();
})();
