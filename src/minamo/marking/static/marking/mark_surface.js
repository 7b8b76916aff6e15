// <m-marking>: the marking surface. A key changes the picture at once; saving follows behind (mark_queue.js).
const { State, Queue, View, el, kbd, Closer, Hands, Sync } = self.MinamoMarks;
const REGROUP = 800; // milliseconds in which news of the reader come together
const TWO_DIGITS = 900; // milliseconds between the digits of 10 and more

class Marking extends Sync(Hands(Closer(HTMLElement))) {
  connectedCallback() {
    this.view = new View(this);
    this.main = this.querySelector("main");
    this.loaded = new Map(); // question → promise of its object
    this.counts = new Map(); // question → how many this screen left marked there, newer than what was fetched ahead
    this.names = this.remembered("names", "shown");
    this.sorted = this.remembered("order", "number");
    this.mode = this.remembered("mode", "grid");
    this.hears = [
      [document, "keydown", (event) => this.key(event)], [this, "click", (event) => this.click(event)],
      [this, "pointerdown", ({ pointerType }) => { this.hand = pointerType; }],
      [document, "live:marks", (event) => this.heard(event.detail)], [document, "live:resync", () => this.resync()],
      [document, "live:settled", () => this.settled()],
      [document, "live:scan", () => { this.scanned ??= setTimeout(() => this.regroup(), REGROUP); this.papersMoved(); }],
      [window, "popstate", () => this.open(this.named(location.pathname), { push: false })],
    ];
    for (const [target, name, work] of this.hears) target.addEventListener(name, work);
    this.queue = new Queue({
      account: this.dataset.who, keys: JSON.parse(this.dataset.keys), sitting: this.dataset.sitting, url: this.dataset.strokes,
      token: () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"],
      told: { state: (...now) => this.saving(...now), taken: (...now) => this.taken(...now), refused: (words) => this.refused(words) },
    });
    this.querySelector("#points").addEventListener("close", ({ target }) => { if (Number(target.returnValue)) this.give(Number(target.returnValue)); });
    this.querySelector("#comment").addEventListener("close", (event) => this.commented(event.target));
    this.showTools();
    if (this.querySelector("[data-refused-stamps]")) this.querySelector("#stamps").showModal();
    this.start();
  }

  disconnectedCallback() {
    for (const [target, name, work] of this.hears) target.removeEventListener(name, work);
  }

  async start() {
    await this.queue.flush();
    await this.open(this.dataset.question, { push: false });
  }

  remembered(name, otherwise) { return localStorage.getItem(`minamo-marking-${name}`) ?? otherwise; }
  remember(name, value) { this[name === "order" ? "sorted" : name] = value; localStorage.setItem(`minamo-marking-${name}`, value); }
  // One word at a time: what "取り消す" takes back is what stands beside it.
  tell(text, undo, next) {
    this.hush();
    document.dispatchEvent(new CustomEvent("toast", { detail: { text, undo, next } }));
  }
  hush() { document.querySelector("m-toast")?.replaceChildren(); }
  say(text) { this.querySelector("[data-said]").textContent = text; }
  address(question) { return this.dataset.url.replace("QUESTION", encodeURIComponent(question)); }
  named(path) { return decodeURIComponent(path.split("/").filter(Boolean).pop()); }

  // --- questions ---

  fetchQuestion(name) {
    if (!this.loaded.has(name)) {
      const asked = fetch(`${this.address(name)}answers/`, { headers: { "X-Requested-With": "fetch", Accept: "application/json" }, cache: "no-store" })
        .then((answer) => {
          if (!answer.ok) throw new Error(String(answer.status));
          return answer.json();
        });
      asked.catch(() => this.loaded.delete(name));
      this.loaded.set(name, asked);
    }
    return this.loaded.get(name);
  }

