// The notice form with JavaScript: what is written goes into the waiting line first and is sent from there, so that a
// line lost at the school gate loses nothing. Without JavaScript the same form is an ordinary POST with the same key.
const queue = self.MinamoQueue;
const form = document.querySelector("form[data-notice]");
const KINDS = { absent: "欠席", late: "遅刻", early: "早退", late_early: "遅刻・早退" };

const japan = (moment, options) => new Intl.DateTimeFormat("ja-JP", { timeZone: "Asia/Tokyo", ...options }).format(moment);
const isoDay = (moment) => new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Tokyo" }).format(moment);
const plus = (iso, days) => new Date(Date.parse(`${iso}T00:00:00Z`) + days * 864e5).toISOString().slice(0, 10);
const weekday = (iso) => new Date(`${iso}T00:00:00Z`).getUTCDay();
const spoken = (iso) => `${+iso.slice(5, 7)}月${+iso.slice(8)}日（${"日月火水木金土"[weekday(iso)]}）`;

// The school's time: a device may run ahead or behind.
let skew = form?.dataset.now ? queue.skewOf(form.dataset.now) : 0;
const schoolNow = () => new Date(Date.now() + skew);

const newKey = () => crypto.randomUUID?.() ?? "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (c) =>
  (+c ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (+c / 4)))).toString(16));

// `told`: child → the notice that is there already. Where others are ticked too, those children no longer are: one more
// tap sends the others.
const problem = (text, told, field) => {
  clearFields();
  const place = form.querySelector("[data-problem]");
  const box = document.createElement("div");
  box.className = `alert ${told ? "warn" : "bad"}`;
  box.setAttribute("role", "alert");
  const title = document.createElement("b");
  title.textContent = told ? "すでに届いています" : "まだ送られていません";
  box.append(title, text);
  const boxes = [...form.querySelectorAll("[name=pupil]")];
  const others = boxes.some((one) => one.checked && !(one.value in (told ?? {})));
  for (const [child, where] of Object.entries(told ?? {})) {
    const ticked = boxes.find((one) => one.value === child);
    if (ticked && others) ticked.checked = false;
    const whose = ticked && boxes.length > 1 ? `${ticked.dataset.name}さんの` : "";
    const way = document.createElement("a");
    Object.assign(way, { className: boxes.length > 1 ? "btn" : "btn primary", href: where, textContent: `${whose}届いている連絡を見る・なおす` });
    box.append(way);
  }
  place.replaceChildren(...(text ? [box] : []));
  if (text && !(field && sayAt(field, text))) place.scrollIntoView({ block: "center" });
};

const clearFields = () => {
  for (const old of form.querySelectorAll(".field > .error")) old.remove();
  for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
};

// The sentence stands at the field it is about, which gets the focus. A day is chosen by tiles; the date field may be hidden.
const sayAt = (field, text) => {
  const input = form.querySelector(`[name="${field === "begins" ? "when" : field}"]`);
  const place = input?.closest(".field");
  if (!place) return false;
  const said = Object.assign(document.createElement("span"), { className: "error", id: `${field}-error`, textContent: text });
  place.append(said);
  const details = place.closest("details");
  if (details) details.open = true;
  if (input.type !== "radio") input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", said.id);
  input.focus({ preventScroll: true });
  place.scrollIntoView({ block: "center" });
  return true;
};

// The offline page knows neither day nor children: the device does.
const fillFromDevice = async () => {
  const known = await queue.family();
  skew = known?.skew ?? 0;
  const today = isoDay(schoolNow());
  let next = plus(today, 1);
  while ([0, 6].includes(weekday(next))) next = plus(next, 1);
  const days = [["きょう", today], [next === plus(today, 1) ? "あした" : "つぎの日", next]];
  const radios = form.querySelectorAll("[name=when]");
  days.forEach(([large, iso], at) => {
    radios[at].value = iso;
    const label = radios[at].nextElementSibling;
    label.replaceChildren(large, Object.assign(document.createElement("small"), { textContent: spoken(iso) }));
  });
  form.dataset.account = known?.account ?? "";
  form.querySelector("[data-children]").replaceChildren(...(known?.children ?? []).map(({ id, name, place }) => {
    const tile = document.createElement("label");
    tile.className = "tile";
    const box = Object.assign(document.createElement("input"), { type: "checkbox", name: "pupil", value: id });
    box.dataset.name = name;
    box.checked = known.children.length === 1;
    const text = document.createElement("span");
    text.append(name, Object.assign(document.createElement("small"), { textContent: place }));
    tile.append(box, text);
    return tile;
  }));
  form.hidden = !known?.children?.length || (await queue.kept())?.account !== known.account; // who has signed out left no key
  document.querySelector("[data-unknown]").hidden = !form.hidden;
};

