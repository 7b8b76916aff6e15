// 保存: every pause becomes an edition that follows the one before. What could not be sent waits on this device; what somebody
// else saved meanwhile is named, and nobody's work is lost.
import { canonical } from "./setup_model.js";

const PAUSE = 1200;
const AGAIN = 5000, REFUSED = 300_000; // each refusal is a row in the trail

export class SetupSave {
  constructor({ model, url, token, keep, number, status, problems, conflict }) {
    Object.assign(this, { model, url, token, keep, number, status, problems, conflict });
    this.sent = canonical(model.state);
    this.busy = false;
    model.addEventListener("change", () => this.later());
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") this.flush(); else if (this.held) this.save(); });
    window.addEventListener("pagehide", () => this.flush());
    window.addEventListener("online", () => this.save());
  }

  get dirty() { return canonical(this.model.state) !== this.sent; }
  say(state, text) { this.status.dataset.state = state; this.status.textContent = text; }

  // What an earlier visit could not send: taken up when nobody saved since, otherwise shown as a difference.
  recover() {
    const kept = localStorage.getItem(this.keep);
    if (!kept) return;
    const { base, state } = JSON.parse(kept);
    if (canonical(state) === this.sent) return localStorage.removeItem(this.keep);
    this.model.change((now) => Object.assign(now, state));
    if (base !== this.number) this.number = base;
    this.save();
  }

  later() {
    if (!this.dirty) return;
    localStorage.setItem(this.keep, JSON.stringify({ base: this.number, state: this.model.state }));
    if (this.stopped) return;
    this.say("saving", "保存していません");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), PAUSE);
  }

  body(state) { return JSON.stringify({ base: this.number, ...JSON.parse(state) }); }
  headers() { return { "Content-Type": "application/json", "X-CSRFToken": this.token, "X-Requested-With": "fetch" }; }

  flush() {
    if (!this.dirty || this.busy || this.stopped) return;
    const state = canonical(this.model.state);
    fetch(this.url, { method: "POST", body: this.body(state), headers: this.headers(), keepalive: true }).catch(() => undefined); // it waits on the device
  }

  async save() {
    clearTimeout(this.timer);
    if (this.busy || this.stopped || !this.dirty) return;
    this.busy = true;
    this.held = false;
    const state = canonical(this.model.state);
    this.say("saving", "保存しています");
    try {
      const response = await fetch(this.url, { method: "POST", body: this.body(state), headers: this.headers() });
      if (response.status >= 500 || response.status === 429) throw new Error("server");
      if (response.status === 403) return this.refused(await self.MinamoRefusal.of(response));
      this.answered(response.status, response.headers.get("Content-Type")?.includes("json") ? await response.json() : {}, state);
    } catch {
      this.say("waiting", "回線が戻ったら保存します（この端末に残っています）");
      this.timer = setTimeout(() => this.save(), AGAIN);
    } finally {
      this.busy = false;
    }
    if (!this.stopped && this.dirty && this.status.dataset.state === "saved") this.later();
  }

  answered(status, answer, state) {
    if (status === 200) {
      this.number = answer.number;
      this.sent = state;
      this.problems([]);
      if (!this.dirty) localStorage.removeItem(this.keep);
      this.say("saved", `保存しました ${answer.at}`);
    } else if (status === 409) {
      this.stopped = true;
      this.say("waiting", "ほかの人の保存と重なりました");
      this.conflict(answer);
    } else if (status === 422) {
      this.say("refused", "直すところがあります（まだ保存していません）");
      this.problems(answer.problems ?? []);
    } else {
      this.say("refused", "保存できません。画面を開き直してください（この端末に残っています）");
    }
  }

  // What is kept on this device goes out when the way on has been gone, or by opening the page anew.
  refused(refusal) {
    this.say("refused", `${refusal.words || "保存できません。画面を開き直してください。"}（この端末に残っています）`);
    this.status.append(...self.MinamoRefusal.way(refusal));
    this.held = !refusal.final;
    if (this.held) this.timer = setTimeout(() => this.save(), REFUSED);
  }

  // 自分の設定を新しい版にする: theirs stays in the list of editions.
  async mine(latest) {
    this.number = latest;
    this.stopped = false;
    await this.save();
  }
}