  async open(name, { push = true } = {}) {
    let data;
    const ahead = this.loaded.has(name); // fetched before: papers may have come since
    try {
      data = await this.fetchQuestion(name);
    } catch {
      this.tell("この問いを読み込めませんでした。採点はこの端末に残っています。回線が戻ったら、もう一度開いてください。");
      return;
    }
    const old = this.state;
    if (old) this.counts.set(old.question.id, old.done);
    for (const one of data.questions) one.marked = this.counts.get(one.id) ?? one.marked;
    this.state = new State(data);
    this.filter = null;
    this.checking = false;
    this.paused = "";
    this.page = undefined; // another question begins at its first open answer
    this.hush();
    this.replayed = (await this.queue.mine()).flatMap((one) => one.strokes)
      .filter((one) => one.question === name && one.round === data.round);
    this.state.replay(this.replayed);
    if (old && old !== this.state) { this.view.forget(old); this.loaded.delete(old.question.id); }
    if (push) history.pushState({}, "", this.address(name));
    this.began = performance.now();
    this.beganAt = this.state.done;
    this.head();
    this.draw();
    this.dataset.ready = name;
    if (this.dataset.asked === name && !data.grouped) this.scanned ??= setTimeout(() => this.regroup(), REGROUP);
    if (ahead) this.papersMoved(0);
    if (data.next) this.fetchQuestion(data.next).catch(() => {}); // the pictures of the next question are there before it is
  }

  head() {
    const { question, settled } = this.state.data;
    const title = `${question.section ? `大問${question.section} ` : ""}${question.label}`;
    this.querySelector("h1").textContent = title;
    this.querySelector("[data-points]").textContent = [`${question.full}点`, question.aspect].filter(Boolean).join("・");
    document.title = `${title}　採点`;
    this.querySelector("[data-settled]").hidden = !settled;
    for (const hand of this.querySelectorAll("[data-do='right'], [data-do='part'], [data-do='wrong'], [data-do='undo']")) hand.disabled = settled;
    for (const field of this.querySelectorAll("[data-this-question]")) field.value = question.id;
    for (const field of this.querySelectorAll("[data-this-round]")) field.value = this.state.data.round;
    this.view.criteria(this.state);
    this.view.claims(this.state);
  }

  draw() {
    this.pages = this.filter ?? this.state.order(this.sorted);
    const wanted = this.pages.includes(this.page) ? this.page : this.pages.find((page) => !this.state.marked(page)) ?? this.pages[0];
    this.view.build(this.state, this.pages, this.names);
    this.main.dataset.mode = this.filter ? "single" : this.mode;
    this.querySelector("[data-empty]").hidden = this.pages.length > 0;
    for (const page of this.pages) this.view.paint(this.state, page, undefined, { veiled: this.checking });
    this.select(wanted);
    this.around();
  }

  // What follows a mark beside the card itself; not under the hand, but in the next idle moment.
  around() {
    this.view.chips(this.state, (name) => this.address(name));
    this.view.progress(this.state, this.rest());
    this.view.groups(this.state);
    const next = this.querySelector(".mark-acts .primary");
    const { left } = this.state;
    const whole = left.length === 0;
    const kept = !whole && left.every(({ page }) => this.state.looked(page)) && this.state.open(left.map(({ page }) => page)).length;
    const label = kept ? `残りの${left.length}人を見る` : whole && this.state.toCheck.length ? "抜き取りを確かめる" : this.state.data.next ? "次の問い" : "進みぐあい";
    next.dataset.do = kept ? "sheets" : "next";
    next.replaceChildren(label, kbd(kept ? "S" : whole ? "Enter" : "N"));
    this.querySelector("[data-undo]").hidden = !this.state.past.length;
  }

  soon() {
    cancelIdleCallback?.(this.idle);
    this.idle = (self.requestIdleCallback ?? ((work) => setTimeout(work, 30)))(() => this.around(), { timeout: 250 });
  }

