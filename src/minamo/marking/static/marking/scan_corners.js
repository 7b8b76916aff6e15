// <m-corners>: four points over the picture of a page, moved by mouse, finger or keys; shares of the picture go into the form.
const NAMES = ["左上", "右上", "右下", "左下"];
const STEP = 0.002;

class Corners extends HTMLElement {
  connectedCallback() {
    this.stage = this.querySelector(".stage");
    this.field = this.querySelector("[name=corners]");
    this.points = JSON.parse(this.dataset.corners);
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 1 1");
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    this.shape = document.createElementNS("http://www.w3.org/2000/svg", "polygon");
    svg.append(this.shape);
    this.handles = NAMES.map((name, at) => this.handle(name, at));
    this.stage.append(svg, ...this.handles);
    this.querySelector("[data-turn]").addEventListener("click", () => this.turn());
    this.draw();
    this.entered = (event) => this.enter(event);
    document.addEventListener("keydown", this.entered);
    if (document.activeElement === document.body) this.handles[0].focus({ preventScroll: true });
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.entered);
  }

  // Enter uses the corners as they lie wherever the hand is, but where it says something else (a button, a link, a field), and
  // never the key that is still held from the page before.
  enter(event) {
    if (event.key !== "Enter" || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const handle = event.target.closest(".handle");
    if (!handle && event.target.closest("a, button, input, select, textarea, summary, dialog, [contenteditable]")) return;
    event.preventDefault();
    if (!event.repeat) this.querySelector("form").requestSubmit();
  }

  handle(name, at) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "handle" });
    const label = document.createElement("span");
    label.textContent = name;
    button.append(label);
    button.addEventListener("pointerdown", (event) => { event.preventDefault(); button.focus(); button.setPointerCapture(event.pointerId); this.held = at; });
    button.addEventListener("pointermove", (event) => this.held === at && this.drag(at, event));
    for (const end of ["pointerup", "pointercancel"]) button.addEventListener(end, () => { this.held = null; });
    button.addEventListener("keydown", (event) => this.key(at, event));
    return button;
  }

  drag(at, event) {
    const box = this.stage.getBoundingClientRect();
    this.put(at, (event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  }

  key(at, event) {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!way) return;
    event.preventDefault();
    const step = event.shiftKey ? 12 * STEP : STEP;
    this.put(at, this.points[at][0] + way[0] * step, this.points[at][1] + way[1] * step);
  }

  put(at, x, y) {
    this.points[at] = [Math.min(1.2, Math.max(-0.2, x)), Math.min(1.2, Math.max(-0.2, y))];
    this.draw();
  }

  // The sheet lies a quarter further round: every name goes to the next place.
  turn() {
    this.points = [this.points[1], this.points[2], this.points[3], this.points[0]];
    this.draw();
  }

  draw() {
    this.shape.setAttribute("points", this.points.map((point) => point.join(",")).join(" "));
    for (const [at, handle] of this.handles.entries()) {
      const [x, y] = this.points[at];
      handle.style.left = `${100 * x}%`;
      handle.style.top = `${100 * y}%`;
      handle.setAttribute("aria-label", `${NAMES[at]}　横${Math.round(100 * x)}%　縦${Math.round(100 * y)}%`);
    }
    this.field.value = JSON.stringify(this.points);
  }
}
customElements.define("m-corners", Corners);
