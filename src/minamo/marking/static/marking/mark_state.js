// One question of a class as this screen knows it: marks, what can be taken back, what is left to do. No DOM, no network.
// Every change is a list of strokes, as the server takes them; strokes name what they saw by key (`base`).
const NOTHING = { key: null, points: null, comment: "", criteria: [] };
const SHEETS = new Set(["sheet", "blank", "group"]);
const SEEN = new Set(["key", "sheet", "blank", "group", "check", "verdict", "choice"]);
const SHARE = 0.05;
const RARE = 3; // wrong numbers that so few wrote go on one sheet together
const NUMBERS = "正答でない数";

class MarkState {
  constructor(data) {
    this.data = data;
    this.question = data.question;
    this.full = data.question.full;
    this.answers = data.answers;
    this.byPage = new Map(this.answers.map((one) => [one.page, one]));
    this.odd = new Set(); // taken out of a sheet: looked at one by one, never on a sheet again
    this.take(data);
  }

  // What the server says holds now.
  take({ marks, conflicts, stacks, sheeted, checked }) {
    this.marks = new Map(Object.entries(marks));
    this.conflicts = new Map(Object.entries(conflicts));
    this.past = stacks.past;
    this.ahead = stacks.ahead;
    this.sheeted = new Set(sheeted);
    this.checked = new Set(checked);
  }

  // Papers as they lie now → those that came. Marks stay as this screen has them; the answer under the hand stays too.
  papers({ answers, marks, conflicts, questions }, here) {
    const known = this.byPage;
    const come = answers.filter(({ page }) => !known.has(page));
    const lying = answers.map((one) => {
      const { image, url, size } = known.get(one.page) ?? one;
      return { ...one, image, url, size };
    });
    if (known.has(here) && !answers.some(({ page }) => page === here)) lying.push(known.get(here));
    this.answers = this.data.answers = lying;
    this.byPage = new Map(lying.map((one) => [one.page, one]));
    for (const { page } of come) {
      if (marks[page]) this.marks.set(page, marks[page]);
      if (conflicts[page]) this.conflicts.set(page, conflicts[page]);
    }
    const totals = new Map(questions.map((one) => [one.id, one.total]));
    for (const one of this.data.questions) one.total = totals.get(one.id) ?? one.total;
    return come;
  }

  mark(page) { return this.marks.get(page) ?? NOTHING; }
  marked(page) { return this.mark(page).points !== null; }
  looked(page) { return this.byPage.get(page).look; } // read as empty or wrong: never marked unseen
  // Marked by somebody who had each of them before the eyes (残り全部, carried over and taken back do not say so).
  seen(pages) { return pages.every((page) => this.marked(page) && SEEN.has(this.mark(page).how)); }
  get left() { return this.answers.filter(({ page }) => !this.marked(page)); }
  get done() { return this.answers.length - this.left.length; }

  // --- strokes ---

  // `wishes`: [{page, points, comment, criteria, undoes}]; one press of a key, however many answers it marks.
  act(wishes, how) {
    const act = crypto.randomUUID();
    const strokes = wishes.map((wish) => this.stroke(wish, how, act));
    const steps = strokes.map((one) => ({ key: one.key, page: one.page, before: this.said(one.page) }));
    for (const one of strokes) this.put(one);
    if (how === "undo") this.ahead.push(steps);
    else this.past.push(steps);
    if (how !== "undo" && how !== "redo") this.ahead.length = 0;
    return strokes;
  }

  stroke({ page, points, comment, criteria = [], undoes = null }, how, act) {
    const now = this.mark(page);
    return {
      key: crypto.randomUUID(), act, page, question: this.question.id, round: this.data.round, points,
      comment: comment ?? now.comment, criteria, how, base: now.key, undoes, edition: this.data.edition,
      at: new Date().toISOString(),
    };
  }

  said(page) {
    const { points, comment, criteria } = this.mark(page);
    return { points, comment, criteria };
  }

  put({ key, page, points, comment, criteria, how }) {
    this.marks.set(page, { key, points, comment, criteria, how, mine: true, by: "" });
    if (SHEETS.has(how)) this.sheeted.add(page);
    if (how === "check" || (how === "key" && points !== null)) this.checked.add(page);
    if (how === "choice") this.conflicts.delete(page);
  }

  // Strokes of the waiting line that the server does not know yet, on top of what it said.
  replay(strokes) {
    const acts = Map.groupBy ? [...Map.groupBy(strokes, (one) => one.act).values()] : grouped(strokes);
    for (const act of acts) {
      const fresh = act.filter((one) => this.mark(one.page).key === one.base);
      if (!fresh.length) continue;
      const steps = fresh.map((one) => ({ key: one.key, page: one.page, before: this.said(one.page) }));
      for (const one of fresh) this.put(one);
      const named = new Set(fresh.map((one) => one.undoes));
      const leave = (pile) => {
        const at = pile.findLastIndex((old) => old.some((step) => named.has(step.key)));
        if (at >= 0) pile.splice(at, 1);
      };
      if (fresh[0].how === "undo") { leave(this.past); this.ahead.push(steps); }
      else if (fresh[0].how === "redo") { leave(this.ahead); this.past.push(steps); }
      else { this.past.push(steps); this.ahead.length = 0; }
    }
  }

