"use strict";
(() => {
  const table = document.getElementById("listings");
  if (!table) return;
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  table.classList.add("sorted");
  // Text is sorted and put in again at once: moving thousands of rows one by one takes seconds.
  const rows = [...body.rows].map((row) => ({
    html: row.outerHTML,
    symbol: row.cells[0].textContent,
    keys: [...row.cells].map((cell) => {
      const text = cell.dataset.v ?? cell.textContent.trim();
      const number = Number(text.replaceAll(",", ""));
      return text !== "" && !Number.isNaN(number) ? number : text;
    }),
  }));
  const filter = document.createElement("input");
  const show = () => {
    const wanted = filter.value.trim().toUpperCase();
    const shown = rows.filter((row) => row.symbol.includes(wanted));
    body.innerHTML = shown.map((row) => row.html).join("");
  };
  const compare = (a, b) =>
    typeof a === "number" && typeof b === "number" ? a - b : String(a) < String(b) ? -1 : Number(String(a) > String(b));
  const sort = (head, at) => {
    const first = head.classList.contains("n") ? "descending" : "ascending";
    const other = first === "ascending" ? "descending" : "ascending";
    const order = head.getAttribute("aria-sort") === first ? other : first;
    heads.forEach((each) => each.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", order);
    const sign = order === "ascending" ? 1 : -1;
    rows.sort((a, b) => sign * compare(a.keys[at], b.keys[at]));
    show();
  };
  heads.forEach((head, at) => {
    head.tabIndex = 0;
    head.addEventListener("click", () => sort(head, at));
    head.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      sort(head, at);
    });
  });
  filter.id = "filter";
  filter.type = "search";
  filter.placeholder = "Show symbols with ...";
  filter.setAttribute("aria-label", filter.placeholder);
  filter.addEventListener("input", show);
  table.parentElement.before(filter);
})();
