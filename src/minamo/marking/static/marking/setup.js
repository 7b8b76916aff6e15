// <m-setup>: the set-up of a test. Holds the model, saves it, and answers the keyboard; the sheet (setup_sheet.js) and the
// list (setup_list.js) show it.
//
// Keys follow one rule: in a field a key writes, outside of fields (on a row of the list, on a box of the sheet) it is a command. Two
// fields are typed through question by question, 正答 (Enter leads in) and 配点 (F); they work alike (setup_typing.js). A digit outside
// of them changes nothing, it says which key leads in. What the keys mean at this moment stands beside the fields (`data-keys`).
import "./setup_draw.js";
import "./setup_list.js";
import "./setup_sheet.js";
import { oneKey } from "./setup_answers.js";
import { SetupModel, wholeLabel } from "./setup_model.js";
import { SetupSave } from "./setup_save.js";

const STEP = 4; // pixels at 200 dpi: half a millimetre
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const KIND_KEYS = { KeyQ: "symbol", KeyW: "number", KeyE: "sign", KeyR: "short", KeyT: "writing" };
const ASPECT_KEYS = { KeyA: 0, KeyS: 1, KeyD: 2 };
const typing = (target) => target.matches?.("input:not([type=radio]):not([type=checkbox]), textarea, select");

class Setup extends HTMLElement {
  connectedCallback() {
    const { state, limits, width, height } = this.dataset;
    const { number, ...settings } = JSON.parse(state);
    this.editable = this.hasAttribute("editable");
    this.model = new SetupModel(settings, [Number(width), Number(height)], JSON.parse(limits), JSON.parse(this.dataset.leaves));
    this.sheet = this.querySelector("m-setup-sheet");
    this.list = this.querySelector("m-setup-list");
    this.sheet.open(this.model, this.editable);
    this.list.open(this.model, this.editable, this.dataset.drawings);
    this.addEventListener("click", (event) => this.pressed(event.target.closest("[data-act]")));
    this.addEventListener("keydown", (event) => this.key(event));
    if (!this.editable) return;
    this.addEventListener("focusin", () => this.meaning());
    this.addEventListener("focusout", () => queueMicrotask(() => this.meaning()));
    this.model.addEventListener("change", () => this.meaning());
    this.model.addEventListener("select", () => this.meaning());
    this.list.typing.addEventListener("leave", () => this.place?.focus({ preventScroll: true }));
    const token = this.querySelector("[name=csrfmiddlewaretoken]").value;
    this.querySelector("m-setup-draw").open(this.model, this.dataset.drawings, token);
    this.saver = new SetupSave({ model: this.model, url: this.dataset.url, token, who: this.dataset.who, keys: JSON.parse(this.dataset.locks), number,
      status: document.querySelector(".save-state"), problems: (lines) => this.problems(lines), conflict: (theirs) => this.conflict(theirs) });
    this.model.addEventListener("change", () => this.tools());
    this.sheet.addEventListener("armed", () => this.tools());
    this.querySelector("#setup-conflict").addEventListener("click", (event) => this.settle(event.target.closest("button")?.value));
    this.tools();
    this.saver.recover();
    if (document.activeElement === document.body && !matchMedia("(pointer: coarse)").matches) this.list.row(this.model.selected)?.focus({ preventScroll: true });
  }

  tools() {
    this.querySelector("[data-act=undo]").disabled = !this.model.past.length;
    this.querySelector("[data-act=redo]").disabled = !this.model.future.length;
    this.querySelector("[data-act=add]").setAttribute("aria-pressed", String(this.sheet.arming));
  }

  // いまのキー: the meaning of the keys where the hand is.
  meaning() {
    const here = document.activeElement;
    const { answer, full } = this.list.typing;
    const one = this.model.current;
    const now = here === full ? "points" : here === answer ? (one && oneKey(one) ? "symbol" : "text") : here?.closest?.(".b") ? "sheet" : here?.closest?.(".q") ? "list" : "off";
    for (const line of this.querySelectorAll("[data-keys]")) line.hidden = line.dataset.keys !== now;
  }

  problems(lines) {
    const box = this.querySelector("[data-problems]");
    box.hidden = !lines.length;
    box.querySelector("ul").replaceChildren(...lines.map((text) => Object.assign(document.createElement("li"), { textContent: text })));
  }

  // --- somebody else saved --------------------------------------------------------------------------------------------
  conflict(theirs) {
    this.theirs = theirs;
    const dialog = this.querySelector("#setup-conflict");
    dialog.querySelector("[data-who]").textContent = `${theirs.who}さんが ${theirs.at} に保存しました（版${theirs.number}）。`;
    dialog.showModal();
  }

  async settle(choice) {
    if (!choice) return;
    await this.saver.mine(this.theirs.number); // mine is kept in any case
    if (this.saver.status.dataset.state !== "saved") return;
    this.querySelector("#setup-conflict").close();
    if (choice !== "theirs") return;
    const body = new URLSearchParams({ number: this.theirs.number, csrfmiddlewaretoken: this.querySelector("[name=csrfmiddlewaretoken]").value });
    await fetch(this.dataset.editions, { method: "POST", body });
    location.reload();
  }

  // --- buttons and keys -----------------------------------------------------------------------------------------------
  pressed(button) {
    if (!button) return;
    const act = button.dataset.act;
    if (act === "larger" || act === "smaller") return this.sheet.setZoom(this.sheet.zoom + (act === "larger" ? 0.5 : -0.5));
    if (!this.editable) return;
    if (act === "add" && matchMedia("(pointer: coarse)").matches) { this.sheet.arm(!this.sheet.arming); return this.tools(); }
    this.act(act);
    if (["add", "merge", "split", "delete", "undo", "redo"].includes(act)) this.sheet.button(this.model.selected)?.focus();
  }

