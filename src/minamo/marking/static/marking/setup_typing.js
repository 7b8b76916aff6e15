// 続けて入れる: the two fields a teacher types a whole sheet through, 正答 and 配点. Both work alike: what is typed holds at once, Enter
// goes to the next question, ↑ ↓ and PgUp PgDn go where they say, Esc leads back to list or sheet.
//
// A symbol of one key goes on by itself. The Enter that follows it goes nowhere, so that nobody who ends every answer with Enter passes
// over a question; a second one does. Shift+Enter in 配点 gives the points to the whole 大問 and goes to the next one.
import { fitting, JOINT, numeral, oneKey, several, symbolFor, unreadable } from "./setup_answers.js";
import { wholeLabel } from "./setup_model.js";

const MOST = 100; // points of one question

export class Typing extends EventTarget {
  constructor({ model, answer, full, said }) {
    super();
    Object.assign(this, { model, answer, full, said });
    for (const field of [answer, full]) {
      field.addEventListener("keydown", (event) => this.key(event, field));
      field.addEventListener("focus", () => { this.came = false; field.select(); });
    }
    answer.addEventListener("input", (event) => { if (!event.isComposing) this.answerText(); });
    answer.addEventListener("compositionend", () => this.answerText());
    answer.addEventListener("change", () => this.commit());
    full.addEventListener("input", (event) => { if (!event.isComposing) this.points(); });
    full.addEventListener("compositionend", () => this.points());
    full.addEventListener("blur", () => this.show(model.current));
  }

  say(text) { this.said.textContent = text; }

  // A field in which somebody writes an answer is left alone until the question is another one.
  show(q) {
    if (!q) return;
    if (document.activeElement !== this.answer || this.shown !== q.id) this.answer.value = q.keys[0] ?? "";
    if (document.activeElement !== this.full || this.shown !== q.id || /^0*[1-9]/.test(this.full.value)) this.full.value = String(q.full);
    this.shown = q.id;
  }

  key(event, field) {
    const q = this.model.current;
    if (event.isComposing || event.key === "Process" || event.ctrlKey || event.metaKey || event.altKey || !q) return;
    const way = { ArrowDown: 1, PageDown: 1, ArrowUp: -1, PageUp: -1 }[event.key];
    if (way) this.move(field, way, event.key.startsWith("Page"));
    else if (event.key === "Escape") this.leave(field, q);
    else if (event.key === "Enter") this.enter(field, q, event.shiftKey);
    else if (field !== this.answer || !this.symbol(event, q)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  enter(field, q, whole) {
    if (field === this.answer && this.came) { this.came = false; return; }
    if (field === this.full && whole) {
      this.model.set({ full: q.full }, { whole: true });
      this.move(field, 1, true);
    } else this.move(field, 1);
  }

  leave(field, q) {
    this.comma = "";
    if (field === this.answer) this.commit();
    field.value = field === this.answer ? this.model.current.keys[0] ?? "" : String(q.full);
    this.say(this.comma);
    this.dispatchEvent(new Event("leave"));
  }

  move(field, by, section = false) {
    this.comma = "";
    if (field === this.answer) this.commit();
    const moved = section ? this.model.stepSection(by) : this.model.step(by);
    this.came = false;
    this.shown = "";
    this.show(this.model.current);
    field.select();
    this.say(this.comma || moved || by < 0 ? this.comma : section ? "最後の大問です。" : "最後の設問です。");
  }

  // --- 正答 ------------------------------------------------------------------------------------------------------------
  // Whether the key was a symbol, or took one back.
  symbol(event, q) {
    if (!oneKey(q)) return false;
    if (event.key === "Backspace") {
      if (q.keys.length) { this.model.set({ keys: [] }); this.answer.value = ""; this.came = false; } else this.move(this.answer, -1);
      return true;
    }
    const symbol = event.key.length === 1 ? symbolFor(event.key, q.alphabet) : "";
    if (symbol) this.give(symbol);
    return Boolean(symbol);
  }

  // What the input method or a paste brought: symbol after symbol, question after question; what fits nowhere stays to be seen.
  answerText() {
    let rest = [...this.answer.value];
    this.came = false;
    while (rest.length && this.model.current && oneKey(this.model.current)) {
      if (this.model.current.keys[0] === rest.join("")) return;
      const symbol = symbolFor(rest[0], this.model.current.alphabet);
      if (!symbol) return this.say(`「${rest[0]}」は、この設問の記号（${this.model.current.alphabet}）にありません。下の「記号の範囲」か「よく使う範囲」で変えられます。`);
      rest = rest.slice(1);
      this.give(symbol, rest.join(""));
    }
    return undefined;
  }

  give(symbol, rest = "") {
    this.model.set({ keys: [symbol, ...this.model.current.keys.slice(1).filter((one) => one !== symbol)] });
    this.move(this.answer, 1);
    this.came = true;
    if (rest) this.answer.value = rest;
  }

  commit() {
    const q = this.model.current;
    if (!q || oneKey(q) || this.shown !== q.id) return;
    const text = this.answer.value.trim();
    const [first, ...others] = q.kind === "writing" ? [text] : several(q.kind === "number" ? numeral(text) : text, q.kind);
    if (q.kind === "short" && first?.includes("、") && first !== q.keys[0]) this.comma = `「${first}」を、1つの正答にしました。別の正答は「／」で区切ります。`;
    const keys = [...new Set([first, ...others, ...q.keys.slice(1)].filter(Boolean))];
    const wrong = keys.filter((one) => !fitting([one], q.kind, q.alphabet).length);
    if (wrong.length) this.comma = `「${wrong.join(JOINT)}」は、${q.kind === "number" ? "数" : `記号（${q.alphabet}）`}ではありません。${wholeLabel(q)}の種類か正答を直すまで、保存できません。`;
    else this.comma ||= unreadable({ ...q, keys });
    this.model.set({ keys });
  }

  // --- 配点 ------------------------------------------------------------------------------------------------------------
  points() {
    const text = numeral(this.full.value);
    const value = /^\d+$/.test(text) ? Number(text) : 0;
    if (value >= 1 && value <= MOST) this.model.set({ full: value }, { merge: "points" });
    this.say(!text || (value >= 1 && value <= MOST) ? "" : `配点は1から${MOST}の整数で入れます。`);
  }
}
