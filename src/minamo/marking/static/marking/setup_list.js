// <m-setup-list>: the questions as rows (arrows go up and down), and the fields of the chosen one below.
import { JOINT, fitting, oneKey, several, symbolsOf, unreadable } from "./setup_answers.js";
import { wholeLabel } from "./setup_model.js";
import { Typing } from "./setup_typing.js";

const PRESETS = {
  number: [["単位のまちがい", (full) => Math.max(0, full - 1)], ["式は合っている", (full) => Math.ceil(full / 2)]],
  short: [["漢字のまちがい", (full) => Math.max(0, full - 1)], ["意味は合っている", (full) => Math.ceil(full / 2)]],
  writing: [["考えとわけが書けている", (full) => full], ["わけが足りない", (full) => Math.ceil(full / 2)], ["考えだけ", () => 1]],
};
const spanned = (name, text) => Object.assign(document.createElement("span"), { className: name, textContent: text });

class SetupList extends HTMLElement {
  open(model, editable, drawings) {
    Object.assign(this, { model, editable, drawings });
    this.rows = this.querySelector(".rows");
    this.form = this.querySelector("form.one");
    const [answer, full, said] = ["#setup-answer", "#setup-full", "[data-said]"].map((name) => this.querySelector(name));
    this.typing = new Typing({ model, answer, full, said });
    model.addEventListener("change", () => this.draw());
    model.addEventListener("left", ({ detail }) => this.typing.say(`「${detail.join(JOINT)}」は、この種類の正答にできないので外しました。種類を戻すと、正答も戻ります。`));
    model.addEventListener("held", ({ detail }) => this.typing.say(`${detail.join("、")}は、種類を選んであるか、正答が合わないので、種類と範囲をそのままにしました。`));
    model.addEventListener("select", (event) => this.choose(event.detail.quiet));
    this.rows.addEventListener("click", (event) => this.picked(event));
    this.rows.addEventListener("focusin", (event) => this.picked(event));
    if (editable) this.listen();
    this.draw();
  }

