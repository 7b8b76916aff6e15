// 保存: every pause becomes an edition that follows the one before. What could not be sent waits on this device, locked (a test that is
// still to be written lies in it, with its answers); what somebody else saved meanwhile is named, and nobody's work is lost.
import { canonical } from "./setup_model.js";

const PAUSE = 1200;
const AGAIN = 5000; // milliseconds between two tries

export class SetupSave {
  // `who`: the account, `keys`: its keys as the server has them
  constructor({ model, url, token, who, keys, number, status, problems, conflict }) {
    Object.assign(this, { model, url, token, number, status, problems, conflict });
    this.draft = new self.MinamoSealed.Draft(`minamo-setup:${who}:${url}`, keys);
    this.first = `minamo-setup-${who}-${url}`; // where it lay before, readable for everybody at the device
    this.sent = canonical(model.state);
    this.saved = status.textContent; // what was said of the last saving
    this.busy = false;
    this.looked = false; // whether what an earlier visit left has been taken up
    this.kept = true;
    model.addEventListener("change", () => this.later());
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") this.flush(); else if (this.held) this.save(); });
    window.addEventListener("pagehide", () => this.flush());
    window.addEventListener("online", () => this.save());
    window.addEventListener("beforeunload", (event) => { if (this.dirty && !this.kept) event.preventDefault(); });
  }

  get dirty() { return canonical(this.model.state) !== this.sent; }
  say(state, text) { this.status.dataset.state = state; this.status.textContent = text; }

  // What an earlier visit could not send: taken up when nobody saved since, otherwise shown as a difference.
  async recover() {
    const open = localStorage.getItem(this.first);
    if (open && await this.draft.write(JSON.parse(open))) localStorage.removeItem(this.first);
    const left = await this.draft.read();
    this.looked = true;
    if (!left) return this.later(); // what the hand did meanwhile
    const { base, state } = left;
    if (canonical(state) === this.sent) return this.draft.drop();
    this.model.change((now) => Object.assign(now, state));
    if (base !== this.number) this.number = base;
    return this.save();
  }

  // Kept on this device with every change, before it is sent.
  keep() { this.draft.write({ base: this.number, state: this.model.state }).then((kept) => { this.kept = kept; }, () => { this.kept = false; }); }

  get place() { return this.kept ? "この端末に残っています" : "この画面を閉じないでください"; }

  later() {
    if (!this.dirty || !this.looked) return;
    this.keep();
    if (this.stopped) return;
    this.say("saving", "保存していません");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), PAUSE);
  }

  // もとに戻した: what was changed is as it was saved last; nothing waits.
  settled() {
    if (this.status.dataset.state === "saved" || this.held) return;
    this.draft.drop();
    this.problems([]);
    this.say("saved", this.saved);
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
    if (this.busy || this.stopped) return;
    if (!this.dirty) return this.settled();
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
      this.say("waiting", `回線が戻ったら保存します（${this.place}）`);
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
      if (!this.dirty) this.draft.drop();
      this.saved = `保存しました ${answer.at}`;
      this.say("saved", this.saved);
    } else if (status === 409) {
      this.stopped = true;
      this.say("waiting", "ほかの人の保存と重なりました");
      this.conflict(answer);
    } else if (status === 422) {
      this.say("refused", "直すところがあります（まだ保存していません）");
      this.problems(answer.problems ?? []);
    } else {
      this.say("refused", `保存できません。画面を開き直してください（${this.place}）`);
    }
  }

  // What is kept on this device goes out when the way on has been gone, or by opening the page anew.
  refused(refusal) {
    this.say("refused", `${refusal.words || "保存できません。画面を開き直してください。"}（${this.place}）`);
    this.status.append(...self.MinamoRefusal.way(refusal));
    this.held = !refusal.final;
    if (this.held) this.timer = setTimeout(() => this.save(), self.MinamoRefusal.PAUSE);
  }

  // 自分の設定を新しい版にする: theirs stays in the list of editions.
  async mine(latest) {
    this.number = latest;
    this.stopped = false;
    await this.save();
  }
}
