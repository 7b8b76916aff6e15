// What was pressed and typed in a register and could not be sent yet: kept locked on this device (design/js/sealed.js), sent by the register
// and, when its writer is signed in, by every page of the staff (design/js/unsent.js). What the server refuses for good stays here too,
// until its writer has read what was not kept and why; and what meets a newer record of somebody else, until she has said which holds.
const PATIENCE = 12_000;
const FIRST_PLACE = "minamo-unsent-"; // where marks waited before, readable for everybody at the device
const GONE = "この学級の出席簿は、いまのあなたからは開けません。担当が変わったときは、いまの担任か教頭に伝えてください。";
const NOT_KEPT = "保存できませんでした。記録は前のまま残っています。";

// → {state: saved, text} | {state: refused, why, field, closed} (for good) | {state: newer, questions: [{words, field, value}]} |
//   {state: held, words, way, to} | {state: signin} | {state: later, after} (seconds).
// Only `saved`, `refused` and `newer` are answers to what was sent.
const ANSWERS = ["saved", "refused", "newer"];
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
  const asked = [...page.querySelectorAll("[data-newer] > li")];
  if (status === 409 && asked.length) {
    return { state: "newer", questions: asked.map(({ textContent, dataset: { field, value } }) => ({ words: textContent, field, value })) };
  }
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

// What a field of a job is about, where it is about one child.
const aboutOf = ([name, value]) => (["set", "seen"].includes(name) ? value.split(":")[0] : "");
const kindOf = ({ fields }) => ["health", "holds", "all"].find((kind) => fields.some(([name]) => name === kind)) ?? "set";
// Whether the one job says all that the other says.
const covers = (one, other) => one.url === other.url && kindOf(one) === kindOf(other) && other.pupils.every((pupil) => one.pupils.includes(pupil));

// A job: {id, url, fields, pupils, what}; `what` says in words what was pressed, where, and for which day. A question: the same with
// `why` and `newer`, the fields that say what was seen when it is sent all the same.
class Line {
  constructor(account, keys) {
    this.account = account;
    this.shelf = new self.MinamoSealed.Shelf("minamo-register", "jobs", account, keys);
  }

  inTurn(work) { return self.MinamoSealed.inTurn("minamo-register", work); }

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
  // → the questions that are answered by what was saved: it was pressed after them
  async saved(entry) {
    const answered = (await this.refused()).filter(({ content }) => content.newer && covers(entry.content, content));
    await this.shelf.drop([entry, ...answered]);
    return answered.map(({ content }) => content.id);
  }

  // Only the children somebody else has recorded stay behind as a question; the rest of the same stroke goes on in its place. What was
  // pressed `later` for the same children asks by itself. → the question, or nothing
  async ask(entry, { questions }, later) {
    const { why: _, newer: __, ...job } = entry.content;
    const found = new Set(questions.map(({ field, value }) => (field === "seen" ? value.split(":")[0] : job.pupils[0])));
    const part = (about) => ({ ...job, fields: job.fields.filter((field) => !aboutOf(field) || about(aboutOf(field))), pupils: job.pupils.filter(about) });
    const question = part((pupil) => found.has(pupil)), rest = part((pupil) => !found.has(pupil));
    if (rest.pupils.length) question.what = [job.what].flat().filter((_, place) => place !== 1); // the question names its children
    const known = later.some(({ content }) => covers(content, question));
    const why = questions.map(({ words }) => words).join("");
    const newer = questions.map(({ field, value }) => [field, value]);
    if (!known) await this.shelf.add({ refused: true }, { ...question, id: self.MinamoRegister.newId(), why, newer });
    if (rest.pupils.length) await this.shelf.change(entry, {}, rest);
    else await this.shelf.drop([entry]);
    return known ? undefined : (await this.refused()).at(-1);
  }

  // Her own record all the same: she has now seen the other's.
  async insist(entry) {
    const { why: _, newer, ...job } = entry.content;
    const told = new Set(newer.map(([name]) => name));
    await this.add({ ...job, fields: [...job.fields.filter(([name]) => !told.has(name)), ...newer] });
    await this.drop(entry);
  }

  refuse(entry, why) { return this.shelf.change(entry, { refused: true }, { ...entry.content, why }); }
  again(entry) { return this.shelf.change(entry, { refused: false }, { ...entry.content, why: undefined }); }
  send(entry, field) { return postNow(entry.content, field); }
  drop(entry) { return this.shelf.drop([entry]); }
  async counted() { return (await this.shelf.all()).filter(({ account, refused }) => account === this.account && !refused).length; }
}

let made = 0;
self.MinamoRegister = { ANSWERS, Line, newId: () => `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}-${made += 1}` };

const tell = (text, next) => document.dispatchEvent(new CustomEvent("toast", { detail: { text, next } }));

const send = async (pass) => {
  const line = new Line(pass.account, pass.keys);
  await line.takeUp();
  let saved = 0, last, asked;
  for (;;) {
    const [entry, ...later] = await line.waiting();
    if (!entry) break;
    const answer = await post(entry.content, pass.token);
    if (!ANSWERS.includes(answer.state)) break;
    if (answer.state === "saved") { await line.saved(entry); saved += 1; }
    else if (answer.state === "newer") asked = (await line.ask(entry, answer, later))?.content ?? asked;
    else { await line.refuse(entry, answer.why); last = entry.content; }
  }
  if (saved) tell(`この端末で待っていた出欠の記録を${saved}件送りました。`);
  if (last) tell("保存できなかった出欠の記録があります。", ["見る", () => location.assign(last.url)]);
  if (asked) tell("別の人の記録と重なった出欠の記録があります。", ["見る", () => location.assign(asked.url)]);
};

// The register of this page sends by itself, and shows what becomes of it.
const here = () => document.querySelector("m-register");
self.MinamoUnsent.offer({
  words: (count) => `出欠の記録が${count}件`,
  counted: async (account) => (localStorage.getItem(FIRST_PLACE + account) ? 1 : 0) + await new Line(account, []).counted(),
  send: (pass) => here()?.drain?.() ?? new Line(pass.account, pass.keys).inTurn(() => send(pass)),
  forget() {
    for (const name of Object.keys(sessionStorage)) if (name.startsWith("minamo-undo-")) sessionStorage.removeItem(name);
  },
});