  listen() {
    this.form.addEventListener("input", (event) => this.typed(event.target));
    this.form.addEventListener("click", (event) => this.pressed(event.target.closest("button")));
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.elements.alphabet.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.shiftKey && !event.isComposing) { event.preventDefault(); this.spread(false); }
    });
  }

  picked(event) {
    const one = event.target.closest("[data-row]");
    if (one && one.dataset.row !== this.model.selected) this.model.select(one.dataset.row);
  }

  row(id) { return this.rows.querySelector(`[data-row="${CSS.escape(id)}"]`); }

  // --- rows --------------------------------------------------------------------------------------------------------
  draw() {
    const there = new Map([...this.rows.children].map((one) => [one.firstChild.dataset.row, one]));
    this.model.questions.forEach((q, at) => {
      const item = there.get(q.id) ?? this.make(q.id);
      there.delete(q.id);
      this.fill(item, q, this.model.starts(at));
      if (this.rows.children[at] !== item) this.rows.insertBefore(item, this.rows.children[at] ?? null);
    });
    for (const gone of there.values()) gone.remove();
    this.choose(true);
    this.totals();
  }

  make(id) {
    const item = document.createElement("li");
    const one = document.createElement("button");
    one.type = "button";
    one.className = "q";
    one.dataset.row = id;
    one.append(...["label", "kind", "answer", "full", "aspect"].map((name) => spanned(name, "")));
    item.append(one);
    return item;
  }

  fill(item, q, starts) {
    const { kinds } = this.model.limits;
    const [label, kind, answer, full, aspect] = item.firstChild.children;
    item.classList.toggle("start", starts);
    label.textContent = wholeLabel(q);
    kind.textContent = kinds[q.kind];
    const wrong = fitting(q.keys, q.kind, q.alphabet).length < q.keys.length;
    answer.textContent = q.keys.join(JOINT) + (wrong ? "（使えません）" : "") || (q.drawing ? "手書き" : q.kind === "writing" ? "—" : "正答なし");
    answer.classList.toggle("none", wrong || (!q.keys.length && !q.drawing));
    full.textContent = `${q.full}点`;
    aspect.textContent = q.aspect.split("・")[0] || "観点なし";
  }

  totals() {
    const { total, count, aspects, unanswered } = this.model.totals();
    this.querySelector("[data-total]").textContent = total;
    this.querySelector("[data-count]").textContent = count;
    const parts = aspects.map(([name, points]) => { const part = spanned("part", `${name} `); part.append(Object.assign(document.createElement("b"), { textContent: points })); return part; });
    if (unanswered) parts.push(spanned("part warn", `正答のない設問 ${unanswered}`));
    const missing = [["number_box", "番号の枠なし"], ["name_box", "氏名の枠なし"]].filter(([name]) => !this.model.state[name]);
    parts.push(...missing.map(([, words]) => spanned("part warn", words)));
    this.querySelector("[data-aspects]").replaceChildren(...parts);
    const help = this.querySelector("[data-unsigned]");
    if (help) help.hidden = !missing.length;
  }

  choose(quiet = false) {
    const q = this.model.current;
    for (const item of this.rows.children) {
      const here = item.firstChild.dataset.row === this.model.selected;
      here ? item.firstChild.setAttribute("aria-current", "true") : item.firstChild.removeAttribute("aria-current");
      item.firstChild.tabIndex = here || (!q && !item.previousElementSibling) ? 0 : -1;
      item.firstChild.classList.toggle("also", this.model.also.has(item.firstChild.dataset.row));
      if (here && !quiet) item.scrollIntoView({ block: "nearest" });
    }
    this.fields(q);
  }

  // --- the chosen question -------------------------------------------------------------------------------------------
  fields(q) {
    this.form.hidden = !q;
    if (!q) return;
    const f = this.form.elements;
    const put = (name, value) => { if (f[name] && document.activeElement !== f[name]) f[name].value = value; };
    this.querySelector("[data-title]").textContent = wholeLabel(q);
    for (const name of ["section", "label", "alphabet", "note", "aspect"]) put(name, q[name]);
    if (f.alphabets) put("alphabets", [...f.alphabets.options].some((one) => one.value === q.alphabet) ? q.alphabet : "");
    put("others", q.keys.slice(1).join(JOINT));
    for (const radio of this.form.querySelectorAll("[name=kind]")) radio.checked = radio.value === q.kind;
    for (const part of this.form.querySelectorAll("[data-alphabet]")) part.hidden = ["short", "writing"].includes(q.kind);
    f.bubbles.checked = Boolean(q.bubbles);
    this.typing.show(q);
    this.querySelector("[data-answer-of]").textContent = wholeLabel(q);
    this.querySelector("[data-hint]").textContent = this.hint(q);
    const presets = this.form.querySelector("[name=presets]");
    if (presets) presets.hidden = !PRESETS[q.kind];
    this.preview(q);
    this.criteria(q);
  }

  hint(q) {
    const beyond = unreadable(q);
    if (beyond) return beyond;
    if (!oneKey(q)) return q.kind === "writing" ? "書かなくてもかまいません。文のまま残ります。" : "正しい答えが2つ以上あるときは「／」で区切ります。";
    const symbols = symbolsOf(q.alphabet);
    return `${symbols.slice(0, 10).map((s, at) => `${(at + 1) % 10}=${s}`).join(" ")}（かな入力もできます）。`;
  }

  preview(q) {
    const shown = this.form.querySelector("[data-drawn]");
    shown.hidden = !q.drawing;
    if (q.drawing) {
      shown.querySelector("img").src = this.model.fresh.get(q.drawing) ?? `${this.drawings}${q.drawing}/`;
      shown.querySelector("img").alt = `${wholeLabel(q)}の手書きの正答`;
    }
  }

  criteria(q) {
    const box = this.form.querySelector("[data-criteria]");
    if (box.contains(document.activeElement) && box.children.length === q.criteria.length) return;
    const lines = q.criteria.map((one, at) => {
      const line = document.createElement("li");
      const words = Object.assign(document.createElement("input"), { type: "text", value: one.label, maxLength: 60, name: `criterion-${at}-label` });
      words.setAttribute("aria-label", `めやす${at + 1}のことば`);
      const points = Object.assign(document.createElement("input"), { type: "number", value: one.points, min: 0, max: q.full, name: `criterion-${at}-points` });
      points.setAttribute("aria-label", `めやす${at + 1}の点`);
      const gone = Object.assign(document.createElement("button"), { type: "button", className: "btn small ghost", textContent: "消す", name: `criterion-${at}-gone` });
      gone.setAttribute("aria-label", `めやす${at + 1}を消す`);
      if (!this.editable) for (const input of [words, points, gone]) input.disabled = true;
      line.append(words, points, gone);
      return line;
    });
    box.replaceChildren(...lines);
  }

  typed(input) {
    const { name, value } = input;
    const part = /^criterion-(\d+)-(label|points)$/.exec(name);
    if (part) {
      const list = structuredClone(this.model.current.criteria);
      list[Number(part[1])][part[2]] = part[2] === "points" ? Number(value) : value;
      return this.model.set({ criteria: list }, { merge: name });
    }
    if (name === "kind") return this.model.set({ kind: value });
    if (name === "bubbles") return this.model.set({ bubbles: input.checked });
    if (name === "others") return this.model.set({ keys: [...new Set([this.model.current.keys[0], ...several(value, this.model.current.kind)].filter(Boolean))] }, { merge: name });
    if (name === "alphabets") return value ? this.model.set({ alphabet: value }, { merge: name }) : undefined; // ↓ goes through the closed list
    if (["section", "label", "alphabet", "note", "aspect"].includes(name)) return this.model.set({ [name]: value }, { merge: name });
    return undefined;
  }

  pressed(button) {
    if (!button) return;
    const q = this.model.current;
    const gone = /^criterion-(\d+)-gone$/.exec(button.name);
    if (gone) return this.model.set({ criteria: q.criteria.filter((_, at) => at !== Number(gone[1])) });
    if (button.name === "criterion") this.model.set({ criteria: [...q.criteria, { label: "", points: 0 }] });
    if (button.name === "presets") this.model.set({ criteria: [...q.criteria, ...this.presets(q)].slice(0, 9) });
    if (button.name === "whole") this.model.set({ kind: q.kind, alphabet: q.alphabet, full: q.full, aspect: q.aspect, bubbles: q.bubbles }, { whole: true });
    if (button.name === "spread" || button.name === "everywhere") this.spread(button.name === "everywhere");
    if (button.name === "undraw") this.model.set({ drawing: "" });
    if (button.name === "criterion") this.form.querySelector("[data-criteria] li:last-child input")?.focus();
  }

  spread(everywhere) {
    const { kind, alphabet } = this.model.current;
    const many = this.model.spread({ everywhere });
    this.typing.say(many ? `${this.model.limits.kinds[kind]}の${many}問の範囲を「${alphabet}」にしました。` : `${everywhere ? "用紙" : "大問"}には、範囲のちがう${this.model.limits.kinds[kind]}の設問がありません。`);
  }

  presets(q) {
    const there = new Set(q.criteria.map((one) => one.label));
    return PRESETS[q.kind].filter(([label]) => !there.has(label)).map(([label, points]) => ({ label, points: points(q.full) }));
  }
}
customElements.define("m-setup-list", SetupList);