  // → {strokes, changed, page}: `changed` says that some answers were marked by somebody since and stay as they are.
  back(how) {
    const steps = (how === "undo" ? this.past : this.ahead).pop();
    if (!steps) return null;
    const kept = steps.filter((step) => this.mark(step.page).key === step.key && !this.conflicts.has(step.page));
    const wishes = kept.map((step) => ({ page: step.page, ...step.before, undoes: step.key }));
    return { strokes: wishes.length ? this.act(wishes, how) : [], changed: kept.length < steps.length, page: steps[0].page };
  }

  // --- what the machine read: sorted, never marked ---

  // [{text, pages, right}]: right answers first, blanks ("") and unread (null) last. Hardly two pupils write the same wrong number: those of
  // few stand together (`mixed`), in the order of what was read.
  get readings() {
    const found = new Map();
    for (const { page, reading } of this.answers) found.set(reading, [...(found.get(reading) ?? []), page]);
    const rank = ({ text, pages, right }) => [text === null, text === "", !right, -pages.length];
    return this.mixed([...found].map(([text, pages]) => ({ text, pages, right: this.question.keys.includes(text) })))
      .filter(({ text }) => this.question.read || text === "")
      .sort((a, b) => compare(rank(a), rank(b)));
  }

  mixed(readings) {
    const { kind, keys } = this.question;
    const rare = kind === "number" && keys.length ? readings.filter(({ text, pages, right }) => text && !right && pages.length <= RARE) : [];
    if (rare.length < 2) return readings;
    const pages = rare.sort((a, b) => Number(a.text) - Number(b.text)).flatMap((one) => one.pages);
    return [...readings.filter((one) => !rare.includes(one)), { text: NUMBERS, pages, right: false, mixed: true }];
  }

  // Still to be marked and may stand on a sheet.
  open(pages) { return pages.filter((page) => !this.marked(page) && !this.odd.has(page)); }

  // One by one: what could not be read, and what was taken out of a sheet.
  get alone() {
    const unread = (one) => this.question.read && one.reading === null;
    return this.answers.filter((one) => !this.marked(one.page) && (unread(one) || this.odd.has(one.page))).map(({ page }) => page);
  }

  // What is read as empty stands in its own row and in no bundle.
  get bundles() {
    const known = this.data.groups.map((pages) => pages.filter((page) => this.byPage.has(page) && this.byPage.get(page).reading !== ""));
    return known.filter((pages) => pages.length > 1);
  }

  order(name) {
    const pages = this.answers.map(({ page }) => page);
    const grouped = name === "reading" ? this.readings.map(({ pages }) => pages)
      : name === "likeness" ? this.data.groups : [];
    const first = grouped.flat().filter((page) => this.byPage.has(page));
    return [...new Set([...first, ...pages])];
  }

  // Why the answers cannot stand in the order of likeness; nothing when they can.
  get unlike() {
    if (this.answers.filter((one) => one.reading !== "").length < 3) return "書いた答えが3人より少ないので、番号順のままです。";
    if (this.data.grouped) return "";
    return this.question.read ? "この問いの答えは機械が読みます。似ている順のかわりに、読みの順（もう一度 L）で並べられます。"
      : "似ている順は、「似ている答えをまとめる」のあとで使えます。いまは番号順のままです。";
  }

  // 抜き取り: 5 % of what was confirmed as a sheet, by lot, still to be looked at one by one.
  get sample() {
    if (this.data.round !== 1) return [];
    const drawn = [...this.sheeted].filter((page) => this.byPage.has(page))
      .sort((a, b) => this.byPage.get(a).lot - this.byPage.get(b).lot || (a < b ? -1 : 1));
    return drawn.slice(0, Math.ceil(drawn.length * SHARE));
  }
  get toCheck() { return this.sample.filter((page) => !this.checked.has(page)); }
}

const grouped = (strokes) => {
  const found = new Map();
  for (const one of strokes) found.set(one.act, [...(found.get(one.act) ?? []), one]);
  return [...found.values()];
};
const compare = (one, two) => {
  for (let at = 0; at < one.length; at += 1) if (one[at] !== two[at]) return one[at] < two[at] ? -1 : 1;
  return 0;
};

// スタンプ and the other words of a comment (stamps.py).
const LONGEST = 200;
const parted = (comment) => {
  const [head] = /^(?:【[^【】]{1,10}】)*/u.exec(comment);
  return [[...head.matchAll(/【([^【】]+)】/gu)].map(([, word]) => word), comment.slice(head.length).trim()];
};

self.MinamoMarks = { ...self.MinamoMarks, State: MarkState, LONGEST, parted };
