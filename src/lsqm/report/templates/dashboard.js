"use strict";
// Makes the page live: tables, filters, details, deep links, tooltips. The run's numbers were computed in Python (view.py);
// only what a filter leaves is counted here. Text only ever becomes text: no markup is built from data.
(() => {
  const $ = (id) => document.getElementById(id);
  const DATA = JSON.parse($("data").textContent);
  const unpack = ({ columns, lines }) => lines.map((line) => Object.fromEntries(columns.map((name, at) => [name, line[at]])));
  const ICONS = { PASSED: "passed", PARTIAL: "partial", FAILED: "failed", TIMEOUT: "timeout", ERROR: "error", "NOT RUN": "not_run",
    passed: "passed", ok: "passed", failed: "failed", timeout: "timeout", error: "error", skipped: "skipped" };
  const SIGNS = { regressed: "▼", fixed: "▲", flaky: "~", spurious: "≈", "not-comparable": "≠", new: "+", removed: "−", unchanged: "=", unconfirmed: "?" };
  const LETTERS = { P: "passed", H: "partial", F: "failed", T: "timeout", E: "error", "-": "not run" };
  // Intl's formatters cost tens of milliseconds when first made: only those that are needed, only when they are.
  const lazy = (make) => { let made; return () => made ??= make(); };
  const number = (value) => String(value).replace(/\B(?=(\d{3})+$)/g, ",");

  // -- elements

  function h(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "onclick") element.addEventListener("click", value);
      else if (value === true) element.setAttribute(name, "");
      else if (value !== false && value != null) element.setAttribute(name, value);
    }
    element.append(...children.flat().filter((child) => child != null && child !== ""));
    return element;
  }
  function icon(status) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    const name = ICONS[status] || "not_run";
    svg.setAttribute("class", `i s-${name}`);
    svg.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `#i-${name}`);
    svg.append(use);
    return svg;
  }
  const link = (url, text) => /^https?:\/\//.test(url) ? h("a", { href: url, rel: "noreferrer" }, text) : document.createTextNode(text);
  const foreign = (tag, text, attributes = {}) => h(tag, { dir: "auto", ...attributes }, text);
  const seconds = (value) => value < 90 ? `${value < 10 ? value.toFixed(1) : Math.round(value)} s` : `${Math.round(value / 60)} min`;

  // -- times: absolute as written, relative beside it

  const relative = lazy(() => new Intl.RelativeTimeFormat("en", { numeric: "auto" }));
  function ago(iso) {
    const gone = (new Date(iso) - Date.now()) / 1000;
    for (const [unit, size] of [["year", 31557600], ["month", 2629800], ["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60]]) {
      if (Math.abs(gone) >= size) return relative().format(Math.round(gone / size), unit);
    }
    return Number.isNaN(gone) ? "" : "just now";
  }
  const shortDay = (iso) => new Date(iso).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
  requestAnimationFrame(() => setTimeout(() => {
    for (const time of document.querySelectorAll("time[datetime]:not([data-short])")) {
      const text = ago(time.dateTime);
      if (text) time.after(` (${text})`);
    }
  }));

  // -- theme

  const theme = $("theme");
  const systemDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (document.documentElement.dataset.theme || (systemDark.matches ? "dark" : "light")) === "dark";
  function remember(value) { try { localStorage.setItem("lsqm-theme", value); } catch { /* a file: page may have no storage */ } }
  function recall() { try { return localStorage.getItem("lsqm-theme"); } catch { return null; } }
  function setTheme(value) {
    if (value === "dark" || value === "light") document.documentElement.dataset.theme = value;
    theme.textContent = isDark() ? "Light" : "Dark";
    theme.setAttribute("aria-label", isDark() ? "Switch to light colours" : "Switch to dark colours");
  }
  setTheme(recall());
  theme.hidden = false;
  theme.addEventListener("click", () => { const next = isDark() ? "light" : "dark"; remember(next); setTheme(next); });
  systemDark.addEventListener("change", () => setTheme(null));

  // -- sorting

  const collator = lazy(() => new Intl.Collator("en", { numeric: true }));
  const compare = (a, b) => typeof a === "number" && typeof b === "number" ? a - b : collator().compare(String(a), String(b));
  function sortHead(cell, label, act) {
    cell.replaceChildren(h("button", { type: "button", onclick: act }, label));
  }
  for (const table of document.querySelectorAll("table[data-sortable]")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      if (head.classList.contains("nosort")) return;
      sortHead(head, head.textContent, () => {
        const down = head.getAttribute("aria-sort") !== "descending" && (column > 0 || head.getAttribute("aria-sort") === "ascending");
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const value = (row) => { const raw = row.cells[column].dataset.v; return raw === "" || Number.isNaN(Number(raw)) ? raw : Number(raw); };
        const body = table.tBodies[0];
        body.append(...[...body.rows].sort((a, b) => compare(value(a), value(b)) * (down ? -1 : 1)));
      });
    });
  }

  for (const table of document.querySelectorAll("table[data-fold]")) {
    if (table.tBodies[0].rows.length <= 12) continue;
    const all = h("button", { type: "button", class: "quiet", onclick: () => { table.classList.remove("folded"); all.parentElement.remove(); } }, `Show all ${table.tBodies[0].rows.length}`);
    table.classList.add("folded");
    table.parentElement.after(h("p", { class: "more" }, all));
  }

  // -- a table that draws its first rows when it comes near the window, and more as its end does

  const CHUNK = 60, FOLD = 15;
  class Grid {
    constructor(table, { columns, rows, draw, caption, onPicked, more, folded = false }) {
      Object.assign(this, { table, columns, all: rows, draw, onPicked, folded, sort: null, accept: () => true, drawn: 0 });
      this.button = more.firstElementChild;
      this.button.addEventListener("click", () => { this.folded = false; this.more(Infinity); });
      this.body = h("tbody");
      this.heads = columns.map((column) => {
        const cell = h("th", { scope: "col", class: `${column.css || ""} ${column.number ? "n" : ""}`.trim() || null });
        sortHead(cell, column.label, () => this.sortBy(column));
        return cell;
      });
      table.append(h("caption", { class: "sr" }, caption), h("thead", {}, h("tr", {}, this.heads)), this.body);
      this.end = h("div", { "aria-hidden": "true" });
      table.after(this.end);
      new IntersectionObserver((seen) => { if (seen.some((entry) => entry.isIntersecting)) this.more(); }, { rootMargin: "600px" }).observe(this.end);
      this.pick();
    }
    sortBy(column) {
      const first = column.number ? -1 : 1;
      const direction = this.sort?.column === column ? -this.sort.direction : first;
      this.sort = { column, direction };
      this.columns.forEach((other, at) => {
        if (other === column) this.heads[at].setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
        else this.heads[at].removeAttribute("aria-sort");
      });
      this.refresh();
    }
    refresh() {
      this.pick();
      this.body.replaceChildren();
      this.drawn = 0;
      this.more();
    }
    pick() {
      this.shown = this.all.filter(this.accept);
      if (this.sort) {
        const { column, direction } = this.sort;
        this.shown.sort((a, b) => direction * compare(column.value(a), column.value(b)));
      }
      this.onPicked(this);
    }
    more(upTo = this.drawn + CHUNK) {
      if (this.folded) upTo = FOLD;
      const next = this.shown.slice(this.drawn, upTo);
      this.body.append(...next.map((row) => this.draw(row)));
      this.drawn = Math.min(this.shown.length, Math.max(upTo, this.drawn));
      if (!this.shown.length) this.body.replaceChildren(h("tr", {}, h("td", { colspan: this.columns.length, class: "empty" }, this.all.length ? "Nothing matches these filters." : "Nothing to show.")));
      this.button.parentElement.hidden = this.drawn >= this.shown.length;
      this.button.textContent = `Show all ${number(this.shown.length)}`;
    }
    reach(row) {
      const at = this.shown.indexOf(row);
      if (at >= this.drawn) this.more(at + CHUNK);
      return at >= 0;
    }
  }

  // -- operations

  const operations = unpack(DATA.operations);
  const opGrid = new Grid($("op-table"), {
    caption: "API operations that architectures call",
    more: $("op-more"),
    folded: true,
    rows: operations,
    columns: [
      { label: "Operation", value: (row) => row.operation },
      { label: "Architectures", number: true, value: (row) => row.architectures },
      { label: "Calls", number: true, value: (row) => row.calls },
      { label: "4xx", number: true, value: (row) => row.client },
      { label: "5xx", number: true, value: (row) => row.server },
      { label: "5xx before", number: true, value: (row) => row.before ?? -1 },
      { label: "Blocks", number: true, value: (row) => row.blocks },
    ],
    draw: (row) => h("tr", {},
      h("th", { scope: "row" }, h("code", {}, row.operation)),
      ...[row.architectures, row.calls, row.client].map((value) => h("td", { class: value ? "n" : "n zero" }, number(value))),
      h("td", { class: row.server ? "n worse" : "n zero" }, number(row.server)),
      h("td", { class: "n muted" }, row.before == null ? "–" : number(row.before)),
      h("td", { class: "n" }, row.blocks ? h("a", { href: `#?q=${encodeURIComponent(row.operation)}`, "aria-label": `${row.blocks} architectures blocked by ${row.operation}` }, number(row.blocks)) : h("span", { class: "zero" }, "0"))),
    onPicked: (grid) => { $("op-count").textContent = `${number(grid.shown.length)} of ${number(operations.length)} operations`; },
  });
  $("op-filters").hidden = !operations.length;
  function filterOperations() {
    const wanted = $("op-search").value.trim().toLowerCase();
    const failing = $("op-failing").checked;
    opGrid.accept = (row) => (!failing || row.server > 0 || row.blocks > 0) && row.operation.toLowerCase().includes(wanted);
    opGrid.refresh();
  }
  $("op-search").addEventListener("input", filterOperations);
  $("op-failing").addEventListener("change", filterOperations);

  // -- architectures

  const rows = unpack(DATA.rows);
  const byHash = new Map(rows.map((row) => [row.hash, row]));
  for (const row of rows) row.why = row.signature >= 0 ? DATA.signatures[row.signature] : row.message;
  const searchable = (row) => row.text ??= [row.name, row.hash, row.cause, row.why, row.message, row.source, ...row.services].join("\n").toLowerCase();
  const STATUS_ORDER = ["FAILED", "PARTIAL", "TIMEOUT", "ERROR", "NOT RUN", "PASSED"];
  const opened = new Set();

  const strip = (row) => h("span", { class: "strip", role: "img", "aria-label": `Last ${row.strip.length} runs: ${[...row.strip].map((letter) => LETTERS[letter]).join(", ")}` },
    [...row.strip].map((letter) => h("i", { class: letter === "-" ? "_" : letter })));
  const badge = (change) => h("span", { class: change === "unchanged" ? "muted" : `tag${change === "regressed" ? " bad" : change === "fixed" ? " good" : ""}` }, `${SIGNS[change] || ""} ${change}`);

  function drawRow(row) {
    const toggle = h("button", { type: "button", class: "toggle", "aria-expanded": "false" }, icon(row.status), row.status);
    const line = h("tr", { class: "row", id: `r-${row.hash}` },
      h("td", { class: "status" }, toggle),
      h("td", { class: "name" }, foreign("b", row.name, { title: row.name }), h("small", {}, h("code", {}, row.hash.slice(0, 8)), " ", foreign("span", row.source))),
      h("td", { class: "change" }, row.change ? badge(row.change) : ""),
      h("td", { class: "why" }, row.why ? foreign("code", row.why, { title: row.why }) : "", h("small", {}, [row.cause, row.since && `since ${shortDay(row.since)}`].filter(Boolean).join(" · "))),
      h("td", { class: "services", title: row.services.join(", ") }, row.services.join(", ")),
      h("td", { class: "history" }, strip(row)),
      h("td", { class: "n time" }, row.seconds ? seconds(row.seconds) : "–"));
    line.addEventListener("click", (event) => { if (!event.target.closest("a")) flip(row, line); });
    if (!opened.has(row.hash)) return line;
    const fragment = document.createDocumentFragment();
    fragment.append(line);
    expand(row, line);
    return fragment;
  }
  function flip(row, line) {
    if (opened.has(row.hash)) {
      opened.delete(row.hash);
      line.classList.remove("open");
      line.querySelector(".toggle").setAttribute("aria-expanded", "false");
      line.nextElementSibling?.remove();
      if (location.hash === `#${row.hash}`) setHash("");
    } else {
      opened.add(row.hash);
      expand(row, line);
      setHash(row.hash);
    }
  }
  function expand(row, line) {
    const cell = h("td", { colspan: 7 }, h("p", { class: "empty" }, "Opening…"));
    line.after(h("tr", { class: "details", id: `d-${row.hash}` }, cell));
    line.classList.add("open");
    const toggle = line.querySelector(".toggle");
    toggle.setAttribute("aria-expanded", "true");
    toggle.setAttribute("aria-controls", `d-${row.hash}`);
    bundle(row.hash).then(
      (details) => cell.replaceChildren(drawDetails(row, details)),
      (error) => cell.replaceChildren(h("p", { class: "empty" }, `The details cannot be read: ${error.message}`)));
  }
  // One line per architecture: its hash and gzip'd JSON in base64. They stand behind this script and may still be loading.
  const bundles = lazy(() => new Map($("bundles").textContent.trim().split("\n").map((line) => line.trim().split(" "))));
  async function bundle(hash) {
    if (document.readyState === "loading") await new Promise((done) => document.addEventListener("DOMContentLoaded", done, { once: true }));
    const packed = Uint8Array.from(atob(bundles().get(hash)), (letter) => letter.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  }

  // -- details of one architecture

  const block = (title, note, ...content) => h("section", { class: "part" }, h("h3", {}, title, note ? h("small", {}, ` ${note}`) : ""), ...content);
  const outcome = (word) => h("span", { class: "outcome" }, icon(word), word);
  const plain = (heads, lines) => h("table", {}, h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))),
    h("tbody", {}, lines.map((cells) => h("tr", {}, cells.map((cell, at) => h("td", { class: /^(Outcome|Time|Side|Status)$/.test(heads[at]) ? "tight" : null }, cell))))));

  function drawDetails(row, details) {
    const main = h("div"), aside = h("div");
    const message = details.message || row.message;
    if (message) main.append(foreign("p", message, { class: "lead" }));
    if (details.change) main.append(drawChange(row, details));
    if (details.tests?.length) main.append(drawTests(details));
    if (details.drift?.length) main.append(block("Drift", `${details.drift.length} found by a second plan: the emulator did not give back what was asked for`,
      plain(["Address", "Attribute", "Asked for", "Given back"], details.drift.map(([address, action, attribute, before, after]) => [foreign("code", address), foreign("code", attribute || action), foreign("code", before), foreign("code", after)]))));
    if (details.leaks?.length) main.append(block("Left over after destroy", "", h("ul", {}, details.leaks.map((leak) => h("li", {}, foreign("code", leak))))));
    if (details.logs?.length) main.append(drawLogs(details.logs));
    aside.append(drawReplay(row));
    if (details.phases?.length) aside.append(drawPhases(details.phases));
    if (details.calls?.length) aside.append(drawCalls(details.calls));
    aside.append(drawFacts(row, details));
    return h("div", { class: "detail" }, main, aside);
  }
  function drawChange(row, { change, issue }) {
    const side = (found, label) => found && h("span", {}, h("b", {}, `${label}: `), outcome(found.status), ` on ${found.emulator || found.run}`);
    return block("Change", "", h("p", {}, badge(row.change), " ", change.reason),
      h("p", { class: "sides" }, side(change.before, "Before"), change.before && change.after ? "→" : "", side(change.after, "Now"), issue ? link(issue, "Issue") : ""),
      change.tests.length ? h("ul", {}, change.tests.map(([test, moved]) => h("li", {}, badge(moved), " ", foreign("code", test)))) : "",
      change.evidence.length ? h("details", {}, h("summary", {}, `${change.evidence.length} repeats as evidence`),
        plain(["Emulator", "Side", "Status", "Shows the loss", "Signature or reason"], change.evidence.map(([emulator, onBaseline, status, why, reproduces]) => [emulator, onBaseline ? "baseline" : "new", outcome(status), reproduces == null ? "–" : reproduces ? "yes" : "no", foreign("code", why)]))) : "");
  }
  function drawTests({ tests, moreTests }) {
    const bad = tests.filter(([, word]) => word !== "passed"), good = tests.filter(([, word]) => word === "passed");
    const table = (list) => plain(["Test", "Outcome", "Time"], list.map(([id, word, time, message, traceback, unproven]) => [
      h("div", {}, foreign("code", id), unproven ? h("span", { class: "tag", title: "It never passed on the reference emulator, so it accuses nobody" }, "unproven") : "", message ? foreign("p", message, { class: "muted" }) : "", traceback ? h("details", {}, h("summary", {}, "Traceback"), foreign("pre", traceback, { tabindex: 0 })) : ""), outcome(word), seconds(time)]));
    return block("Tests", `${good.length} of ${tests.length} passed${moreTests ? `; ${moreTests} more in the result` : ""}`,
      bad.length ? table(bad) : "", good.length ? h("details", { open: !bad.length && good.length <= 12 }, h("summary", {}, `${good.length} passed`), table(good)) : "");
  }
  const BAD_LINE = /\b(error|failed|failure|exception|traceback|fatal|panic)\b|\b50[0-9]\b/i;
  function drawLogs(logs) {
    return block("Logs", "", logs.map(([kind, path, text], at) => {
      if (!text) return h("p", { class: "muted" }, `${kind}: not in this page, see `, h("code", {}, path));
      const pre = h("pre", { tabindex: 0, "aria-label": `${kind} log` });
      const marks = [];
      for (const line of text.split("\n")) {
        if (BAD_LINE.test(line)) { const mark = h("span", { class: "bad" }, `${line}\n`); marks.push(mark); pre.append(mark); } else pre.append(`${line}\n`);
      }
      let next = 0;
      const jump = () => { const mark = marks[next++ % marks.length]; pre.scrollTop = mark.offsetTop - pre.offsetTop - 40; };
      return h("details", { open: at === 0 }, h("summary", {}, `${kind}, ${number(Math.ceil(text.length / 1024))} kB`),
        h("div", { class: "tools" }, marks.length ? h("button", { type: "button", class: "quiet", onclick: jump }, `Next of ${marks.length} errors`) : "", copyButton(text), h("code", { class: "muted" }, path)), pre);
    }));
  }
  function copyButton(text) {
    const button = h("button", { type: "button", class: "quiet", onclick: async () => {
      try { await navigator.clipboard.writeText(text); button.textContent = "Copied"; } catch { button.textContent = "Select and copy by hand"; }
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    } }, "Copy");
    return button;
  }
  const drawReplay = (row) => { const command = `lsqm replay ${DATA.run} ${row.hash}`; return block("Replay", "", h("div", { class: "copy" }, h("code", {}, command), copyButton(command))); };
  function drawPhases(phases) {
    const longest = Math.max(...phases.map(([, , time]) => time), 0.1);
    return block("Phases", "", h("table", { class: "phases" }, h("thead", { class: "sr" }, h("tr", {}, ["Phase", "Outcome", "Share", "Time"].map((head) => h("th", { scope: "col" }, head)))), h("tbody", {}, phases.map(([name, word, time, deadline, message]) => {
      const fill = h("i");
      fill.style.width = `${(time / longest) * 100}%`;
      return h("tr", {}, h("td", {}, name, message ? foreign("p", message, { class: "muted" }) : ""), h("td", {}, outcome(word)), h("td", {}, h("span", { class: "track", "aria-hidden": "true" }, fill)), h("td", { class: "n", title: deadline ? `deadline ${seconds(deadline)}` : null }, seconds(time)));
    }))));
  }
  function drawCalls(calls) {
    const isBad = ([, answers]) => Object.keys(answers).some((status) => !/^[23]/.test(status));
    const list = (items) => plain(["Operation", "Answers"], items.map(([operation, answers]) => [h("code", {}, operation), Object.entries(answers).map(([status, times]) => `${status} × ${times}`).join(", ")]));
    const bad = calls.filter(isBad), good = calls.filter((call) => !isBad(call));
    return block("API calls", `${calls.length} operations`, bad.length ? list(bad) : "", good.length ? h("details", {}, h("summary", {}, `${good.length} answered without error`), list(good)) : "");
  }
  function drawFacts(row, details) {
    const facts = [
      ["Name", foreign("span", details.name || row.name)],
      ["Hash", h("code", {}, row.hash)],
      ["Origin", details.link ? link(details.link, details.origin) : foreign("code", details.origin || "")],
      ["Commit", details.commit && h("code", {}, details.commit)],
      ["Dialect", row.dialect], ["Found", details.found && shortDay(details.found)],
      ["Fidelity", details.fidelity != null && `${Math.round(details.fidelity * 100)}%`],
      ["Resources", row.resources], ["Services", row.services.join(", ")],
      ["Re-plan", details.empty == null ? "" : details.empty ? "empty, as it should be" : "wanted changes"],
      ["Attempts", details.attempts > 1 ? details.attempts : ""],
      ...Object.entries(details.pins || {}).map(([name, value]) => [name, h("code", {}, value)]),
    ];
    return block("Facts", "", h("dl", {}, facts.filter(([, value]) => value).flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])));
  }

  // -- filters, and the address that holds them

  const chosen = { q: "", status: new Set(), service: "", source: "", change: "", signature: "" };
  const statuses = STATUS_ORDER.filter((status) => rows.some((row) => row.status === status));
  const chips = new Map(statuses.map((status) => {
    const total = rows.filter((row) => row.status === status).length;
    const chip = h("button", { type: "button", "aria-pressed": "false", onclick: () => { chosen.status.has(status) ? chosen.status.delete(status) : chosen.status.add(status); applyFilters(); } }, icon(status), `${status} ${number(total)}`);
    return [status, chip];
  }));
  $("status-chips").append(...chips.values());
  function fill(id, values, every) {
    const counts = new Map();
    for (const value of values) if (value) counts.set(value, (counts.get(value) || 0) + 1);
    $(id).append(h("option", { value: "" }, every), ...[...counts].sort(([a], [b]) => compare(a, b)).map(([value, total]) => h("option", { value }, `${value} (${total})`)));
  }
  fill("f-service", rows.flatMap((row) => row.services), "every service");
  fill("f-source", rows.map((row) => row.source), "every source");
  fill("f-change", rows.map((row) => row.change), "any change");
  $("filters").hidden = !rows.length;

  const grid = new Grid($("table"), {
    caption: "Architectures of this run",
    more: $("more"),
    rows,
    columns: [
      { label: "Status", css: "c-status", value: (row) => STATUS_ORDER.indexOf(row.status) },
      { label: "Architecture", css: "c-name", value: (row) => row.name },
      { label: "Change", css: "c-change", value: (row) => row.change || "~" },
      { label: "Why", css: "c-why", value: (row) => row.why || "~" },
      { label: "Services", css: "c-services", value: (row) => row.services.join(", ") },
      { label: "History", css: "c-history", value: (row) => [...row.strip].reverse().join("") },
      { label: "Time", css: "c-time", number: true, value: (row) => row.seconds },
    ],
    draw: drawRow,
    onPicked: (table) => {
      $("count").textContent = table.shown.length === rows.length ? `${number(rows.length)} rows` : `${number(table.shown.length)} of ${number(rows.length)}`;
    },
  });

  function applyFilters({ keepHash = false } = {}) {
    const words = chosen.q.toLowerCase().split(/\s+/).filter(Boolean);
    grid.accept = (row) =>
      (!chosen.status.size || chosen.status.has(row.status)) &&
      (!chosen.service || row.services.includes(chosen.service)) &&
      (!chosen.source || row.source === chosen.source) &&
      (!chosen.change || row.change === chosen.change) &&
      (chosen.signature === "" || row.signature === Number(chosen.signature)) &&
      words.every((word) => searchable(row).includes(word));
    for (const [status, chip] of chips) chip.setAttribute("aria-pressed", String(chosen.status.has(status)));
    if ($("search").value !== chosen.q) $("search").value = chosen.q;
    $("f-service").value = chosen.service;
    $("f-source").value = chosen.source;
    $("f-change").value = chosen.change;
    const address = new URLSearchParams();
    for (const name of ["q", "service", "source", "change", "signature"]) if (chosen[name] !== "") address.set(name, chosen[name]);
    if (chosen.status.size) address.set("status", [...chosen.status].join(","));
    $("reset").hidden = !address.size;
    $("reset").textContent = chosen.signature === "" ? "Clear filters" : "Clear filters (one root cause)";
    if (!keepHash) setHash(address.size ? `?${address}` : "");
    grid.refresh();
  }
  function clearFilters() { Object.assign(chosen, { q: "", status: new Set(), service: "", source: "", change: "", signature: "" }); }
  $("reset").addEventListener("click", () => { clearFilters(); applyFilters(); $("search").focus(); });
  $("search").addEventListener("input", () => { chosen.q = $("search").value; applyFilters(); });
  for (const name of ["service", "source", "change"]) $(`f-${name}`).addEventListener("change", () => { chosen[name] = $(`f-${name}`).value; applyFilters(); });

  function setHash(text) {
    try { history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search); } catch { /* some viewers refuse; the link is a comfort */ }
  }
  function follow() {
    const address = location.hash.slice(1);
    drawAll();
    if (address.startsWith("?")) {
      const wanted = new URLSearchParams(location.hash.slice(2));
      clearFilters();
      for (const name of ["q", "service", "source", "change", "signature"]) chosen[name] = wanted.get(name) || "";
      for (const status of (wanted.get("status") || "").split(",")) if (chips.has(status)) chosen.status.add(status);
      applyFilters({ keepHash: true });
      $("architectures").scrollIntoView();
    } else if (/^[0-9a-f]{8,64}$/.test(address)) {
      const row = byHash.get(address) || rows.find((candidate) => candidate.hash.startsWith(address));
      if (!row) { $("count").textContent = `No architecture ${address.slice(0, 12)}… in this run`; $("architectures").scrollIntoView(); return; }
      if (!grid.shown.includes(row)) { clearFilters(); applyFilters({ keepHash: true }); }
      grid.reach(row);
      const line = $(`r-${row.hash}`);
      if (!opened.has(row.hash)) { opened.add(row.hash); expand(row, line); }
      line.scrollIntoView({ block: "start" });
      line.querySelector(".toggle").focus({ preventScroll: true });
    } else if (address) $(address)?.scrollIntoView();
  }
  // A jump to a section lands where it should only when what is above it has its height.
  function drawAll() { for (const table of [opGrid, grid]) if (!table.drawn) table.more(); }
  addEventListener("hashchange", follow);
  if (location.hash.length > 1) follow();

  // -- print: what was not in sight yet is drawn, up to a few pages

  addEventListener("beforeprint", () => { for (const table of [opGrid, grid]) if (table.drawn < 120) table.more(120); });

  // -- keyboard

  addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      $("search").focus();
    } else if (event.key === "Escape" && event.target === $("search") && chosen.q) { chosen.q = ""; applyFilters(); }
  });

  // -- hover values of the charts, by pointer and by arrow keys

  const tip = $("tip");
  function showTip(column) {
    tip.replaceChildren(h("b", {}, column.dataset.value), column.dataset.when, column.dataset.more ? h("br") : "", column.dataset.more);
    tip.hidden = false;
    const box = column.getBoundingClientRect();
    tip.style.left = `${Math.max(8, Math.min(innerWidth - tip.offsetWidth - 8, box.left + box.width / 2 - tip.offsetWidth / 2))}px`;
    tip.style.top = `${Math.max(8, box.top - tip.offsetHeight - 6)}px`;
  }
  const hideTip = () => { tip.hidden = true; };
  for (const chart of document.querySelectorAll("svg.chart")) {
    const columns = [...chart.querySelectorAll(".hit")];
    let at = columns.length - 1;
    const select = (place) => { columns[at].classList.remove("on"); at = Math.max(0, Math.min(columns.length - 1, place)); columns[at].classList.add("on"); showTip(columns[at]); };
    columns.forEach((column) => column.addEventListener("pointerenter", () => showTip(column)));
    chart.addEventListener("pointerleave", hideTip);
    chart.addEventListener("focus", () => select(at));
    chart.addEventListener("blur", () => { columns[at].classList.remove("on"); hideTip(); });
    chart.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[event.key];
      if (step) { event.preventDefault(); select(at + step); }
    });
  }
  addEventListener("scroll", hideTip, { passive: true });
  document.documentElement.dataset.ready = Math.round(performance.now()); // milliseconds since the page was asked for
  addEventListener("load", () => { document.documentElement.dataset.loaded = Math.round(performance.now()); });
})();
