// テストの設定 as the editor holds it: questions, the boxes of number and name, what is selected, and what can be undone.
// Nothing here touches the page; whoever shows it listens for "change" and "select".
import { fitting } from "./setup_answers.js";
import { orders } from "./setup_order.js";

const WAYS = ["列ごとに並べました。", "段ごとに並べました。"];
const LEAST = 16; // pixels at 200 dpi
const DEPTH = 300;
const GROUP = { short: "words", writing: "words", symbol: "symbol", sign: "sign", number: "number" };
const AUTO_LABEL = /^\(\d+\)$/;
const KANJI = "一二三四五六七八九十";
const clone = (value) => JSON.parse(JSON.stringify(value));
const fresh = () => `q${crypto.randomUUID().replaceAll("-", "").slice(0, 10)}`;
// One text for one content, whatever the order of names in it (the database sorts them its own way).
export const canonical = (value) =>
  JSON.stringify(value, (_, one) => (one && typeof one === "object" && !Array.isArray(one) ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1))) : one));
export const wholeLabel = (q) => `${q.section}${q.label}`;

export class SetupModel extends EventTarget {
  constructor(state, size, limits, leaves = []) {
    super();
    let foot = 0;
    this.leaves = leaves.length ? leaves.map(([, height]) => { const top = foot; foot += height; const low = foot; return ([, y0, , y1]) => (y0 + y1) / 2 >= top && (y0 + y1) / 2 < low; }) : [() => true];
    this.state = clone(state);
    this.size = size;
    this.limits = limits;
    this.past = [];
    this.future = [];
    this.merging = "";
    this.aside = new Map(); // question → what it had as answers before its kind changed, by group of kinds
    this.fresh = new Map(); // drawings of this visit: digest → picture
    this.also = new Set(); // further boxes chosen with Shift
    this.byHand = new Map(); // question → the kind somebody chose for it alone in this visit
    this.selected = this.questions[0]?.id ?? "";
  }

  get questions() { return this.state.questions; }
  at(id) { return this.questions.findIndex((q) => q.id === id); }
  get current() { return this.questions[this.at(this.selected)] ?? null; }
  boxOf(id) { return id === "number" ? this.state.number_box : id === "name" ? this.state.name_box : this.questions[this.at(id)]?.box ?? null; }

  // --- selection ---------------------------------------------------------------------------------------------------
  select(id, { also = false, quiet = false } = {}) {
    if (also && this.at(id) >= 0) this.also.has(id) ? this.also.delete(id) : this.also.add(id);
    else this.also.clear();
    if (!also || !this.current) this.selected = id;
    this.merging = "";
    this.dispatchEvent(new CustomEvent("select", { detail: { quiet } }));
  }

  step(by) {
    const to = this.at(this.selected) + by;
    if (to < 0 || to >= this.questions.length) return false;
    this.select(this.questions[to].id);
    return true;
  }

  stepSection(by) {
    const starts = this.questions.map((_, at) => at).filter((at) => this.starts(at));
    const here = this.at(this.selected);
    const to = by > 0 ? starts.find((at) => at > here) : starts.findLast((at) => at < here);
    if (to !== undefined) this.select(this.questions[to].id);
    return to !== undefined;
  }

  starts(at) { return at === 0 || this.questions[at].section !== this.questions[at - 1].section; }
  sectionOf(id) {
    let from = this.at(id);
    if (from < 0) return [];
    let to = from + 1;
    while (!this.starts(from)) from -= 1;
    while (to < this.questions.length && !this.starts(to)) to += 1;
    return this.questions.slice(from, to);
  }

  // --- changes -----------------------------------------------------------------------------------------------------
  // `merge`: strokes of one kind in a row (moving a box step by step, typing a label) are one step of undo.
  change(act, merge = "") {
    const before = clone(this.state);
    act(this.state);
    this.relabel();
    if (canonical(before) === canonical(this.state)) return;
    if (!merge || merge !== this.merging) this.past.push({ state: before, selected: this.selected });
    if (this.past.length > DEPTH) this.past.shift();
    this.merging = merge;
    this.future = [];
    this.announce();
  }

