// <m-register>: the teacher's instrument. Marks at once, saves in the background, keeps what could not be sent, and lets
// the family's notices in without taking the focus or the words being typed.
const BUTTONS = ["present", "absent", "late", "early"];

class Register extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.state = document.querySelector(".saving");
    this.keep = `minamo-unsent-${this.dataset.who}`; // one device, several people: nobody sends what another pressed
    this.queue = this.load();
    this.waiting = new Map(); // job → who wants its answer
    this.past = new self.MinamoUndo(`minamo-undo-${this.dataset.who}-${this.dataset.url}`);
    this.pending = new Set();
    this.form.addEventListener("submit", (event) => this.submit(event));
    this.addEventListener("click", (event) => this.click(event));
    this.addEventListener("focusin", (event) => this.select(event.target.closest("tr[data-pupil]")));
    this.onkey = (event) => this.key(event);
    this.onlive = (event) => this.heard(event.detail);
    this.onresync = () => this.refreshAll();
    this.ononline = () => this.drain();
    document.addEventListener("keydown", this.onkey);
    document.addEventListener("live:register", this.onlive);
    document.addEventListener("live:resync", this.onresync);
    window.addEventListener("online", this.ononline);
    document.querySelector("#other")?.addEventListener("close", (event) => this.chosen(event.target));
    this.drain();
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.onkey);
    document.removeEventListener("live:register", this.onlive);
    document.removeEventListener("live:resync", this.onresync);
    window.removeEventListener("online", this.ononline);
  }

  get token() { return this.form.elements.csrfmiddlewaretoken.value; }
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
    this.hold(pupil, notice, value).then((answer) => answer.refused || answer.waiting || this.tell(
      value === "notice" ? "連絡を採りました。先生の記録も残っています。" : "先生の記録を採りました。連絡も残っています。",
      () => this.hold(pupil, notice, value === "notice" ? "mark" : "notice")));
  }

  hold(pupil, notice, side) { return this.send([["holds", side], ["notice", notice]], [pupil]); }

  // Resolves to {} when saved, {refused, field} when not, {waiting} when there is no line and it will be sent later.
  send(fields, pupils, { quiet = false } = {}) {
    for (const pupil of pupils) this.row(pupil)?.classList.add("saving");
    const reason = this.form.elements.reason?.value.trim();
    const named = fields.some(([name]) => name === "reason");
    const job = { url: this.dataset.url, fields: reason && !named ? [...fields, ["reason", reason]] : fields, pupils };
    const answer = new Promise((resolve) => this.waiting.set(job, { resolve, quiet }));
    this.queue.push(job);
    this.store();
    this.drain();
    return answer;
  }

  settleJob(job, answer) {
    this.waiting.get(job)?.resolve(answer);
    this.waiting.delete(job);
  }

  async drain() {
    if (this.sending || !this.queue.length) return;
    this.sending = true;
    try {
      while (this.queue.length) {
        this.show("saving", "保存しています");
        const job = this.queue[0];
        const answer = await this.post(job);
        this.queue.shift();
        this.store();
        this.settleJob(job, job.url === this.dataset.url ? this.answered(answer, job) : {});
      }
      if (this.state?.dataset.state !== "refused") this.show("saved", "保存済み");
    } catch (problem) {
      const ended = problem.message === "ended";
      this.show("waiting", `${ended ? "サインインし直すと" : "回線が戻ったら"}送ります（${this.queue.length}件）`);
      for (const job of this.queue) {
        for (const pupil of job.pupils) this.row(pupil)?.classList.add("unsent");
        this.settleJob(job, { waiting: true });
      }
      if (!ended) setTimeout(() => this.drain(), 4000); // after the sign-in the screen is opened anew, or says `online`
    } finally {
      this.sending = false;
    }
  }

  async post(job) {
    const body = new URLSearchParams([["csrfmiddlewaretoken", this.token], ...job.fields]);
    const response = await fetch(job.url, { method: "POST", body, headers: { "X-Requested-With": "fetch" } });
    if (response.status === 401 || response.headers.get("X-Minamo-Way") === "stale") throw new Error("ended");
    if (response.status >= 500 || response.status === 429) throw new Error("server");
    return { status: response.status, text: await response.text() };
  }

  answered({ status, text }, job) {
    for (const pupil of job.pupils) this.row(pupil)?.classList.remove("saving", "unsent");
    if (status === 200) { this.put(text, []); this.show("saved", "保存済み"); return {}; }
    const page = new DOMParser().parseFromString(text, "text/html");
    const why = page.querySelector("#why")?.textContent ?? "保存できませんでした。記録は前のまま残っています。";
    const refusal = { refused: why, field: page.querySelector("[data-field]")?.dataset.field ?? "" };
    if (this.waiting.get(job)?.quiet) return refusal;
    this.show("refused", why);
    this.tell(why);
    if (page.querySelector("[data-closed=true]")) this.form.elements.reason?.focus();
    this.refreshAll();
    return refusal;
  }

  show(state, text) {
    if (!this.state) return;
    this.state.dataset.state = state;
    this.state.textContent = text;
  }

  load() {
    try { return JSON.parse(localStorage.getItem(this.keep) ?? "[]"); } catch { return []; }
  }

  store() {
    if (this.queue.length) localStorage.setItem(this.keep, JSON.stringify(this.queue));
    else localStorage.removeItem(this.keep);
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
    const busy = new Set(this.queue.flatMap((job) => job.pupils));
    for (const fresh of parts.querySelectorAll("tr[data-pupil]")) {
      const old = this.row(fresh.dataset.pupil);
      if (!old || busy.has(fresh.dataset.pupil)) continue;
      const changed = old.innerHTML !== fresh.innerHTML || old.dataset.code !== fresh.dataset.code;
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