const written = () => {
  const data = new FormData(form);
  const body = Object.fromEntries([...data].filter(([name]) => name !== "csrfmiddlewaretoken"));
  return { ...body, pupil: data.getAll("pupil"), symptoms: data.getAll("symptoms"), written_at: schoolNow().toISOString() };
};

const lacking = (body) => {
  if (!body.pupil.length) return ["どのお子さんの連絡かを選んでください。", "pupil"];
  if (body.when === "period" && !body.begins) return ["始まりの日を選んでください。", "begins"];
  if (!body.reason) return ["理由を選んでください。", "reason"];
  return ["", ""];
};

const send = async () => {
  const body = written();
  const [lack, where] = lacking(body);
  problem(lack, null, where);
  if (lack) return;
  body.key ||= newKey();
  const ticked = [...form.querySelectorAll("[name=pupil]:checked")];
  const children = Object.fromEntries(ticked.map((box) => [box.value, `${box.dataset.name}さん`]));
  const now = schoolNow();
  const entry = {
    key: body.key, account: form.dataset.account, body, children, what: KINDS[body.kind],
    title: queue.titleOf(children, KINDS[body.kind]), at: now.getTime(),
    written: japan(now, { hour: "numeric", minute: "2-digit" }),
  };
  const button = form.querySelector("[type=submit]");
  Object.assign(button, { disabled: true, textContent: "送っています" });
  form.dataset.sending = entry.key; // the button says it: no second line about the same notice
  const closable = await queue.add(entry);
  const token = form.querySelector("[name=csrfmiddlewaretoken]")?.value;
  await queue.flush({ all: true, pass: token ? { token, account: form.dataset.account } : null });
  delete form.dataset.sending;
  const after = (await queue.entries()).find((one) => one.key === entry.key);
  if (after?.state === "sent") {
    await queue.discard(entry.key);
    location.assign(after.url);
    return;
  }
  Object.assign(button, { disabled: false, textContent: "送る" });
  if (after?.state === "refused") {
    await queue.discard(entry.key);
    form.querySelector("[name=key]").value = newKey();
    problem(after.error, after.told, after.told ? "" : after.field);
    return;
  }
  waiting(closable);
};

// Not sent yet: the form makes room for the state, which follows by itself (home/family.js).
const waiting = (closable) => {
  form.hidden = true;
  const place = document.querySelector("[data-queue]");
  place.scrollIntoView({ block: "center" });
  document.querySelector(`[data-kept=${closable ? "closable" : "open"}]`).hidden = false;
  document.dispatchEvent(new CustomEvent("minamo:queued"));
};

if (form && queue && "indexedDB" in self) {
  if (form.hasAttribute("data-offline")) await fillFromDevice();
  // A period may begin today as well: then today's deadline is said (the tile of today needs no script).
  const fromToday = () => {
    const today = form.querySelector("[data-today]")?.value;
    const { when, begins } = form.elements;
    form.toggleAttribute("data-from-today", when?.value === "period" && Boolean(begins?.value) && begins.value <= today);
  };
  form.addEventListener("input", fromToday);
  fromToday();
  form.addEventListener("submit", (event) => {
    if (form.dataset.plain) return;
    event.preventDefault();
    send().catch(() => {
      form.dataset.plain = "yes"; // no storage on this device (private window): an ordinary POST
      form.requestSubmit();
    });
  });
  form.dataset.ready = "true";
}