  announce() { this.dispatchEvent(new CustomEvent("change")); }
  undo() { this.travel(this.past, this.future); }
  redo() { this.travel(this.future, this.past); }
  travel(from, to) {
    const step = from.pop();
    if (!step) return;
    to.push({ state: clone(this.state), selected: this.selected });
    this.state = step.state;
    this.merging = "";
    this.selected = this.boxOf(step.selected) ? step.selected : this.questions[0]?.id ?? "";
    this.also.clear();
    this.announce();
  }

  // Labels of the usual form follow their place; what a person wrote stays.
  relabel() {
    let place = 0;
    this.questions.forEach((q, at) => {
      place = this.starts(at) ? 1 : place + 1;
      if (AUTO_LABEL.test(q.label)) q.label = `(${place})`;
    });
  }

  // 大問 by number: 1, 2, 3 … (一、二、三 … on vertical sheets) for names of that form.
  renumber(starts) {
    const usual = (name) => /^\d*$/.test(name) || [...name].every((c) => KANJI.includes(c));
    const kanji = this.state.vertical;
    let part = 0;
    let name = "";
    this.questions.forEach((q, at) => {
      if (at === 0 || starts.has(at)) {
        part += 1;
        name = usual(q.section) ? (kanji && part <= 10 ? KANJI[part - 1] : `${part}`) : q.section;
      }
      q.section = name;
    });
  }

  toggleStart(id) {
    const at = this.at(id);
    if (at < 1) return;
    this.change(() => {
      const starts = new Set(this.questions.map((_, i) => i).filter((i) => this.starts(i)));
      starts.has(at) ? starts.delete(at) : starts.add(at);
      this.questions[at].section = "";
      this.renumber(starts);
    });
  }

  // `values` for the selected question, or for all of its 大問. A kind that was chosen by hand, or that has answers the new one cannot
  // have, is changed one by one only: with the whole 大問 such a question keeps kind and range, takes the rest, and is named.
  set(values, { whole = false, merge = "" } = {}) {
    const ids = new Set(whole ? this.sectionOf(this.selected).map((q) => q.id) : [this.selected, ...this.also]);
    const { kind, alphabet, bubbles, ...others } = values;
    const held = new Set(whole && kind ? this.questions.filter((q) => ids.has(q.id) && this.holds(q, values)).map((q) => q.id) : []);
    if (kind && !whole) for (const id of ids) this.byHand.set(id, kind);
    this.left = [];
    this.change(() => { for (const q of this.questions) if (ids.has(q.id)) this.put(q, held.has(q.id) ? others : values); }, merge && `${merge}:${this.selected}`);
    if (this.left.length) this.dispatchEvent(new CustomEvent("left", { detail: this.left }));
    if (held.size) this.dispatchEvent(new CustomEvent("held", { detail: this.questions.filter((q) => held.has(q.id)).map(wholeLabel) }));
  }

  holds(q, { kind, alphabet }) {
    if (q.id === this.selected || q.kind === kind) return false;
    return this.byHand.get(q.id) === q.kind || fitting(q.keys, kind, alphabet || this.alphabetFor(kind)).length < q.keys.length;
  }

  alphabetFor(kind) {
    return (kind === "symbol" && this.questions.find((one) => one.kind === "symbol" && one.alphabet)?.alphabet) || this.limits.alphabets[kind];
  }

  put(q, values) {
    const kind = values.kind;
    if (kind && kind !== q.kind) {
      q.alphabet = values.alphabet || this.alphabetFor(kind);
      this.rekey(q, kind);
    }
    Object.assign(q, clone(values));
    q.criteria = q.criteria.map((one) => ({ ...one, points: Math.min(one.points, q.full) }));
  }

