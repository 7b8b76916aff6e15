// <m-check>: whose paper is it, by keyboard alone. The selects of the form are the truth; this moves papers between the rows
// of the roster and keeps them in step. Enter on a doubtful paper says it is right; when none is left, Enter decides all.
// What was chosen waits on the device until it is decided (scan_kept.js); whoever leaves before hears of it.
import { Gaps } from "./scan_gaps.js";
import { Kept } from "./scan_kept.js";

const TYPED = 1200;

class Check extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.tell = this.querySelector(".tell");
    this.typed = "";
    // What the browser may have filled in again of an earlier visit is none of ours: the rows are as the server sent them.
    this.form.reset();
    this.kept = new Kept(this);
    this.dataset.ready = "true";
    this.gaps = new Gaps(this);
    this.onkey = (event) => this.key(event);
    document.addEventListener("keydown", this.onkey);
    this.addEventListener("focusin", (event) => this.select(event.target.closest("tr[data-pupil], .open-row")));
    this.addEventListener("click", (event) => this.click(event));
    this.form.addEventListener("change", (event) => this.changed(event.target));
    this.select(this.querySelector(".open-row") ?? this.doubtful[0] ?? this.rows.find((row) => row.matches(".clash") && !this.paper(row)) ?? this.rows[0], true);
    this.kept.resume().then(() => this.gaps.show());
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.onkey);
    this.kept.end();
  }

  get rows() { return [...this.querySelectorAll("tr[data-pupil]")]; }
  get lines() { return [...this.querySelectorAll(".open-papers:not([hidden]) .open-row, tr[data-pupil]")]; }
  get doubtful() { return this.rows.filter((row) => row.querySelector(".doubt")); }
  get current() { return this.querySelector(".sel"); }
  paper(line) { return line?.querySelector(".paper"); }

  select(line, focus = false) {
    if (!line || line === this.current) return;
    this.typed = "";
    this.current?.classList.remove("sel");
    line.classList.add("sel");
    if (focus) line.focus({ preventScroll: true });
    line.scrollIntoView({ block: "nearest" });
    this.look();
  }

  look() {
    const line = this.current;
    const paper = this.paper(line);
    const who = line.dataset.pupil ? `${line.dataset.number}番　${line.dataset.name}` : "だれのか決まっていない答案";
    this.querySelector(".who-look").textContent = paper ? `${who}　←　${paper.dataset.place}${paper.dataset.score ? `　照合 ${paper.dataset.score}` : ""}` : `${who}　答案がありません`;
    const strip = this.querySelector(".look-strip");
    const whole = this.querySelector(".look-page");
    const picture = paper?.querySelector("img");
    strip.replaceChildren(...(picture ? [this.strip(picture)] : []));
    whole.replaceChildren();
    clearTimeout(this.later);
    if (paper) this.later = setTimeout(() => whole.replaceChildren(this.picture(paper)), 150);
  }

  // Large, the strip of a vertical sheet stands as it was written: number and name side by side.
  strip({ src, alt, dataset }) {
    const image = document.createElement("img");
    return Object.assign(image, { src: dataset.large ?? src, alt, className: dataset.large ? "upright" : "" });
  }

  picture(paper) {
    const image = document.createElement("img");
    Object.assign(image, { src: paper.dataset.picture, alt: paper.dataset.place });
    return image;
  }

  click(event) {
    if (event.target.closest("select, input, label, a, button")) return;
    this.select(event.target.closest("tr[data-pupil], .open-row"), true);
  }

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing || event.defaultPrevented) return;
    if (event.target.matches?.("select, input:not([type=checkbox]), textarea")) return;
    if (document.querySelector("dialog[open]")) return;
    const press = event.key.toLowerCase();
    if (/^[0-9]$/.test(press)) this.number(press);
    else if (press === "arrowdown" || press === "arrowup") this.step(press === "arrowdown" ? 1 : -1);
    else if (press === "x") this.swap();
    else if (press === "a" && event.shiftKey) this.gaps.absent();
    else if (press === "a") this.away();
    else if (press === "escape" && this.typed) this.say("番号を消しました。", (this.typed = ""));
    else if (press === "enter") {
      if (event.target.closest?.("a, button, summary")) return;
      this.enter();
    } else return;
    event.preventDefault();
  }

  step(by) {
    const lines = this.lines;
    this.select(lines[Math.max(0, Math.min(lines.length - 1, lines.indexOf(this.current) + by))], true);
  }

  number(digit) {
    if (!this.paper(this.current)) return this.say("この行には答案がありません。答案のある行で番号を入れます。");
    this.typed = (this.typed + digit).slice(-3);
    this.say(`${this.typed}番`);
    clearTimeout(this.timer);
    const longer = this.rows.some((row) => row.dataset.number !== this.typed && row.dataset.number.startsWith(this.typed));
    if (!longer) this.give();
    else this.timer = setTimeout(() => this.typed && this.give(), TYPED);
  }

  give() {
    clearTimeout(this.timer);
    const typed = String(Number(this.typed));
    this.typed = "";
    const row = this.rows.find((one) => one.dataset.number === typed);
    if (!row) return this.say(`${typed}番は、この学級にいません。`);
    const from = this.current;
    const paper = this.paper(from);
    this.put(paper, row);
    this.say(`${row.dataset.number}番 ${row.dataset.name}さんの答案にしました。${this.along(paper)}${row.dataset.said ? `${row.dataset.said}です。` : ""}`);
    this.next(from, row);
    this.keep();
  }

  // Marks hang on papers: whoever moves one hears what goes with it.
  along(...papers) {
    const marks = papers.reduce((sum, paper) => sum + Number(paper?.dataset.marks ?? 0), 0);
    return marks ? `採点（${marks}問）もいっしょに移ります。` : "";
  }

  // After a paper has found its pupil: the next one that waits, else the pupil's row.
  next(from, row) {
    const waiting = this.lines.find((line) => line.matches(".open-row") && this.paper(line)) ?? this.doubtful[0];
    this.select(waiting ?? row, true);
    if (from === this.current) this.look();
  }

  // A paper goes to a pupil; the one that lay there goes where it came from.
  put(paper, row) {
    const from = paper.closest("tr[data-pupil], .open-row");
    if (from === row) return this.sure(paper);
    const there = this.paper(row);
    row.querySelector(".slot").replaceChildren(paper);
    this.sure(paper);
    this.set(paper, row.dataset.pupil);
    this.here(row, true);
    if (there && from.dataset.pupil) {
      from.querySelector(".slot").replaceChildren(there);
      this.sure(there);
      this.set(there, from.dataset.pupil);
    } else {
      if (there) this.loose(there);
      this.here(from, false);
    }
  }

  // A row that has a paper is not absent; one that has lost it says nothing until somebody does.
  here(line, has) {
    if (!line.dataset.pupil) {
      if (!has) line.remove();
      const open = this.querySelector(".open-papers");
      open.hidden = !open.querySelector(".open-row");
      return;
    }
    if (has) {
      line.querySelector("[name=absent]").checked = false;
      line.classList.remove("away");
    }
  }

  loose(paper) {
    const line = document.createElement("li");
    line.className = "open-row";
    line.tabIndex = -1;
    line.append(paper);
    this.set(paper, "");
    const open = this.querySelector(".open-papers");
    open.hidden = false;
    open.querySelector("ul").append(line);
  }

  set(paper, pupil) { paper.querySelector("select").value = pupil; }

  sure(paper) {
    paper.classList.remove("doubt", "turned");
    for (const why of paper.querySelectorAll(".why")) why.remove();
  }

  swap() {
    const rows = this.rows;
    const row = this.current;
    const next = rows.slice(rows.indexOf(row) + 1).find((one) => this.paper(one));
    if (!row.dataset.pupil || !this.paper(row) || !next) return this.say("入れかえる次の答案がありません。");
    const both = [this.paper(row), this.paper(next)];
    this.put(both[0], next);
    this.say(`${row.dataset.number}番と${next.dataset.number}番を入れかえました。${this.along(...both)}`);
    this.look();
    this.keep();
  }

  away() {
    const row = this.current;
    if (!row.dataset.pupil) return this.say("欠席は、名簿の行で決めます。");
    const box = row.querySelector("[name=absent]");
    const paper = this.paper(row);
    box.checked = !box.checked;
    row.classList.toggle("away", box.checked);
    if (box.checked && paper) this.loose(paper);
    this.say(`${row.dataset.number}番 ${row.dataset.name}さん${box.checked ? "は欠席です。" : "の欠席を取り消しました。"}${box.checked && paper ? "答案は、上の「決まっていない答案」に移しました。" : ""}`);
    this.look();
    this.keep();
  }

  keep() {
    this.gaps.show();
    return this.kept.keep();
  }

  changed(target) {
    const line = target.closest("tr[data-pupil], .open-row");
    if (target.name === "absent") {
      target.checked = !target.checked; // away() turns it
      this.select(line);
      return this.away();
    }
    if (!target.matches(".paper select")) return;
    const paper = target.closest(".paper");
    const row = this.rows.find((one) => one.dataset.pupil === target.value);
    if (row) this.put(paper, row);
    else if (line.dataset.pupil) this.loose(paper);
    this.keep();
    // The line it was chosen in may have gone with it: the hand stays on the paper.
    this.select(paper.closest("tr[data-pupil], .open-row"));
    target.focus({ preventScroll: true });
    if (row) this.say(`${row.dataset.number || "—"}番 ${row.dataset.name}さんの答案にしました。${this.along(paper)}`);
    this.look();
  }

  enter() {
    if (this.typed) return this.give();
    const paper = this.paper(this.current);
    if (paper?.matches(".doubt") && this.current.dataset.pupil) {
      this.sure(paper);
      paper.dataset.sure = this.current.dataset.pupil;
      this.keep();
      const left = this.doubtful;
      this.select(left[0] ?? this.current, true);
      return this.say(left.length ? `あと${left.length}枚、確かめてください。` : "すべて確かめました。もう一度 Enter で決まります。");
    }
    if (this.current.matches(".open-row") && !this.current.dataset.left) return this.leave(this.current);
    const left = this.doubtful;
    if (left.length) {
      this.select(left[0], true);
      return this.say(`あと${left.length}枚、確かめてください。`);
    }
    const gaps = this.gaps.rows.length;
    if (gaps && !this.asked) {
      this.asked = true;
      return this.say(`紙のない人が${gaps}人います。欠席なら Shift+A で印をつけます。このまま決めるなら、もう一度 Enter を押してください。`);
    }
    this.form.requestSubmit();
  }

  // まだ決めない is an answer too: said in words, then on to the next paper that waits.
  leave(line) {
    const paper = this.paper(line);
    line.dataset.left = "true";
    paper.querySelector(".from").append(Object.assign(document.createElement("span"), { className: "tag line why", textContent: "決めないで残す" }));
    const next = this.lines.find((one) => one.matches(".open-row:not([data-left])")) ?? this.doubtful[0];
    const open = this.querySelectorAll(".open-row").length;
    this.say(`${paper.dataset.place}は、だれの答案か決めないで残します。${next ? "次を見てください。" : `もう一度 Enter で、ここまでを保存します（決めていない答案 ${open}枚）。`}`);
    if (next) this.select(next, true);
  }

  say(text) { this.tell.textContent = text; }
}
customElements.define("m-check", Check);
