// <m-register>: the teacher's instrument. Marks at once, saves in the background, keeps what could not be sent (line.js), and lets
// the family's notices in without taking the focus or the words being typed.
const BUTTONS = ["present", "absent", "late", "early"];
const NAMES = { present: "出席", absent: "欠席", late: "遅刻", early: "早退", "": "記録を消す" };
const WAITS = { later: "回線が戻ったら送ります", signin: "サインインし直すと送ります", held: "まだ送れません" };
const AGAIN = 4000, LONGEST = 30_000; // milliseconds between two tries
const el = (tag, kind, text) => Object.assign(document.createElement(tag), { className: kind, textContent: text });

class Register extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.state = document.querySelector(".saving");
    this.line = new self.MinamoRegister.Line(this.dataset.who, JSON.parse(this.dataset.keys));
    this.jobs = []; // what waits, as this window knows it
    this.kept = new Set(); // ids of what this window has put into the line
    this.losses = []; // what was refused for good and is still to be read, or asks: {id, what, why, pupils, newer, entry}
    this.waiting = new Map(); // id of a job → who wants its answer
    this.tries = 0;
    this.past = new self.MinamoUndo(`minamo-undo-${this.dataset.who}-${this.dataset.url}`);
    this.pending = new Set();
    this.form.addEventListener("submit", (event) => this.submit(event));
    this.addEventListener("click", (event) => this.click(event));
    this.addEventListener("focusin", (event) => this.select(event.target.closest("tr[data-pupil]")));
    this.onkey = (event) => this.key(event);
    this.onlive = (event) => this.heard(event.detail);
    this.onresync = () => this.refreshAll();
    this.ononline = () => { this.tries = 0; this.drain(); };
    this.onlook = () => document.visibilityState === "visible" && this.jobs.length && this.ononline();
    this.onleave = (event) => this.line.shelf.memory.length && event.preventDefault(); // memory only: leaving would lose it
    document.addEventListener("keydown", this.onkey);
    document.addEventListener("live:register", this.onlive);
    document.addEventListener("live:resync", this.onresync);
    window.addEventListener("online", this.ononline);
    window.addEventListener("beforeunload", this.onleave);
    document.addEventListener("visibilitychange", this.onlook);
    document.querySelector("#other")?.addEventListener("close", (event) => this.chosen(event.target));
    this.start();
  }

  async start() {
    await this.line.takeUp();
    const refused = await this.line.refused();
    this.losses = refused.map((entry) => ({ ...entry.content, entry }));
    this.showLosses();
    this.drain();
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.onkey);
    document.removeEventListener("live:register", this.onlive);
    document.removeEventListener("live:resync", this.onresync);
    window.removeEventListener("online", this.ononline);
    window.removeEventListener("beforeunload", this.onleave);
    document.removeEventListener("visibilitychange", this.onlook);
    clearTimeout(this.retry);
  }

  get rows() { return [...this.querySelectorAll("tr[data-pupil]")]; }
  get current() { return this.querySelector("tr.sel"); }
  row(pupil) { return this.querySelector(`#p-${pupil}`); }

  // --- saving -------------------------------------------------------------------------------------------------
  submit(event) {
    event.preventDefault();
    const button = event.submitter;
    if (button?.name === "all") return this.markAll();
    if (button?.name === "holds") return this.settle(button);
    if (button?.name === "set") {
      const [pupil, value] = button.value.split(":");
      this.mark(pupil, value);
    }
  }

  mark(pupil, value) {
    const row = this.row(pupil);
    if (!row) return;
    const stroke = this.past.push([{ pupil, before: row.dataset.code }]);
    for (const button of row.querySelectorAll(".seg.tap button")) {
      button.setAttribute("aria-pressed", String(BUTTONS.includes(value) ? button.classList.contains(value) : false));
    }
    this.keepStroke(stroke, this.send([["set", `${pupil}:${value}`]], [pupil]));
  }

  async keepStroke(stroke, sent) { this.past.settle(stroke, await sent, (pupil) => this.codeOf(pupil)); }

  markAll() {
    const blank = this.rows.filter((row) => row.dataset.code === "" && row.querySelector(".seg.tap"));
    if (!blank.length) return this.tell("まだ記録していない人はいません。");
    const stroke = this.past.push(blank.map((row) => ({ pupil: row.dataset.pupil, before: "" })));
    for (const row of blank) {
      if (!row.querySelector('.seg.tap [aria-pressed="true"]')) row.querySelector(".seg.tap .present")?.setAttribute("aria-pressed", "true");
    }
    const sent = this.send([["all", "1"]], blank.map((row) => row.dataset.pupil));
    this.keepStroke(stroke, sent);
    sent.then((answer) => answer.refused || this.tell("全員を出席にしました。連絡のある人は、連絡のとおりです。", () => this.undo()));
  }

  undo() {
    const last = this.past.pop((pupil) => this.codeOf(pupil));
    if (!last) return this.tell("取り消せる記録は、もうありません。");
    if (last.changed) this.tell("そのあとに変わった記録は、そのままにしました。");
    if (!last.kept.length) return;
    this.send(last.kept.map(({ pupil, before }) => ["set", `${pupil}:${before}`]), last.kept.map(({ pupil }) => pupil));
    this.select(this.row(last.kept[0].pupil));
  }

  tell(text, undo) { document.dispatchEvent(new CustomEvent("toast", { detail: { text, undo } })); }
  codeOf(pupil) { return this.row(pupil)?.dataset.code ?? ""; }

  settle(button) {
    const pupil = button.closest("tr").dataset.pupil;
    const { value, dataset: { notice } } = button;
    this.hold(pupil, notice, value).then((answer) => answer.refused || answer.waiting || answer.asked || this.tell(
      value === "notice" ? "連絡を採りました。先生の記録も残っています。" : "先生の記録を採りました。連絡も残っています。",
      () => this.hold(pupil, notice, value === "notice" ? "mark" : "notice")));
  }

  hold(pupil, notice, side) { return this.send([["holds", side], ["notice", notice]], [pupil]); }

  // Resolves to {} when saved, {refused, field} when not, {asked} when somebody else's record is newer, {waiting} when there is no
  // line and it will be sent later.
  send(fields, pupils, { quiet = false } = {}) {
    for (const pupil of pupils) this.row(pupil)?.classList.add("saving");
    const reason = this.form.elements.reason?.value.trim();
    const named = fields.some(([name]) => name === "reason");
    const id = self.MinamoRegister.newId();
    const job = { id, url: this.dataset.url, fields: [...fields, ...this.seen(fields, pupils), ...(reason && !named ? [["reason", reason]] : [])], pupils, what: this.inWords(fields, pupils) };
    const answer = new Promise((resolve) => this.waiting.set(id, { resolve, quiet }));
    this.jobs.push(job);
    this.line.add(job).then(() => { this.kept.add(id); this.drain(); });
    return answer;
  }

  // The records the rows showed: whoever has recorded something else by the time this arrives is not written over.
  seen(fields, pupils) {
    const names = new Set(fields.map(([name]) => name));
    if (names.has("all")) return []; // writes over nothing
    const shown = pupils.map((pupil) => [pupil, this.row(pupil)]).filter(([, row]) => row);
    const marks = names.has("health") && !names.has("note") ? [] : shown.map(([pupil, row]) => ["seen", `${pupil}:${row.dataset.seen}`]);
    const health = names.has("health") ? shown.map(([, row]) => ["health_seen", row.querySelector("[data-health]")?.dataset.seen ?? ""]) : [];
    return [...marks, ...health];
  }

  // What was pressed, in words that are understood tomorrow and on another page.
  inWords(fields, pupils) {
    const names = pupils.map((pupil) => this.row(pupil)?.querySelector(".name")?.textContent ?? "");
    const [name, value] = fields[0];
    const code = value.split(":")[1] ?? "";
    const acts = {
      set: () => NAMES[code] ?? document.querySelector(`#other button[value="${CSS.escape(code)}"]`)?.firstChild.textContent.trim() ?? "出欠の区分",
      all: () => "残りを出席", health: () => "健康観察", holds: () => "食い違いの決定",
    };
    return [this.dataset.what, names.length > 3 ? `${names.length}人` : names.join("・"), acts[name]?.() ?? ""].filter(Boolean);
  }

  settleJob(job, answer) {
    this.waiting.get(job.id)?.resolve(answer);
    this.waiting.delete(job.id);
  }

  drain() {
    clearTimeout(this.retry);
    if (this.sending) { this.again = true; return this.sending; }
    this.sending = this.line.inTurn(() => this.sendAll()).finally(() => {
      this.sending = null;
      if (this.again) { this.again = false; this.drain(); }
    });
    return this.sending;
  }

  async sendAll() {
    for (;;) {
      const waiting = await this.line.waiting();
      this.know(waiting.map(({ content }) => content));
      if (!waiting.length) break;
      this.show("saving", "保存しています");
      const [entry, ...later] = waiting;
      const answer = await this.line.send(entry, this.form.elements.csrfmiddlewaretoken);
      if (!self.MinamoRegister.ANSWERS.includes(answer.state)) return this.wait(answer, waiting.length);
      if (answer.state === "newer") await this.asked(answer, entry, later);
      else await this.answered(answer, entry);
    }
    this.tries = 0;
    this.showWay(null);
    if (this.losses.some(({ newer }) => !newer)) this.show("refused", "保存できなかった記録があります");
    else if (this.losses.length) this.show("waiting", "確かめる記録があります");
    else this.show("saved", "保存済み");
    return undefined;
  }

  // What another window of the same teacher has sent waits no more.
  know(jobs) {
    const lying = new Set(jobs.map(({ id }) => id));
    const others = this.jobs.filter(({ id }) => !lying.has(id));
    const coming = others.filter(({ id }) => this.waiting.has(id) && !this.kept.has(id)); // on its way into the line
    const gone = others.filter((job) => !coming.includes(job));
    this.jobs = [...jobs, ...coming];
    for (const job of gone) this.settleJob(job, {});
    if (gone.some(({ url }) => url === this.dataset.url)) this.refreshAll();
  }

  // Not the answer to what was pressed: everything stays, and is tried again by itself.
  wait(answer, count) {
    this.show("waiting", `${WAITS[answer.state]}（${count}件）`);
    this.showWay(answer.state === "held" ? answer : null);
    for (const job of this.jobs) {
      if (job.url === this.dataset.url) for (const pupil of job.pupils) this.row(pupil)?.classList.replace("saving", "unsent");
      this.settleJob(job, { waiting: true });
    }
    if (answer.state === "signin") return; // after the sign-in the screen is opened anew, or says `online`
    const pause = answer.after ? answer.after * 1000 : answer.state === "held" ? self.MinamoRefusal.PAUSE : Math.min(AGAIN * 1.5 ** this.tries, LONGEST);
    this.tries += 1;
    this.retry = setTimeout(() => this.drain(), pause);
  }

  async answered(answer, entry) {
    const job = entry.content;
    const own = this.waiting.get(job.id);
    const here = job.url === this.dataset.url;
    this.jobs = this.jobs.filter(({ id }) => id !== job.id);
    if (here) for (const pupil of job.pupils) this.row(pupil)?.classList.remove("saving", "unsent");
    const refusal = answer.state === "refused" && { refused: answer.why, field: answer.field ?? "" };
    const settled = refusal ? [] : await this.line.saved(entry);
    if (refusal && own) await this.line.drop(entry);
    else if (refusal) await this.line.refuse(entry, answer.why); // nobody has read yet what was not kept
    if (!refusal) {
      const over = (loss) => (loss.entry ? settled.includes(loss.id) : here && loss.pupils.some((pupil) => job.pupils.includes(pupil)));
      this.losses = this.losses.filter((loss) => !over(loss));
      if (here) this.put(answer.text, []);
    } else if (!own?.quiet) {
      this.losses.push({ ...job, why: answer.why, entry: own ? undefined : entry });
      this.tell(answer.why);
      if (here && answer.closed) this.form.elements.reason?.focus();
      this.refreshAll();
    }
    this.showLosses();
    this.settleJob(job, refusal || {});
  }

  // Somebody else has recorded meanwhile: nothing is written over, she says which holds.
  async asked(answer, entry, later) {
    const job = entry.content;
    const question = await this.line.ask(entry, answer, later);
    this.jobs = this.jobs.filter(({ id }) => id !== job.id);
    if (job.url === this.dataset.url) for (const pupil of job.pupils) this.row(pupil)?.classList.remove("saving", "unsent");
    if (question) {
      this.losses.push({ ...question.content, entry: question });
      this.showLosses();
      const box = document.querySelector("[data-losses]").lastElementChild;
      const { top, bottom } = box.getBoundingClientRect();
      if (top < 0 || bottom > innerHeight) document.dispatchEvent(new CustomEvent("toast", { detail: { text: "別の人の記録と重なりました。", next: ["見る", () => box.scrollIntoView({ block: "center" })] } }));
    }
    this.settleJob(job, { asked: true });
    return this.refreshAll();
  }

  // Where a proof, or something else the person can do, is the way on: said where it is done.
  showWay(refusal) {
    const place = document.querySelector("[data-way]");
    place.hidden = !refusal?.words;
    if (place.hidden) return;
    place.replaceChildren(el("b", "", "まだ送れていない記録が、この端末にあります"), el("span", "", refusal.words), ...self.MinamoRefusal.way(refusal, "btn"));
  }

  showLosses() {
    const place = document.querySelector("[data-losses]");
    if (!place) return;
    place.replaceChildren(...this.losses.map((loss) => {
      const box = el("div", loss.newer ? "alert warn" : "alert bad", "");
      const acts = el("span", "row", "");
      const close = el("button", "btn small", loss.newer ? "いまの記録のままにする" : "閉じる");
      close.addEventListener("click", () => this.read(loss));
      if (loss.newer) {
        const mine = el("button", "btn small", "自分の記録にする");
        mine.addEventListener("click", () => this.insist(loss));
        acts.append(mine);
      } else if (loss.entry) {
        const again = el("button", "btn small", "もう一度送る");
        again.addEventListener("click", () => this.sendAgain(loss));
        acts.append(again);
      }
      acts.append(close);
      const title = el("b", "", loss.newer ? "別の人が先に記録していました" : "保存できませんでした");
      for (const part of [loss.what].flat()) title.append("　", el("span", "nowrap", part)); // names and days are never broken
      box.append(title, el("span", "", loss.why), acts);
      return box;
    }));
  }

  async read(loss) {
    this.losses = this.losses.filter((one) => one !== loss);
    this.showLosses();
    if (loss.entry) await this.line.drop(loss.entry);
    this.drain();
  }

  async sendAgain(loss) {
    this.losses = this.losses.filter((one) => one !== loss);
    this.showLosses();
    await this.line.again(loss.entry);
    this.drain();
  }

  async insist(loss) {
    this.losses = this.losses.filter((one) => one !== loss);
    this.showLosses();
    await this.line.insist(loss.entry);
    this.drain();
  }

  show(state, text) {
    if (!this.state) return;
    this.state.dataset.state = state;
    this.state.textContent = text;
  }

  // --- live -----------------------------------------------------------------------------------------------------
  heard({ pupil, day }) {
    if (day && day !== this.dataset.day) return;
    this.pending.add(pupil || "*");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.refresh(), 40);
  }

  async refresh() {
    const pupils = [...this.pending];
    this.pending.clear();
    if (pupils.includes("*") || pupils.length > 3) return this.refreshAll();
    for (const pupil of pupils) await this.fetchInto(`${this.dataset.url}rows/${pupil}/`, [pupil]);
  }

  refreshAll() { return this.fetchInto(`${this.dataset.url}?part=table`, null); }

  async fetchInto(url, glowing) {
    try {
      const response = await fetch(url, { headers: { "X-Requested-With": "fetch" } });
      if (response.ok) this.put(await response.text(), glowing);
    } catch {
      this.show("waiting", "回線がつながりません。つながったら新しくします。");
    }
  }

  // Put new rows in place. Focus and selection stay; rows still being saved keep what the teacher pressed.
  put(text, glowing) {
    const parts = new DOMParser().parseFromString(text, "text/html").querySelector("template")?.content;
    if (!parts) return;
    const busy = new Set(this.jobs.filter(({ url }) => url === this.dataset.url).flatMap(({ pupils }) => pupils));
    for (const fresh of parts.querySelectorAll("tr[data-pupil]")) {
      const old = this.row(fresh.dataset.pupil);
      if (!old || busy.has(fresh.dataset.pupil)) continue;
      const changed = ["code", "seen"].some((name) => old.dataset[name] !== fresh.dataset[name]) || old.innerHTML !== fresh.innerHTML;
      if (!changed) { old.classList.remove("saving", "unsent"); continue; }
      this.replace(old, fresh, glowing === null || glowing.includes(fresh.dataset.pupil));
    }
    for (const id of ["strip", "timeline"]) {
      const fresh = parts.querySelector(`#${id}`);
      if (fresh) document.querySelector(`#${id}`)?.replaceWith(fresh);
    }
  }

  replace(old, fresh, glow) {
    const held = old.contains(document.activeElement) ? [...old.querySelectorAll("button, td.nm")].indexOf(document.activeElement) : -1;
    if (old.classList.contains("sel")) fresh.classList.add("sel");
    old.replaceWith(fresh);
    if (held >= 0) [...fresh.querySelectorAll("button, td.nm")][held]?.focus({ preventScroll: true });
    if (!glow) return;
    fresh.classList.add("glow");
    setTimeout(() => fresh.classList.remove("glow"), 1300);
  }

  // --- keyboard and sheets ----------------------------------------------------------------------------------------
  select(row) {
    if (!row || row === this.current) return;
    this.current?.classList.remove("sel");
    row.classList.add("sel");
  }

  move(step) {
    const rows = this.rows;
    const next = rows[Math.min(rows.length - 1, Math.max(0, rows.indexOf(this.current) + step))] ?? rows[0];
    this.select(next);
    next?.querySelector("td.nm")?.focus({ preventScroll: true });
    next?.scrollIntoView({ block: "nearest" });
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || document.querySelector("dialog[open]")) return;
    if (event.target.matches?.("input, textarea, select")) return;
    const key = event.key.toLowerCase();
    const row = this.current;
    const actions = {
      arrowdown: () => this.move(1), arrowup: () => this.move(-1), z: () => this.undo(),
      h: () => row && this.open(row, "#health", "[name=item]"), m: () => row && this.memo(row),
      5: () => row && this.open(row, "#other"),
    };
    BUTTONS.forEach((name, index) => {
      actions[index + 1] = () => { if (row?.querySelector(`.seg.tap .${name}`)) { this.mark(row.dataset.pupil, name); this.move(1); } };
    });
    if (!actions[key]) return;
    event.preventDefault();
    actions[key]();
  }

  // A memo stands beside a mark: said before anything is typed.
  memo(row) {
    if (row.dataset.code === "") this.tell("メモは、出欠を記録してから書けます。");
    else this.open(row, "#health", "#note");
  }

  click(event) {
    const button = event.target.closest("[data-other], [data-health]");
    if (button) this.open(button.closest("tr"), button.matches("[data-other]") ? "#other" : "#health");
  }

  open(row, selector, focus) {
    if (selector === "#health") {
      this.select(row);
      if (row.querySelector("[data-health]")) document.querySelector("m-health")?.open(row, focus);
      return;
    }
    const dialog = document.querySelector(selector);
    if (!dialog || !row.querySelector("[data-other]")) return;
    this.select(row);
    dialog.dataset.pupil = row.dataset.pupil;
    dialog.returnValue = "";
    const name = row.querySelector(".name").textContent;
    dialog.querySelector("h2").textContent = `${name}さん　出欠の区分`;
    dialog.showModal();
    if (focus) dialog.querySelector(focus)?.focus();
  }

  chosen(dialog) {
    const value = dialog.returnValue;
    const row = this.row(dialog.dataset.pupil);
    row?.querySelector("[data-other]")?.focus({ preventScroll: true });
    if (!value || value === "cancel") return;
    this.mark(dialog.dataset.pupil, value === "clear" ? "" : value);
  }
}
customElements.define("m-register", Register);
