// 取り消し (Z): the strokes of this window, kept over a reload of the page. A row that somebody has changed since is left
// as it is, and said so; nobody's later mark is taken away.
const LIMIT = 50;

self.MinamoUndo = class {
  constructor(key) {
    this.key = key;
    try { this.strokes = JSON.parse(sessionStorage.getItem(key) ?? "[]"); } catch { this.strokes = []; }
  }

  // A stroke: [{pupil, before, after}]; `after` is the code once the answer is here.
  push(stroke) {
    this.strokes.push(stroke);
    if (this.strokes.length > LIMIT) this.strokes.shift();
    this.store();
    return stroke;
  }

  // What the rows say after the save; a stroke that was refused is no stroke.
  settle(stroke, answer, codeOf) {
    if (answer.refused || answer.asked) this.strokes = this.strokes.filter((one) => one !== stroke);
    else if (!answer.waiting) for (const one of stroke) one.after = codeOf(one.pupil);
    this.store();
  }

  // The last stroke, without the rows that have changed since; null when there is none.
  pop(codeOf) {
    const stroke = this.strokes.pop();
    this.store();
    if (!stroke) return null;
    const kept = stroke.filter(({ pupil, after }) => after === undefined || codeOf(pupil) === after);
    return { kept, changed: stroke.length - kept.length };
  }

  store() {
    sessionStorage.setItem(this.key, JSON.stringify(this.strokes));
  }
};
