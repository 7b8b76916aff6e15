// The waiting line of strokes on this device: every key is kept before it is sent, and leaves the device when the server has
// taken it. Each stroke has its own key, so that sending again is always safe. What lies here is locked (mark_store.js).
const FIRST_PAUSE = 1500;
const LONGEST_PAUSE = 30_000;
const GATHER = 120; // milliseconds in which keys come together into one sending

class MarkQueue {
  // `told`: {state(name, waiting, refusal), taken(answer, strokes), refused(words)}
  constructor({ account, keys, sitting, url, token, told }) {
    Object.assign(this, { sitting, url, token, told, tries: 0, device: crypto.randomUUID() });
    this.store = new self.MinamoMarks.Store(account, keys);
    this.ononline = () => this.flush();
    addEventListener("online", this.ononline);
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden" || this.denied) this.flush(); });
    addEventListener("beforeunload", (event) => { if (this.unsafe) event.preventDefault(); });
  }

  // Memory only, and not sent: leaving the page would lose it.
  get unsafe() { return this.store.memory.length > 0; }

  mine() { return this.store.mine(this.sitting); }

  // Kept first, then sent. Resolves when it is safe on this device.
  async add(strokes) {
    if (!strokes.length) return;
    this.told.state("saving", 0);
    await this.store.add(this.sitting, strokes);
    if (!this.sending) { clearTimeout(this.timer); this.timer = setTimeout(() => this.flush(), GATHER); } else this.again = true;
  }

  flush() {
    clearTimeout(this.timer);
    if (this.sending) { this.again = true; return this.sending; }
    this.sending = self.MinamoSealed.inTurn("minamo-marking", () => this.drain())
      .finally(() => { this.sending = null; if (this.again) { this.again = false; this.flush(); } });
    return this.sending;
  }

  later(refused = false) {
    clearTimeout(this.timer);
    this.denied = refused;
    if (refused) { this.timer = setTimeout(() => this.flush(), self.MinamoRefusal.PAUSE); return; }
    const asked = (this.hold ?? 0) - Date.now(); // being asked to wait is no failed try
    this.timer = setTimeout(() => this.flush(), asked > 0 ? asked : Math.min(FIRST_PAUSE * 2 ** this.tries, LONGEST_PAUSE));
    if (asked <= 0) this.tries += 1;
  }

  async drain() {
    this.denied = false;
    if (this.hold > Date.now()) return this.later(); // the server asked us to wait; every key is kept
    let most;
    for (;;) {
      const waiting = await this.mine();
      if (!waiting.length) { this.tries = 0; this.told.state("saved", 0); return; }
      this.told.state("saving", waiting.length);
      const batch = self.MinamoMarks.batchOf(waiting, most);
      const strokes = batch.flatMap((one) => one.strokes);
      let refusal;
      const heard = { hold: (until) => { this.hold = until; }, refused: (told) => { refusal = told; } };
      const answer = await self.MinamoMarks.sendStrokes(this.url, strokes, this.token(), this.device, heard);
      if (typeof answer === "string") {
        this.told.state(answer, waiting.reduce((sum, one) => sum + one.strokes.length, 0), refusal);
        return refusal?.final ? undefined : this.later(answer === "denied");
      }
      if (answer.error && batch.length > 1) { most = 0; continue; } // one at a time: only what is refused itself goes
      await this.store.drop(batch);
      if (answer.error) this.told.refused(answer.error, strokes);
      else this.told.taken(answer, strokes);
    }
  }
}

self.MinamoMarks = { ...self.MinamoMarks, Queue: MarkQueue };