  rest() {
    const left = this.state.data.questions.reduce((sum, one) => sum + one.total - (one.id === this.state.question.id ? this.state.done : one.marked), 0);
    const made = this.state.done - this.beganAt;
    if (!this.state.data.questions.some((one) => one.total)) return "答案がまだありません";
    if (!left) return "すべて採点しました";
    if (made < 5) return `あと ${left.toLocaleString("ja-JP")} 答え`;
    return `あと ${Math.max(1, Math.round((left * (performance.now() - this.began)) / made / 60_000))} 分（いまの速さ）`;
  }

  select(page, options) {
    if (!page) return;
    this.page = page;
    this.digits = "";
    const single = this.main.dataset.mode === "single" || !this.querySelector(".zoom").hidden;
    this.view.select(page, { focus: !document.querySelector("dialog[open]"), ...options });
    this.view.conflict(this.state, page);
    if (single) this.view.large(this.state, page, this.names, this.pages, { veiled: this.checking && !this.state.checked.has(page) });
    if (!this.querySelector(".zoom").hidden) this.zoom(true);
    if (this.shownPage) this.wholePage(true);
  }

  move(step) {
    const at = this.pages.indexOf(this.page);
    this.select(this.pages[Math.min(this.pages.length - 1, Math.max(0, at + step))]);
  }

  onward() {
    const at = this.pages.indexOf(this.page);
    if (this.filter) {
      const open = this.filter.filter((page) => (this.checking ? !this.state.checked.has(page) : !this.state.marked(page)));
      if (!open.length) return this.endFilter();
      return this.select(open.find((page) => this.pages.indexOf(page) > at) ?? open[0]);
    }
    if (at < this.pages.length - 1) this.move(1);
    else this.select(this.page);
  }

  // Enter: the next answer without a mark; when there is none, what comes after.
  enter() {
    const at = this.pages.indexOf(this.page);
    const after = [...this.pages.slice(at + 1), ...this.pages.slice(0, at)].find((page) => !this.state.marked(page));
    if (!this.filter && after) return this.select(after);
    if (this.filter) return this.move(1);
    if (!this.state.marked(this.page)) return this.tell("この答えがまだです。");
    return this.next();
  }

  next() {
    if (this.state.left.length === 0 && this.state.toCheck.length) return this.audit();
    const { next } = this.state.data;
    if (next) return this.open(next);
    this.queue.flush().then(() => location.assign(this.dataset.progress));
  }

  // --- marking ---

  give(points, { how = this.checking ? "check" : "key", criteria = [], stay = false } = {}) {
    if (!this.page || this.state.data.settled) return this.state.data.settled && this.tell("このテストは確定しています。");
    if (this.disputed()) return;
    this.hush();
    const before = this.state.mark(this.page).points;
    const strokes = this.state.act([{ page: this.page, points, criteria }], how);
    this.view.paint(this.state, this.page);
    if (how === "check" && before !== points) this.tell("はじめの点とちがいました。新しい点にして、記録に残しました。");
    this.announce(this.page);
    if (stay) this.select(this.page);
    else this.onward();
    this.keep(strokes);
  }

  // 残り全部 leaves out what was read as empty or wrong: that is marked by who has it before the eyes.
  many(pages, points, how) {
    const unmarked = pages.filter((page) => !this.state.marked(page) && !this.state.conflicts.has(page));
    const open = how === "all" ? unmarked.filter((page) => !this.state.looked(page)) : unmarked;
    const rest = this.kept(unmarked.filter((page) => !open.includes(page)));
    if (!open.length) return this.tell(rest.words || "まだの答えはありません。", null, rest.next);
    const strokes = this.state.act(open.map((page) => ({ page, points })), how);
    for (const page of open) this.view.paint(this.state, page);
    this.select(this.page);
    this.keep(strokes);
    const sign = points === this.state.full ? "○" : points === 0 ? "×" : `△${points}点`;
    this.tell(`${open.length}人を${sign}にしました。${rest.words}`, () => this.back("undo"), rest.next);
  }

