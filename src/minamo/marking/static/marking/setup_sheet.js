// <m-setup-sheet>: the sheet as a picture with its boxes; mouse, pen and finger draw, move and resize them. Every box is a
// button in reading order, so that the keyboard (setup.js) reaches each of them.
import { wholeLabel } from "./setup_model.js";

const EDGE = 9; // pixels on screen that count as a box's edge
const TRAVEL = 4; // pixels a pointer must travel before it moves anything
const NAMES = { number: "番号", name: "氏名" };

class SetupSheet extends HTMLElement {
  open(model, editable) {
    this.model = model;
    this.editable = editable;
    this.layer = this.querySelector(".boxes");
    this.zoom = 1;
    this.arming = false;
    model.addEventListener("change", () => this.draw());
    model.addEventListener("select", (event) => this.choose(event.detail.quiet));
    this.leaves(JSON.parse(this.closest("m-setup").dataset.leaves));
    this.layer.addEventListener("click", (event) => this.click(event));
    this.layer.addEventListener("focusin", (event) => this.focused(event));
    if (editable) {
      this.layer.addEventListener("pointerdown", (event) => this.down(event));
      this.layer.addEventListener("pointermove", (event) => this.hover(event));
    }
    this.draw();
  }

  // 面: where each page of a sheet of two begins, and the way there.
  leaves(sizes) {
    const [width, height] = this.model.size;
    let top = 0;
    for (const [at, size] of sizes.entries()) {
      const mark = Object.assign(document.createElement("div"), { className: "leaf" });
      mark.append(Object.assign(document.createElement("span"), { textContent: at ? "裏" : "表" }));
      mark.style.top = `${(top / height) * 100}%`;
      mark.style.right = `${(1 - size[0] / width) * 100}%`;
      this.querySelector(".paper").append(mark);
      this.querySelector(`[data-leaf="${at}"]`)?.addEventListener("click", () => { this.querySelector(".desk").scrollTop = mark.offsetTop; });
      top += size[1];
    }
  }

  get factor() { return this.model.size[0] / this.layer.clientWidth; } // pixels of the sheet per pixel on screen
  button(id) { return this.layer.querySelector(`[data-box="${CSS.escape(id)}"]`); }

  draw() {
    const { state } = this.model;
    const wanted = [...Object.keys(NAMES).filter((id) => state[`${id}_box`]).map((id) => [id, state[`${id}_box`], null]), ...state.questions.map((q) => [q.id, q.box, q])];
    const there = new Map([...this.layer.children].map((one) => [one.dataset.box, one]));
    let odd = true;
    const ordered = wanted.map(([id, box, q], at) => {
      if (q && this.model.starts(this.model.at(id))) odd = !odd;
      const one = there.get(id) ?? this.make(id);
      there.delete(id);
      this.lay(one, box);
      one.classList.toggle("odd", Boolean(q) && odd);
      this.write(one, id, q);
      return one;
    });
    for (const gone of there.values()) gone.remove();
    ordered.forEach((one, at) => { if (this.layer.children[at] !== one) this.layer.insertBefore(one, this.layer.children[at] ?? null); });
    this.choose(true);
  }

  make(id) {
    const one = document.createElement("button");
    one.type = "button";
    one.className = id in NAMES ? "b who" : "b";
    one.dataset.box = id;
    one.append(Object.assign(document.createElement("span"), { className: "tab" }), Object.assign(document.createElement("span"), { className: "key" }));
    return one;
  }

  lay(one, [x0, y0, x1, y1]) {
    const [width, height] = this.model.size;
    one.style.left = `${(x0 / width) * 100}%`;
    one.style.top = `${(y0 / height) * 100}%`;
    one.style.width = `${((x1 - x0) / width) * 100}%`;
    one.style.height = `${((y1 - y0) / height) * 100}%`;
  }

  write(one, id, q) {
    one.querySelector(".tab").textContent = q ? wholeLabel(q) : NAMES[id];
    one.querySelector(".key").textContent = q ? (q.keys[0] ?? "").slice(0, 12) : "";
    const answer = q?.keys.length ? `正答 ${q.keys[0]}` : q?.drawing ? "正答は手書き" : "正答なし";
    one.setAttribute("aria-label", q ? `${wholeLabel(q)} ${this.model.limits.kinds[q.kind]} ${q.full}点 ${answer}` : `${NAMES[id]}の枠`);
  }

