// <m-setup-draw>: a model answer drawn with pen, finger or mouse; kept as a small picture beside the question.
class SetupDraw extends HTMLElement {
  open(model, url, token) {
    Object.assign(this, { model, url, token });
    this.dialog = this.querySelector("dialog");
    this.canvas = this.querySelector("canvas");
    this.pen = this.canvas.getContext("2d");
    this.strokes = [];
    this.canvas.addEventListener("pointerdown", (event) => this.begin(event));
    this.canvas.addEventListener("pointermove", (event) => this.go(event));
    for (const end of ["pointerup", "pointercancel"]) this.canvas.addEventListener(end, () => { this.line = null; });
    this.addEventListener("click", (event) => this.pressed(event.target.closest("button")?.name));
  }

  show() {
    if (!this.model.current) return;
    this.strokes = [];
    this.say("");
    this.paint();
    this.dialog.showModal();
  }

  point(event) {
    const frame = this.canvas.getBoundingClientRect();
    return [((event.clientX - frame.left) / frame.width) * this.canvas.width, ((event.clientY - frame.top) / frame.height) * this.canvas.height];
  }

  begin(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.line = [this.point(event)];
    this.strokes.push(this.line);
    this.paint();
  }

  go(event) {
    if (!this.line) return;
    for (const one of event.getCoalescedEvents?.() ?? [event]) this.line.push(this.point(one));
    this.paint();
  }

  paint() {
    this.pen.fillStyle = "#fff";
    this.pen.fillRect(0, 0, this.canvas.width, this.canvas.height);
    Object.assign(this.pen, { lineWidth: 6, lineCap: "round", lineJoin: "round", strokeStyle: "#111" });
    for (const line of this.strokes) {
      this.pen.beginPath();
      this.pen.moveTo(...line[0]);
      for (const at of line.length > 1 ? line.slice(1) : [[line[0][0] + 0.1, line[0][1]]]) this.pen.lineTo(...at);
      this.pen.stroke();
    }
  }

  pressed(name) {
    if (name === "back") { this.strokes.pop(); this.paint(); }
    if (name === "clear") { this.strokes = []; this.paint(); }
    if (name === "keep") this.keep();
  }

  async keep() {
    if (!this.strokes.length) return this.say("まだ何も書いていません。");
    const id = this.model.selected;
    const blob = await new Promise((done) => this.canvas.toBlob(done, "image/png"));
    try {
      const response = await fetch(this.url, { method: "POST", body: blob, headers: { "Content-Type": "image/png", "X-CSRFToken": this.token, "X-Requested-With": "fetch" } });
      const answer = response.headers.get("Content-Type")?.includes("json") ? await response.json() : {};
      if (response.status === 403) return this.say((await self.MinamoRefusal.of(response)).words || "保存できませんでした。書いたものは残っています。");
      if (response.status !== 200) return this.say(answer.problems?.[0] ?? "保存できませんでした。書いたものは残っています。");
      this.model.fresh.set(answer.drawing, this.canvas.toDataURL("image/png")); // shown before the edition that speaks of it is saved
      if (this.model.selected === id) this.model.set({ drawing: answer.drawing });
      this.dialog.close();
    } catch {
      this.say("回線が切れています。書いたものは残っています。戻ったら、もう一度「残す」を押してください。");
    }
    return undefined;
  }

  say(text) { this.querySelector("[data-drawn-said]").textContent = text; }
}
customElements.define("m-setup-draw", SetupDraw);
