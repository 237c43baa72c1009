"use strict";
(() => {
  const source = document.getElementById("data");
  const place = document.getElementById("table");
  if (!source || !place) return;
  const { exchanges, listings } = JSON.parse(source.textContent);
  const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const VALUE = new Map([...DIGITS].map((digit, at) => [digit, at]));
  const NAMES = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const SHADES = [[1, "s5"], [0.999, "s4"], [0.99, "s3"], [0.95, "s2"], [0.5, "s1"], [0, "s0"]];
  const AT_ONCE = 100;
  const STRIP = 36;
  const SVG = "http://www.w3.org/2000/svg";

  // Text goes in as text, never as markup.
  const make = (name, attributes = {}, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  };
  const draw = (name, attributes = {}, ...children) => {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  };
  const grouped = (n) => n.toLocaleString("en-US");
  const price = (n) => Number(n.toPrecision(5)).toLocaleString("en-US", { maximumFractionDigits: 6 });

  const listing = (row) => {
    const [symbol, exchange, first, last, behind, expected, present, excused, missing, range, lacking, holes, open, low, high, line] = row;
    const market = typeof exchange === "number" ? exchanges[exchange] : null;
    return {
      symbol, market, exchange: market ? market.code : exchange, first: first ?? "", last: last ?? "",
      behind, expected, present, excused, missing, range, lacking, holes, open, low, high, line,
      share: expected ? present / expected : 0,
    };
  };
  const all = listings.map(listing);

  const closes = (it) => {
    const values = [];
    for (let at = 0; at + 1 < it.line.length; at += 2) {
      const number = 64 * VALUE.get(it.line[at]) + VALUE.get(it.line[at + 1]);
      values.push(it.low + ((it.high - it.low) * number) / 4095);
    }
    return values;
  };
  // Months as numbers, so that they can be counted.
  const monthNumber = ([year, month]) => 12 * year + month - 1;
  const monthName = (n) => `${NAMES[n % 12]} ${Math.floor(n / 12)}`;
  const months = (it, count) => {
    if (!it.market || !it.market.from) return [];
    const from = monthNumber(it.range[0]);
    const to = monthNumber(it.range[1]);
    const base = monthNumber(it.market.from);
    const lacking = new Map(it.lacking.map(([year, month, missing, excused]) => [12 * year + month - 1, [missing, excused]]));
    const list = [];
    for (let n = Math.max(from, to - count + 1); n <= to; n += 1) {
      const sessions = it.market.sessions[n - base] ?? 0;
      const [missing, excused] = lacking.get(n) ?? [0, 0];
      if (sessions) list.push({ n, sessions, missing, excused, share: Math.max(0, 1 - (missing + excused) / sessions) });
    }
    return list;
  };
  const shade = (share) => SHADES.find(([least]) => share >= least)[1];
  const lacks = (month) => `${monthName(month.n)}: ${month.missing} missing, ${month.excused} excused`;

  const strip = (it) => {
    const list = months(it, STRIP);
    const lacking = list.filter((month) => month.share < 1);
    const label = lacking.length
      ? `${lacking.length} of the last ${list.length} months lack a session. ${lacking.slice(-6).map(lacks).join("; ")}`
      : `the last ${list.length} months are full`;
    const to = monthNumber(it.range[1]);
    const svg = draw("svg", { viewBox: `0 0 ${STRIP * 4} 14`, class: "strip", role: "img", "aria-label": label });
    for (const month of list) {
      const x = (STRIP - 1 - (to - month.n)) * 4;
      const field = draw("rect", { class: shade(month.share), x, y: 0, width: 3.4, height: 14 });
      field.append(draw("title", {}, month.share < 1 ? lacks(month) : `${monthName(month.n)}: full`));
      svg.append(field);
    }
    return svg;
  };
  const path = (values, width, height, left = 0, top = 0) => {
    const low = Math.min(...values);
    const high = Math.max(...values);
    const step = values.length > 1 ? width / (values.length - 1) : 0;
    const y = (value) => top + (high > low ? height - ((value - low) / (high - low)) * height : height / 2);
    return values.map((value, at) => `${at ? "L" : "M"}${(left + at * step).toFixed(1)} ${y(value).toFixed(1)}`).join("");
  };
  const spark = (it) => {
    const values = closes(it);
    if (values.length < 2) return "";
    const change = (values.at(-1) / values[0] - 1) * 100;
    const label = `${values.length} weeks, from ${price(values[0])} to ${price(values.at(-1))}, ${change.toFixed(1)} %`;
    const svg = draw("svg", { viewBox: "0 0 110 22", class: "spark", role: "img", "aria-label": label });
    svg.append(draw("path", { d: path(values, 106, 18, 2, 2) }));
    return svg;
  };

  const dialog = document.getElementById("chart");
  const open = (it) => {
    dialog.replaceChildren();
    const close = make("button", { type: "button", class: "close", "aria-label": "Close" }, "\u00d7");
    close.addEventListener("click", () => dialog.close());
    dialog.append(close, make("h2", { id: "chart-name" }, it.symbol));
    const facts = make("p", { class: "soft" }, `${it.exchange}: ${it.first || "never"} to ${it.last || "never"}, ${grouped(it.present)} of ${grouped(it.expected)} sessions, ${grouped(it.missing)} missing, ${grouped(it.excused)} excused`);
    dialog.append(facts);
    const values = closes(it);
    if (values.length > 1) {
      const svg = draw("svg", { viewBox: "0 0 640 240", class: "price", role: "img", "aria-label": `Weekly closes of ${it.symbol}: low ${price(it.low)}, high ${price(it.high)}, last ${price(values.at(-1))}` });
      for (const [y, value] of [[14, it.high], [119, (it.high + it.low) / 2], [224, it.low]]) {
        svg.append(draw("line", { x1: 0, x2: 560, y1: y, y2: y }), draw("text", { x: 566, y: y + 4 }, price(value)));
      }
      svg.append(draw("path", { d: path(values, 560, 210, 0, 14) }));
      dialog.append(svg, make("p", { class: "soft" }, `The last close of each of ${values.length} weeks without splits, up to ${it.last}: first ${price(values[0])}, last ${price(values.at(-1))}.`));
    } else {
      dialog.append(make("p", {}, "Prices are drawn once a run has written rows of this listing."));
    }
    const list = months(it, 12 * 60);
    if (list.length) {
      const from = Math.floor(list[0].n / 12);
      const to = Math.floor(list.at(-1).n / 12);
      const svg = draw("svg", { viewBox: `0 0 420 ${(to - from + 1) * 15 + 14}`, class: "years", role: "img", "aria-label": `Months from ${from} to ${to}; those that lack a session stand below` });
      NAMES.forEach((name, at) => svg.append(draw("text", { x: 51 + at * 31, y: 9, class: "in" }, name)));
      for (let year = from; year <= to; year += 1) svg.append(draw("text", { x: 0, y: (year - from) * 15 + 25 }, String(year)));
      for (const month of list) {
        const field = draw("rect", { class: shade(month.share), x: 36 + (month.n % 12) * 31, y: (Math.floor(month.n / 12) - from) * 15 + 14, width: 29, height: 13, rx: 2 });
        field.append(draw("title", {}, lacks(month)));
        svg.append(field);
      }
      dialog.append(make("h3", {}, "Months"), svg);
      const lacking = list.filter((month) => month.share < 1).reverse();
      dialog.append(make("p", {}, lacking.length ? lacking.slice(0, 60).map(lacks).join("; ") + (lacking.length > 60 ? `; and ${lacking.length - 60} older` : "") : "Every month is full."));
    }
    if (it.holes.length) dialog.append(make("h3", {}, "Missing"), make("ul", {}, ...it.holes.map((hole) => make("li", {}, hole))));
    if (it.open) dialog.append(make("p", { class: "alarm" }, `${it.open === 1 ? "1 row or event waits" : `${it.open} rows or events wait`} for a decision: quantx quarantine list --symbols ${it.symbol}`));
    dialog.showModal();
  };

  const COLUMNS = [
    { name: "symbol", of: (it) => it.symbol, cell: (it) => { const button = make("button", { type: "button", class: "symbol" }, it.symbol); button.addEventListener("click", () => open(it)); return button; } },
    { name: "prices", of: null, cell: spark },
    { name: `last ${STRIP} months`, of: null, cell: strip },
    { name: "present", number: true, of: (it) => it.share, cell: (it) => it.expected ? `${(Math.floor(it.share * 1e4) / 100).toFixed(2)} %` : "" },
    { name: "missing", number: true, alarm: true, of: (it) => it.missing, cell: (it) => grouped(it.missing) },
    { name: "behind", number: true, alarm: true, of: (it) => it.behind, cell: (it) => grouped(it.behind) },
    { name: "waiting", number: true, alarm: true, of: (it) => it.open, cell: (it) => grouped(it.open) },
    { name: "excused", number: true, of: (it) => it.excused, cell: (it) => grouped(it.excused) },
    { name: "expected", number: true, of: (it) => it.expected, cell: (it) => grouped(it.expected) },
    { name: "first", of: (it) => it.first, cell: (it) => it.first },
    { name: "last", of: (it) => it.last, cell: (it) => it.last },
    { name: "exchange", of: (it) => it.exchange, cell: (it) => it.exchange },
  ];
  let shown = all;
  let limit = AT_ONCE;
  const body = make("tbody");
  const status = make("p", { class: "soft", role: "status" });
  const moreButton = make("button", { type: "button", class: "more" });
  const rowOf = (it) => {
    const row = make("tr");
    COLUMNS.forEach((column, at) => {
      const value = column.of ? column.of(it) : null;
      const classes = [column.number ? "n" : "", column.alarm && value > 0 ? "alarm" : ""].join(" ").trim();
      const cell = make(at ? "td" : "th", at ? {} : { scope: "row" });
      if (classes) cell.className = classes;
      cell.append(column.cell(it));
      row.append(cell);
    });
    return row;
  };
  const show = () => {
    body.replaceChildren(...shown.slice(0, limit).map(rowOf));
    const n = Math.min(limit, shown.length);
    status.textContent = `${grouped(n)} of ${grouped(shown.length)} listings shown${shown.length < all.length ? `, ${grouped(all.length)} in all` : ""}`;
    moreButton.textContent = `Show ${grouped(Math.min(AT_ONCE, shown.length - n))} more`;
    moreButton.hidden = n >= shown.length;
  };
  moreButton.addEventListener("click", () => { limit += AT_ONCE; show(); });

  const heads = COLUMNS.map((column) => {
    const head = make("th", column.number ? { scope: "col", class: "n" } : { scope: "col" });
    if (!column.of) { head.append(column.name); return head; }
    const button = make("button", { type: "button" }, column.name);
    button.addEventListener("click", () => {
      const first = column.number && column.name !== "present" ? "descending" : "ascending";
      const other = first === "ascending" ? "descending" : "ascending";
      const order = head.getAttribute("aria-sort") === first ? other : first;
      heads.forEach((each) => each.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", order);
      const sign = order === "ascending" ? 1 : -1;
      const compare = (a, b) => (a < b ? -1 : Number(a > b));
      all.sort((a, b) => sign * compare(column.of(a), column.of(b)) || compare(a.symbol, b.symbol));
      find();
    });
    head.append(button);
    return head;
  });
  const box = make("input", { type: "search", id: "filter", placeholder: "AAPL, .HK, ...", autocomplete: "off", spellcheck: "false" });
  const find = () => {
    const wanted = box.value.trim().toUpperCase();
    // A symbol that begins so comes before one that has it inside.
    const rank = (it) => (it.symbol.toUpperCase().startsWith(wanted) ? 0 : 1);
    const has = (it) => it.symbol.toUpperCase().includes(wanted);
    shown = wanted ? all.filter(has).sort((a, b) => rank(a) - rank(b)) : all;
    limit = AT_ONCE;
    show();
  };
  box.addEventListener("input", find);
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !shown.length) return;
    // The key would press the dialog's first button.
    event.preventDefault();
    open(shown[0]);
  });
  document.getElementById("search").append(make("label", { for: "filter" }, "Find a symbol"), box, make("span", { class: "soft hint" }, "Enter opens the first one"));
  const table = make("table", { id: "listing-table" }, make("thead", {}, make("tr", {}, ...heads)), body);
  place.replaceChildren(make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Listings" }, table), status, moreButton);
  show();
})();