  choose(quiet = false) {
    for (const one of this.layer.children) {
      const here = one.dataset.box === this.model.selected;
      one.classList.toggle("sel", here);
      one.classList.toggle("also", this.model.also.has(one.dataset.box));
      here ? one.setAttribute("aria-current", "true") : one.removeAttribute("aria-current");
    }
    if (!quiet) this.button(this.model.selected)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  click(event) {
    const one = event.target.closest(".b");
    if (one && !this.dragged) this.model.select(one.dataset.box, { also: event.shiftKey });
    this.dragged = false;
  }

  focused(event) {
    const one = event.target.closest(".b");
    if (one && one.dataset.box !== this.model.selected && !this.pointing) this.model.select(one.dataset.box);
  }

  setZoom(zoom) {
    this.zoom = Math.min(3, Math.max(1, zoom));
    this.querySelector(".paper").style.width = `${this.zoom * 100}%`;
    this.choose();
  }

  arm(on) {
    this.arming = on;
    this.classList.toggle("arming", on);
  }

  // --- pointers ----------------------------------------------------------------------------------------------------
  point(event) {
    const frame = this.layer.getBoundingClientRect();
    return [(event.clientX - frame.left) * this.factor, (event.clientY - frame.top) * this.factor];
  }

  edges(event, one) {
    const frame = one.getBoundingClientRect();
    const near = Math.min(EDGE, frame.width / 4, frame.height / 4);
    return { left: event.clientX - frame.left < near, right: frame.right - event.clientX < near, top: event.clientY - frame.top < near, bottom: frame.bottom - event.clientY < near };
  }

  hover(event) {
    const one = event.target.closest?.(".b");
    if (!one || event.buttons) return;
    const e = this.edges(event, one);
    const slant = (e.left && e.top) || (e.right && e.bottom) ? "nwse" : (e.left && e.bottom) || (e.right && e.top) ? "nesw" : "";
    one.style.cursor = slant ? `${slant}-resize` : e.left || e.right ? "ew-resize" : e.top || e.bottom ? "ns-resize" : "move";
  }

  down(event) {
    if (event.button !== 0 || event.shiftKey) return;
    const one = this.arming ? null : event.target.closest(".b");
    const touch = event.pointerType === "touch";
    if (touch && (one ? one.dataset.box !== this.model.selected : !this.arming)) return; // a finger scrolls
    this.pointing = true;
    const from = this.point(event);
    const box = one ? [...this.model.boxOf(one.dataset.box)] : [...from, ...from];
    const drag = { one, from, box, edges: one ? this.edges(event, one) : null, screen: [event.clientX, event.clientY], moved: false };
    const move = (e) => this.drag(e, drag);
    const up = (e) => {
      this.layer.removeEventListener("pointermove", move);
      this.layer.removeEventListener("pointerup", up);
      this.layer.removeEventListener("pointercancel", up);
      this.pointing = false;
      this.drop(e, drag);
    };
    this.layer.setPointerCapture(event.pointerId);
    this.layer.addEventListener("pointermove", move);
    this.layer.addEventListener("pointerup", up);
    this.layer.addEventListener("pointercancel", up);
    if (!one) event.preventDefault();
  }

  drag(event, drag) {
    if (!drag.moved && Math.hypot(event.clientX - drag.screen[0], event.clientY - drag.screen[1]) < TRAVEL) return;
    drag.moved = true;
    const [x, y] = this.point(event);
    const [dx, dy] = [x - drag.from[0], y - drag.from[1]];
    const [x0, y0, x1, y1] = drag.box;
    if (!drag.one) drag.now = [drag.from[0], drag.from[1], x, y];
    else {
      const e = drag.edges;
      const edge = e.left || e.right || e.top || e.bottom;
      drag.now = edge ? [x0 + (e.left ? dx : 0), y0 + (e.top ? dy : 0), x1 + (e.right ? dx : 0), y1 + (e.bottom ? dy : 0)] : [x0 + dx, y0 + dy, x1 + dx, y1 + dy];
    }
    this.show(drag);
  }

  show(drag) {
    drag.shown = drag.one ?? this.querySelector(".rubber");
    drag.shown.hidden = false;
    this.lay(drag.shown, this.model.fit(drag.now));
  }

  drop(event, drag) {
    this.querySelector(".rubber").hidden = true;
    if (!drag.moved) {
      if (drag.one) { this.model.select(drag.one.dataset.box); drag.one.focus({ preventScroll: true }); }
      return;
    }
    this.dragged = true;
    setTimeout(() => { this.dragged = false; });
    if (event.type === "pointercancel") return this.draw();
    if (drag.one) {
      this.model.select(drag.one.dataset.box, { quiet: true });
      this.model.place(drag.one.dataset.box, drag.now);
    } else if (Math.min(Math.abs(drag.now[2] - drag.now[0]), Math.abs(drag.now[3] - drag.now[1])) > 16) {
      this.button(this.model.add(drag.now))?.focus({ preventScroll: true });
    }
    this.arm(false);
    this.dispatchEvent(new CustomEvent("armed"));
  }
}
customElements.define("m-setup-sheet", SetupSheet);
