// Pages of a sitting follow what the worker does: any event fetches the numbers anew, at most once in a second and a half.
// What somebody is working in (an open sheet of choices, a field) is left alone until the hand has left it.
const PAUSE = 1500;
let timer;

const busy = (now) => now.contains(document.activeElement) && document.activeElement.matches("input, select, textarea");

const refresh = async () => {
  timer = undefined;
  const now = document.querySelector("[data-live]");
  if (!now || busy(now)) return soon();
  const answer = await fetch(location.pathname + location.search, { headers: { "X-Requested-With": "fetch" }, cache: "no-store" });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("[data-live]");
  if (!fresh) return;
  const open = [...now.querySelectorAll("details[open]")].map((one) => one.closest("li")?.querySelector("img")?.getAttribute("src"));
  const focus = now.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  const next = document.adoptNode(fresh);
  now.replaceWith(next);
  for (const details of next.querySelectorAll("details")) {
    const source = details.closest("li")?.querySelector("img")?.getAttribute("src");
    if (source && open.includes(source)) details.open = true;
  }
  if (focus) [...next.querySelectorAll("a")].find((link) => link.getAttribute("href") === focus)?.focus();
};

const soon = () => {
  timer ??= setTimeout(refresh, PAUSE * (0.5 + Math.random() / 2));
};

for (const name of ["scan", "resync"]) document.addEventListener(`live:${name}`, soon);

// While a pile is being read, also without news: who reads may have gone, and the page says so.
const STILL = 20_000;
setInterval(() => { if (document.querySelector("[data-going]")) soon(); }, STILL);