  // What 残り全部 left open, in words, and the next step.
  kept(pages) {
    if (!pages.length) return { words: "" };
    const blank = pages.filter((page) => this.state.byPage.get(page).reading === "").length;
    const gone = pages.filter((page) => !this.state.byPage.get(page).size[0]).length;
    const wrong = pages.length - blank - gone;
    const parts = [blank && `空らんと読めた${blank}人`, wrong && `正答でないと読めた${wrong}人`, gone && `この問いのページがない${gone}人`];
    return { words: `${parts.filter(Boolean).join("と、")}は残してあります。見てからつけます。`, next: ["見る", () => this.nextSheet()] };
  }

  back(how) {
    const done = this.state.back(how);
    if (!done) return this.tell(how === "undo" ? "この問いで取り消せる採点は、もうありません。" : "やり直せる採点は、もうありません。");
    if (done.changed) this.tell("そのあとに変わった採点と、食い違いのある採点は、そのままにしました。");
    for (const one of done.strokes) this.view.paint(this.state, one.page);
    if (this.filter && !this.filter.includes(done.page)) this.endFilter({ quiet: true });
    this.select(done.page);
    this.announce(done.page);
    this.keep(done.strokes);
  }

  keep(strokes) {
    this.soon();
    return this.queue.add(strokes);
  }

  announce(page) { this.say(this.view.cards.get(page)?.getAttribute("aria-label") ?? ""); }

  digit(key) {
    const { full } = this.state;
    const both = Number(this.digits + key);
    const points = this.digits && both <= full ? both : Number(key);
    if (points > full) return this.tell(`この問いは${full}点までです。`);
    this.digits = String(points);
    const more = points * 10 <= full && points > 0;
    clearTimeout(this.digitTimer);
    const digits = this.digits;
    this.give(points, { stay: more });
    if (more) { this.digits = digits; this.digitTimer = setTimeout(() => { this.digits = ""; }, TWO_DIGITS); }
  }

  // By key a number follows; by finger the numbers are shown.
  part({ finger = false } = {}) {
    if (this.state.full < 2) return this.tell("1点の問いには△がありません。");
    if (finger) {
      const dialog = this.querySelector("#points");
      const choices = Array.from({ length: this.state.full - 1 }, (_, at) => at + 1);
      dialog.querySelector("[data-choices]").replaceChildren(...choices.map((points) => el("button", { class: "btn", value: String(points) }, `${points}点`)));
      dialog.returnValue = "";
      return dialog.showModal();
    }
    this.say(`三角。1から${this.state.full - 1}の数字で点を入れます。`);
    this.tell(`△：1から${this.state.full - 1}の数字で点を入れます。`);
  }

  // A finger or a pen presses ○ → × → △ → ○. The mouse only chooses: it marks with the buttons at the side.
  cycle(page) {
    this.select(page, { quiet: true });
    if (this.checking || this.main.dataset.mode === "single" || !["touch", "pen"].includes(this.hand)) return;
    const { points } = this.state.mark(page);
    const half = Math.max(1, Math.floor(this.state.full / 2));
    const next = points === null ? this.state.full : points === this.state.full ? 0 : points === 0 && this.state.full > 1 ? half : this.state.full;
    this.give(next, { stay: true });
  }

  criterion(at) {
    const found = this.state.question.criteria[at];
    if (found) this.give(found.points, { criteria: [found.label] });
  }

  choose(key) {
    const page = this.page;
    const others = this.state.conflicts.get(page) ?? [];
    const said = [this.state.mark(page), ...others].find((one) => one.key === key);
    const newest = others[others.length - 1];
    const strokes = this.state.act([{ page, points: said.points, comment: said.comment, criteria: said.criteria, undoes: newest.key }], "choice");
    this.view.paint(this.state, page);
    this.select(page);
    this.keep(strokes);
  }
}
customElements.define("m-marking", Marking);
