// Pages of a sitting follow what the worker does: any event fetches the numbers anew, at most once in a second and a half.
// What somebody is working in (an open sheet of choices, a field) is left alone until the hand has left it.
const PAUSE = 1500;
let timer;

const busy = (now) => now.contains(document.activeElement) && document.activeElement.matches("input, select, textarea");

// Where the keys go on in the fresh part: at the same link (a number in its words may be another), at the same act of the same page,
// else where the page says that they begin.
const kept = (hand, next) => {
  const href = hand.getAttribute("href");
  const said = (one) => [one.textContent.trim(), one.closest("li")?.querySelector("img")?.getAttribute("src")].join("\n");
  const same = (one) => one.localName === hand.localName && one.className === hand.className
    && (href ? one.getAttribute("href") === href : said(one) === said(hand));
  return [...next.querySelectorAll("a, button, summary, h2[tabindex]")].find(same) ?? next.querySelector("[autofocus]");
};

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
  const hand = now.contains(document.activeElement) ? document.activeElement : null;
  const next = document.adoptNode(fresh);
  now.replaceWith(next);
  for (const details of next.querySelectorAll("details")) {
    const source = details.closest("li")?.querySelector("img")?.getAttribute("src");
    if (source && open.includes(source)) details.open = true;
  }
  if (hand) kept(hand, next)?.focus({ preventScroll: true });
};

const soon = () => {
  timer ??= setTimeout(refresh, PAUSE * (0.5 + Math.random() / 2));
};

for (const name of ["scan", "resync"]) document.addEventListener(`live:${name}`, soon);

// While a pile is being read, also without news: who reads may have gone, and the page says so.
const STILL = 20_000;
setInterval(() => { if (document.querySelector("[data-going]")) soon(); }, STILL);
