// Arrow keys walk through the names of a list; the address keeps what was searched; printing is one button.
const links = () => [...document.querySelectorAll("[data-rows] .name a")];

document.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const inList = document.activeElement?.matches("[data-rows] .name a, #f-q");
  if (!inList && document.activeElement !== document.body) return;
  const all = links();
  const now = all.indexOf(document.activeElement);
  const next = all[event.key === "ArrowDown" ? now + 1 : now - 1];
  if (next) next.focus();
  else if (event.key === "ArrowUp") document.getElementById("f-q")?.focus();
  else return;
  event.preventDefault();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

document.body.addEventListener("htmx:afterSwap", (event) => {
  const form = document.querySelector("form.filters");
  if (event.detail.target.id !== "rows" || !form) return;
  const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value && value !== "number"));
  history.replaceState(null, "", `${location.pathname}${query.size ? `?${query}` : ""}`);
  for (const link of document.querySelectorAll(".people-menu a")) {
    const own = new URLSearchParams(query);
    if (link.search.includes("encoding=cp932")) own.set("encoding", "cp932");
    link.search = own.toString();
  }
});