  // Answers go along where the new kind can have them. The others wait for a kind that can, and somebody is told.
  rekey(q, kind) {
    const waiting = this.aside.get(q.id) ?? {};
    const had = q.keys;
    q.keys = (GROUP[kind] === GROUP[q.kind] ? had : waiting[GROUP[kind]]) ?? fitting(had, kind, q.alphabet);
    this.aside.set(q.id, { ...waiting, [GROUP[q.kind]]: had });
    this.left.push(...had.filter((one) => !q.keys.includes(one)));
  }

  // この範囲を広げる: to the other questions of its kind, in its 大問 or everywhere; how many took it.
  spread({ everywhere = false } = {}) {
    const { kind, alphabet } = this.current;
    const others = (everywhere ? this.questions : this.sectionOf(this.selected)).filter((q) => q.kind === kind && q.alphabet !== alphabet);
    this.change(() => { for (const q of others) q.alphabet = alphabet; });
    return others.length;
  }

  place(id, box, merge = "") {
    const fitted = this.fit(box);
    this.change((state) => {
      if (id === "number") state.number_box = fitted;
      else if (id === "name") state.name_box = fitted;
      else this.questions[this.at(id)].box = fitted;
    }, merge && `${merge}:${id}`);
  }

  fit([x0, y0, x1, y1]) {
    const [width, height] = this.size;
    const w = Math.min(width, Math.max(LEAST, Math.abs(x1 - x0)));
    const h = Math.min(height, Math.max(LEAST, Math.abs(y1 - y0)));
    const x = Math.min(width - w, Math.max(0, Math.min(x0, x1)));
    const y = Math.min(height - h, Math.max(0, Math.min(y0, y1)));
    return [x, y, x + w, y + h].map((v) => Math.round(v * 10) / 10);
  }

  move(id, dx, dy) { const b = this.boxOf(id); if (b) this.place(id, [b[0] + dx, b[1] + dy, b[2] + dx, b[3] + dy], "move"); }
  resize(id, dx, dy) {
    const b = this.boxOf(id);
    if (b) this.place(id, [b[0], b[1], Math.max(b[0] + LEAST, b[2] + dx), Math.max(b[1] + LEAST, b[3] + dy)], "size");
  }

  add(box) {
    if (this.questions.length >= 120) return "";
    const like = this.current ?? this.questions.at(-1);
    const near = like?.box ?? [this.size[0] / 2 - 90, this.size[1] / 2 - 40, this.size[0] / 2 + 90, this.size[1] / 2 + 40];
    const step = this.state.vertical ? [0, near[3] - near[1] + 12] : [near[2] - near[0] + 12, 0];
    let place = box ?? [near[0] + step[0], near[1] + step[1], near[2] + step[0], near[3] + step[1]];
    if (!box && (place[2] > this.size[0] || place[3] > this.size[1])) place = [near[0] + 24, near[1] + 24, near[2] + 24, near[3] + 24];
    const kind = like?.kind ?? "symbol";
    const made = { id: fresh(), label: "(1)", section: like?.section ?? "1", box: this.fit(place), kind, alphabet: like?.alphabet ?? this.limits.alphabets[kind],
      keys: [], full: like?.full ?? 1, aspect: like?.aspect ?? this.limits.aspects[0], note: "", criteria: [], drawing: "", bubbles: like?.bubbles ?? false };
    this.change((state) => { state.questions.splice((like ? this.at(like.id) : -1) + 1, 0, made); });
    this.select(made.id);
    return made.id;
  }

  remove(id) {
    const at = this.at(id);
    this.change((state) => {
      if (id === "number") state.number_box = null;
      else if (id === "name") state.name_box = null;
      else if (at >= 0) state.questions.splice(at, 1);
    });
    const next = this.questions[Math.min(Math.max(at, 0), this.questions.length - 1)];
    this.select(next?.id ?? "");
  }

