// Family pages: keep the service worker, show what waits, try again when the line is back, clear up at sign-out.
const queue = self.MinamoQueue;

const WORDS = {
  waiting: ["warn", "回線が戻ったら送ります"],
  sending: ["", "送っています"],
  signin: ["warn", "もう一度サインインすると送られます"],
  refused: ["bad", "送れませんでした"],
  sent: ["good", "送りました"],
};

// Before its first try has failed a notice does not wait for the line: it is on its way.
const stateOf = (entry) => (entry.state === "waiting" && !entry.tries && navigator.onLine !== false ? "sending" : entry.state);

const line = (entry) => {
  const [tone, words] = WORDS[stateOf(entry)];
  const box = document.createElement("div");
  box.className = `alert ${tone}`;
  box.dataset.state = stateOf(entry);
  const title = document.createElement("b");
  title.textContent = entry.state === "sent" ? `${words}　${entry.received}` : words;
  const text = document.createElement("span");
  text.textContent = [entry.title, entry.error, entry.state !== "sent" && `書いた時刻 ${entry.written}`].filter(Boolean).join("　");
  box.append(title, text);
  if (entry.state === "signin") box.append(link("サインインする", "/accounts/login/?next=/notices/"));
  if (entry.state === "sent" && entry.url) box.append(link("見る", entry.url));
  if (entry.state === "refused") box.append(...tellingLinks(entry));
  if (entry.state === "refused" && entry.unsent?.length) {
    const rest = entry.unsent.map((id) => entry.children[id]).join("・");
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "btn primary", textContent: `${rest}の分を送る` });
    button.addEventListener("click", () => queue.sendRest(entry.key));
    box.append(button);
  }
  if (entry.state === "refused" || entry.state === "sent") {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "btn", textContent: "閉じる" });
    button.addEventListener("click", () => queue.discard(entry.key));
    box.append(button);
  }
  return box;
};

// The ways to the notices that are there already, one for each child.
const tellingLinks = (entry) => {
  const told = Object.entries(entry.told ?? {});
  const several = Object.keys(entry.children ?? {}).length > 1;
  return told.map(([id, where]) => link(`${several ? `${entry.children[id]}の` : ""}届いている連絡をなおす`, where));
};

const link = (text, href) => {
  const made = document.createElement("a");
  Object.assign(made, { className: "btn", href, textContent: text });
  return made;
};

// What has been sent since the page was opened stands in the list of notices as well: the list is asked for anew.
let waited = [];
const listAnew = async () => {
  const list = document.querySelector("[data-notices]");
  const answer = list && await fetch(location.href, { headers: { "X-Requested-With": "fetch" }, cache: "no-store" }).catch(() => null);
  const fresh = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-notices]");
  if (fresh) list.replaceWith(document.adoptNode(fresh));
};

const show = (entries) => {
  if (entries.some(({ key, state }) => state === "sent" && waited.includes(key))) listAnew();
  waited = entries.filter(({ state }) => state !== "sent").map(({ key }) => key);
  // It waits for the person, not for the line: what the form has said before is no longer so.
  if (entries.some(({ state }) => state === "signin")) for (const one of document.querySelectorAll("[data-kept]")) one.hidden = true;
  const said = document.querySelector("[data-sending]")?.dataset.sending;
  const newest = entries.filter(({ key }) => key !== said).sort((a, b) => (b.at ?? 0) - (a.at ?? 0));
  for (const place of document.querySelectorAll("[data-queue]")) {
    place.setAttribute("role", "status");
    place.classList.add("stack-2");
    place.replaceChildren(...newest.filter((entry) => WORDS[entry.state]).map(line));
  }
};

let timer;
const tryAgain = async (all) => {
  clearTimeout(timer);
  if (all || navigator.onLine !== false) await queue.flush({ all });
  const pause = await queue.nextTry();
  if (pause !== null) timer = setTimeout(() => tryAgain(false), pause);
};

// The home page names the children: their first names stay on this device for the notice form without a line.
const rememberFamily = async () => {
  const place = document.querySelector("[data-family]");
  if (!place) return;
  const children = [...place.querySelectorAll("[data-child]")].map(({ dataset }) => (
    { id: dataset.child, name: dataset.name, place: dataset.place }));
  await queue.rememberFamily(place.dataset.family, children, queue.skewOf(place.dataset.now));
};

if (queue && "indexedDB" in self) {
  // Without it everything but the offline page works; the form then says that the page must stay open (queue.add).
  // A browser that the staff used before signs nothing for families, and keeps the notice form from now on.
  const ours = () => MinamoKey.keepSkew(null).then(() => navigator.serviceWorker?.ready).then((one) => one?.active?.postMessage("family"));
  navigator.serviceWorker?.register("/sw.js").then(ours).catch((problem) => console.warn("service worker", problem.message));
  const account = document.querySelector("m-ended")?.getAttribute("account"); // none on the page without a line
  Promise.resolve(account && queue.hold(account)).catch(() => {}).then(() => queue.watch(show)).catch(() => {});
  tryAgain(true).catch(() => {});
  addEventListener("online", () => tryAgain(true));
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && tryAgain(true));
  document.addEventListener("minamo:queued", async () => {
    show(await queue.entries()); // the form has made room: what it wrote stands in the list from now on
    await tryAgain(false);
  });
  rememberFamily().catch(() => {});
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-signout]") || form.dataset.cleared) return;
    event.preventDefault();
    form.dataset.cleared = "yes";
    queue.forget().finally(() => form.submit());
  });
}
