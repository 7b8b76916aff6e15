// What becomes of every stroke, and what others mark meanwhile. Part of <m-marking>.
const { el } = self.MinamoMarks;
const SAVED = { saving: "保存中", saved: "保存しました", signin: "サインインし直すと送ります", denied: "まだ送れません。この端末に残しています" };

const ASK_AGAIN = 4000;
const LATE = 1000; // milliseconds in which news of papers come together

const Sync = (Base) => class extends Base {
  // --- saving and others ---

  saving(name, waiting, refusal) {
    const box = this.querySelector(".save-state");
    const words = refusal?.words ? `${SAVED.denied}（${waiting}件）。${refusal.words} ` : SAVED[name];
    const text = name !== "later" ? words : waiting ? `回線が戻ったら送ります（${waiting}件）` : "回線がつながりません";
    if (box.firstChild?.textContent === text) return;
    box.dataset.state = ["later", "signin", "denied"].includes(name) ? "waiting" : name;
    box.replaceChildren(name === "signin" ? el("a", { href: this.signIn }, text) : text, ...(refusal ? self.MinamoRefusal.way(refusal) : []));
  }

  // Under the cover of an ended sign-in (<m-ended>) no hand marks: nobody knows whose it is.
  get covered() { return "ended" in document.body.dataset; }

  get signIn() {
    const login = document.querySelector("m-ended").getAttribute("login");
    return `${login}?${new URLSearchParams({ next: location.pathname + location.search, ended: "yes" })}`;
  }

  taken(answer, strokes) {
    for (const words of new Set(Object.values(answer.refused))) this.tell(words);
    if (answer.overtaken.length) this.tell("ほかの先生が先に採点した答えがあります。どちらの点にするか選んでください。");
    if (answer.overtaken.length || Object.keys(answer.refused).length) this.refresh();
    for (const one of strokes) if (one.question !== this.state?.question.id) this.loaded.delete(one.question);
  }

  refused(words) {
    this.tell(words);
    this.refresh();
  }

  heard({ question, by }) {
    if (by === this.queue.device) return;
    if (question && question !== this.state?.question.id) {
      this.loaded.delete(question);
      this.counts.delete(question);
      return;
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.refresh(), 150);
  }

  // What two say differently is settled in its panel; until then no hand changes either of the marks.
  disputed() {
    if (!this.state.conflicts.has(this.page)) return false;
    this.querySelector(".side > [data-conflict]").scrollIntoView({ block: "nearest" });
    this.tell("この答えは、2人の採点が食い違っています。先に「食い違い」のらんで、どちらの点にするか選んでください。");
    return true;
  }

  // Settled, or taken back: what may be done here is another thing now.
  async settled() {
    await this.queue.flush();
    location.reload();
  }

  // The machine has bundled answers: only that is taken, marks and place stay under the hand.
  async regroup() {
    this.scanned = undefined;
    const { state } = this;
    if (!state || state.question.read || this.dataset.asked !== state.question.id) return;
    this.loaded.delete(state.question.id);
    const fresh = await this.fetchQuestion(state.question.id).catch(() => null);
    if (!fresh || this.state !== state) return;
    Object.assign(state.data, { groups: fresh.groups, grouped: fresh.grouped });
    if (!fresh.grouped) this.scanned ??= setTimeout(() => this.regroup(), ASK_AGAIN); // news may have come before the line was open
    this.soon();
  }

  // Papers came, went or changed their owner: what was fetched ahead is old, and a late one takes its place here.
  papersMoved(wait = LATE) {
    for (const name of [...this.loaded.keys()]) if (name !== this.state?.question.id) this.loaded.delete(name);
    clearTimeout(this.moved);
    this.moved = setTimeout(() => this.papers(), wait);
  }

  get inHand() {
    return Boolean(this.filter || this.digits || document.querySelector("dialog[open]") || !this.querySelector(".zoom").hidden);
  }

  async papers() {
    const { state } = this;
    if (!state) return;
    const name = state.question.id;
    const asked = await fetch(`${this.address(name)}state/`, { headers: { "X-Requested-With": "fetch" }, cache: "no-store" }).catch(() => null);
    if (!asked?.ok || asked.redirected || this.state !== state) return;
    const { papers } = await asked.json();
    if (papers.join() === state.answers.map(({ page }) => page).join()) return;
    this.loaded.delete(name);
    const fresh = await this.fetchQuestion(name).catch(() => null);
    if (!fresh || this.state !== state) return;
    if (this.inHand) return this.papersMoved();
    const come = state.papers(fresh, this.page);
    this.view.chipped = null;
    this.draw();
    if (!come.length) return;
    const shown = this.names !== "hidden" && come.length <= 3;
    this.tell(shown ? `${come.map((one) => this.view.nameOf(one, 0, this.names)).join("、")}の答案が加わりました。` : `答案が${come.length}人分加わりました。`);
  }

  // The line was gone: what was fetched ahead may be old.
  resync() {
    const here = this.state?.question.id;
    for (const name of [...this.loaded.keys()]) if (name !== here) this.loaded.delete(name);
    this.counts.clear();
    this.papersMoved();
    return this.refresh();
  }

  async refresh() {
    if (!this.state) return;
    const name = this.state.question.id;
    try {
      const answer = await fetch(`${this.address(name)}state/`, { headers: { "X-Requested-With": "fetch" }, cache: "no-store" });
      if (!answer.ok) return;
      const fresh = await answer.json();
      const waiting = (await this.queue.mine()).flatMap((one) => one.strokes);
      if (this.state.question.id !== name) return;
      if (fresh.round !== this.state.data.round) return location.reload();
      this.state.take(fresh);
      this.state.replay(waiting.filter((one) => one.question === name));
      for (const page of this.pages) this.view.paint(this.state, page, undefined, { veiled: this.checking && !this.state.checked.has(page) });
      this.view.conflict(this.state, this.page);
      this.soon();
    } catch {
      this.saving("later", (await this.queue.mine()).reduce((sum, one) => sum + one.strokes.length, 0));
      this.queue.later();
    }
  }
};

self.MinamoMarks = { ...self.MinamoMarks, Sync };