  act(act) {
    const { model } = this;
    const id = model.selected;
    if (act === "undo") model.undo();
    else if (act === "redo") model.redo();
    else if (act === "add") model.add();
    else if (act === "delete") model.remove(id);
    else if (act === "merge") model.merge(id);
    else if (act === "split") model.split(id);
    else if (act === "start") model.toggleStart(id);
    else if (act === "earlier") model.shift(id, -1);
    else if (act === "later") model.shift(id, 1);
    else if (act === "order" || act === "order-all") this.list.typing.say(model.reorder({ whole: act === "order-all" }) || "並べ方は、ほかにありません。");
    else if (act === "is-number") this.person("number", false);
    else if (act === "is-name") this.person("name", false);
    else if (act === "draw") this.querySelector("m-setup-draw").show();
  }

  key(event) {
    if (event.isComposing || event.altKey || event.target.closest("dialog")) return;
    if (event.ctrlKey || event.metaKey) return this.chord(event);
    if (typing(event.target)) return;
    const onSheet = Boolean(event.target.closest(".b"));
    const onList = Boolean(event.target.closest(".q"));
    if (!onSheet && !onList) return;
    if (this.walk(event, onSheet) || (this.editable && this.edit(event))) {
      event.preventDefault();
      event.stopPropagation();
      this.follow(onSheet);
    }
  }

  chord(event) {
    const redo = event.code === "KeyY" || (event.code === "KeyZ" && event.shiftKey);
    if (!this.editable || !(redo || event.code === "KeyZ")) return;
    if (typing(event.target) && ![this.list.typing.answer, this.list.typing.full].includes(event.target) && event.target.defaultValue !== event.target.value) return; // the field's own undo
    event.preventDefault();
    const onSheet = Boolean(event.target.closest(".b"));
    const held = typing(event.target);
    this.act(redo ? "redo" : "undo");
    if (!held) this.follow(onSheet); // the box that had the focus may be gone
  }

  // The focus stays where the hand is: on the sheet or in the list.
  follow(onSheet) {
    if ([this.list.typing.answer, this.list.typing.full].includes(document.activeElement) || document.querySelector("dialog[open]")) return;
    const id = this.model.selected;
    const next = onSheet ? this.sheet.button(id) : this.list.row(id) ?? this.sheet.button(id);
    next?.focus({ preventScroll: true });
  }

  walk(event, onSheet) {
    const { key } = event;
    if (key === "PageDown" || key === "PageUp") { this.model.stepSection(key === "PageDown" ? 1 : -1); return true; }
    if (key === "+" || key === "-") { this.sheet.setZoom(this.sheet.zoom + (key === "+" ? 0.5 : -0.5)); return true; }
    if (key === "Home" || key === "End") { this.model.select(this.model.questions.at(key === "Home" ? 0 : -1)?.id ?? ""); return true; }
    if (!onSheet && (key === "ArrowDown" || key === "ArrowUp") && !event.shiftKey) { this.model.step(key === "ArrowDown" ? 1 : -1); return true; }
    return false;
  }

  edit(event) {
    const { model } = this;
    const { key, code, shiftKey } = event;
    const id = model.selected;
    if (key in ARROWS) {
      const [dx, dy] = ARROWS[key].map((way) => way * STEP);
      shiftKey ? model.resize(id, dx, dy) : model.move(id, dx, dy);
      return true;
    }
    if (key === "Delete" || key === "Backspace") { this.act("delete"); return true; }
    if (key === "[" || key === "]") { this.act(key === "[" ? "earlier" : "later"); return true; }
    if (code === "KeyB") { this.person(shiftKey ? "name" : "number", !event.target.closest(".b")); return true; }
    if (code === "KeyN" && !shiftKey) { this.act("add"); return true; }
    if (code === "KeyM") { this.act(shiftKey ? "split" : "merge"); return true; }
    if (!model.current) return false;
    const { answer, full } = this.list.typing;
    if (key === "Enter" || (key === " " && !event.target.closest(".b"))) { this.into(answer); return true; }
    if (code === "KeyF" && !shiftKey) { this.into(full); return true; }
    if (code in KIND_KEYS) { model.set({ kind: KIND_KEYS[code] }, { whole: shiftKey }); return true; }
    if (code in ASPECT_KEYS) { model.set({ aspect: model.limits.aspects[ASPECT_KEYS[code]] }, { whole: shiftKey }); return true; }
    if (code === "KeyG") { this.act("start"); return true; }
    if (code === "KeyO") { this.act(shiftKey ? "order-all" : "order"); return true; }
    if (code === "KeyP") { this.act("draw"); return true; }
    if (/^(?:Digit|Numpad)\d$/.test(code)) { this.list.typing.say("数字は、Enter で正答、F で配点に入ってから打ちます。"); return true; }
    return false;
  }

  // この枠は番号（氏名）: on the sheet the box stays chosen, in the list the next question is.
  person(what, inList) {
    const { model } = this;
    if (!model.current) return;
    const label = wholeLabel(model.current);
    model.becomes(model.selected, what, { onward: inList });
    this.list.typing.say(`${label}の枠を、${what === "name" ? "氏名" : "番号"}の枠にしました。`);
  }

  // Into a field; Esc leads back to list or sheet, wherever the hand was.
  into(field) {
    this.onSheet = Boolean(document.activeElement?.closest?.(".b"));
    field.focus();
  }

  get place() { return this.onSheet ? this.sheet.button(this.model.selected) : this.list.row(this.model.selected); }
}
customElements.define("m-setup", Setup);
