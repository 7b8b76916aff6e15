// The start page of a school follows the morning: any event fetches the numbers anew, at most once in two seconds.
const PAUSE = 2000;
let timer;

const refresh = async () => {
  timer = undefined;
  const answer = await fetch(location.href, { headers: { "X-Requested-With": "fetch" }, cache: "no-store" });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = [...page.querySelectorAll("[data-live]")];
  const now = [...document.querySelectorAll("[data-live]")];
  if (fresh.length !== now.length) return;
  for (const [at, part] of now.entries()) if (!part.contains(document.activeElement)) part.replaceWith(document.adoptNode(fresh[at]));
};

const soon = () => {
  timer ??= setTimeout(refresh, PAUSE * (0.5 + Math.random() / 2));
};

for (const name of ["register", "attendance", "emergency", "resync"]) document.addEventListener(`live:${name}`, soon);