  merge(id) {
    const at = this.at(id);
    if (at < 0) return;
    const others = this.also.size ? [...this.also].filter((one) => one !== id) : [this.questions[at + 1]?.id].filter(Boolean);
    if (!others.length) return;
    const boxes = [id, ...others].map((one) => this.boxOf(one));
    const union = [0, 1].map((k) => Math.min(...boxes.map((b) => b[k]))).concat([2, 3].map((k) => Math.max(...boxes.map((b) => b[k]))));
    this.change((state) => {
      this.questions[at].box = this.fit(union);
      state.questions = state.questions.filter((q) => !others.includes(q.id));
    });
    this.select(id);
  }

  split(id) {
    const q = this.questions[this.at(id)];
    if (!q) return;
    const [x0, y0, x1, y1] = q.box;
    const across = x1 - x0 >= y1 - y0;
    const halves = across ? [[x0, y0, (x0 + x1) / 2, y1], [(x0 + x1) / 2, y0, x1, y1]] : [[x0, y0, x1, (y0 + y1) / 2], [x0, (y0 + y1) / 2, x1, y1]];
    this.change((state) => {
      q.box = this.fit(halves[0]);
      state.questions.splice(this.at(id) + 1, 0, { ...clone(q), id: fresh(), label: AUTO_LABEL.test(q.label) ? q.label : `${q.label}'`, keys: [], drawing: "", box: this.fit(halves[1]) });
    });
    this.select(id);
  }

  shift(id, by) {
    const at = this.at(id);
    const to = at + by;
    if (at < 0 || to < 0 || to >= this.questions.length) return;
    this.change((state) => {
      const [q] = state.questions.splice(at, 1);
      q.section = state.questions[by > 0 ? to - 1 : to].section;
      state.questions.splice(to, 0, q);
    });
  }

  // 並べ方を変える: the next order, line by line → column by column → … , of the 大問 of the selected question, of the boxes chosen with
  // Shift, or (`whole`) of the sheet, page by page; a sheet whose parts no longer hang together becomes one 大問. Says what it became.
  reorder({ whole = false } = {}) {
    const ids = new Set(this.also.size ? [this.selected, ...this.also] : whole ? this.questions.map((q) => q.id) : this.sectionOf(this.selected).map((q) => q.id));
    let said = "";
    this.change((state) => {
      for (const leaf of this.leaves) {
        const places = this.questions.map((_, at) => at).filter((at) => ids.has(this.questions[at].id) && leaf(this.questions[at].box));
        const chosen = places.map((at) => this.questions[at]);
        const ways = orders(chosen.map((q) => q.box), state.vertical);
        const now = ways.findIndex((way) => way.every((from, at) => from === at));
        const next = (now + 1) % ways.length;
        if (ways.length > 1 || now < 0) said = next ? WAYS[state.vertical ? 1 : 0] : "行ごとに並べました。";
        places.forEach((at, to) => { this.questions[at] = chosen[ways[next][to]]; });
      }
      if (whole && !this.hangsTogether()) this.renumber(new Set());
    });
    return said;
  }

  hangsTogether() {
    const starts = this.questions.filter((_, at) => this.starts(at)).map((q) => q.section);
    return new Set(starts).size === starts.length;
  }

  // この枠を番号（氏名）の枠にする: the question goes, its box stays.
  // `onward`: the next question is selected instead of the box, for who walks the list.
  becomes(id, what, { onward = false } = {}) {
    const box = this.boxOf(id);
    const at = this.at(id);
    if (!box || at < 0) return;
    this.change((state) => {
      state[`${what}_box`] = [...box];
      state.questions = state.questions.filter((q) => q.id !== id);
    });
    this.select((onward && this.questions[Math.min(at, this.questions.length - 1)]?.id) || what);
  }

  totals() {
    const aspects = new Map(this.limits.aspects.map((name) => [name, 0]));
    let total = 0;
    for (const q of this.questions) {
      total += q.full;
      aspects.set(q.aspect || "観点なし", (aspects.get(q.aspect || "観点なし") ?? 0) + q.full);
    }
    return { total, count: this.questions.length, aspects: [...aspects].filter(([, points]) => points),
      unanswered: this.questions.filter((q) => q.kind !== "writing" && !q.keys.length && !q.drawing).length };
  }
}
