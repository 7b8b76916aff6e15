// What was pressed and typed in a register and could not be sent yet: kept locked on this device (design/js/sealed.js), sent by the register
// and, when its writer is signed in, by every page of the staff (design/js/unsent.js). What the server refuses for good stays here too,
// until its writer has read what was not kept and why.
const PATIENCE = 12_000;
const FIRST_PLACE = "minamo-unsent-"; // where marks waited before, readable for everybody at the device
const GONE = "この学級の出席簿は、いまのあなたからは開けません。担当が変わったときは、いまの担任か教頭に伝えてください。";
const NOT_KEPT = "保存できませんでした。記録は前のまま残っています。";

// → {state: saved, text} | {state: refused, why, field, closed} (for good) | {state: held, words, way, to} | {state: signin} |
//   {state: later, after} (seconds). Only `saved` and `refused` are answers to what was sent.
const post = async ({ url, fields }, token) => {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  try {
    const body = new URLSearchParams([["csrfmiddlewaretoken", token], ...fields]);
    const answer = await fetch(url, { method: "POST", body, headers: { "X-Requested-With": "fetch" }, signal: stop.signal });
    return await read(answer);
  } catch {
    return { state: "later" };
  } finally {
    clearTimeout(timer);
  }
};

const read = async (answer) => {
  const { status } = answer;
  if (status === 401 || answer.redirected) return { state: "signin" };
  if (status === 200) return { state: "saved", text: await answer.text() };
  if (status === 429) return { state: "later", after: Number(answer.headers.get("Retry-After")) || 5 };
  if (status === 404) return { state: "refused", why: GONE };
  if (status === 403) {
    const refusal = await self.MinamoRefusal.of(answer);
    return refusal.final ? { state: "refused", why: refusal.words } : { ...refusal, state: "held" };
  }
  if (status < 400 || status >= 500) return { state: "later" };
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return {
    state: "refused", why: page.querySelector("#why")?.textContent ?? NOT_KEPT,
    field: page.querySelector("[data-field]")?.dataset.field ?? "", closed: Boolean(page.querySelector("[data-closed=true]")),
  };
};

// The page's token may be older than the sign-in: the server is asked for the one that holds now.
const postNow = async (job, field) => {
  const answer = await post(job, field.value);
  if (answer.way !== "stale") return answer;
  const pass = await self.MinamoUnsent.passport();
  if (!pass) return { state: "signin" };
  field.value = pass.token;
  const second = await post(job, field.value);
  return second.way === "stale" ? { state: "signin" } : second;
};

// A job: {id, url, fields, pupils, what}; `what` says in words what was pressed, where, and for which day.
class Line {
  constructor(account, keys) {
    this.account = account;
    this.shelf = new self.MinamoSealed.Shelf("minamo-register", "jobs", account, keys);
  }

  // Several windows, one line: whoever has the lock sends.
  locked(work) { return navigator.locks ? navigator.locks.request("minamo-register", work) : work(); }

  async takeUp() {
    const place = FIRST_PLACE + this.account;
    const kept = localStorage.getItem(place);
    if (!kept) return;
    for (const job of JSON.parse(kept)) await this.add({ id: self.MinamoRegister.newId(), what: "前に記録したもの", ...job });
    localStorage.removeItem(place);
  }

  add(job) { return this.shelf.add({ refused: false }, job); }
  waiting() { return this.shelf.mine(({ refused }) => !refused); }
  refused() { return this.shelf.mine(({ refused }) => refused); }
  refuse(entry, why) { return this.shelf.change(entry, { refused: true }, { ...entry.content, why }); }
  again(entry) { return this.shelf.change(entry, { refused: false }, { ...entry.content, why: undefined }); }
  send(entry, field) { return postNow(entry.content, field); }
  drop(entry) { return this.shelf.drop([entry]); }
  async counted() { return (await this.shelf.all()).filter(({ account, refused }) => account === this.account && !refused).length; }
}

let made = 0;
self.MinamoRegister = { Line, newId: () => `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}-${made += 1}` };

const tell = (text, next) => document.dispatchEvent(new CustomEvent("toast", { detail: { text, next } }));

const send = async (pass) => {
  const line = new Line(pass.account, pass.keys);
  await line.takeUp();
  let saved = 0, last;
  for (const entry of await line.waiting()) {
    const answer = await post(entry.content, pass.token);
    if (answer.state === "saved") { await line.drop(entry); saved += 1; continue; }
    if (answer.state !== "refused") break;
    await line.refuse(entry, answer.why);
    last = entry.content;
  }
  if (saved) tell(`この端末で待っていた出欠の記録を${saved}件送りました。`);
  if (last) tell("保存できなかった出欠の記録があります。", ["見る", () => location.assign(last.url)]);
};

// The register of this page sends by itself, and shows what becomes of it.
const here = () => document.querySelector("m-register");
self.MinamoUnsent.offer({
  words: (count) => `出欠の記録が${count}件`,
  counted: async (account) => (localStorage.getItem(FIRST_PLACE + account) ? 1 : 0) + await new Line(account, []).counted(),
  send: (pass) => here()?.drain?.() ?? new Line(pass.account, pass.keys).locked(() => send(pass)),
  forget() {
    for (const name of Object.keys(sessionStorage)) if (name.startsWith("minamo-undo-")) sessionStorage.removeItem(name);
  },
});
