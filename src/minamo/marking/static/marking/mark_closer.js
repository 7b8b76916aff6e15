// Looking closer at answers: sheets of many, one by one, the sample, zoom, the whole page, comments. Part of <m-marking>.
const { el, picture } = self.MinamoMarks;
const ORDERS = ["number", "likeness", "reading"];
const ORDER_WORDS = { number: "番号順", likeness: "似ている順", reading: "読みの順" };
const kbd = self.MinamoMarks.kbd;

const { LONGEST, parted } = self.MinamoMarks;
const stamped = (comment, word) => {
  const [words, rest] = parted(comment);
  const now = words.includes(word) ? words.filter((one) => one !== word) : [...words, word];
  return now.map((one) => `【${one}】`).join("") + rest;
};

const Closer = (Base) => class extends Base {
  // --- sheets, one by one, sample ---

  sheet(kind, { text, at } = {}) {
    const { state } = this;
    if (kind === "alone") return this.one(state.alone);
    const bundle = kind === "bundle";
    const found = bundle ? { pages: state.bundles[at] } : state.readings.find((one) => one.text === (kind === "blank" ? "" : text));
    const pages = state.open(found?.pages ?? []);
    if (!pages.length) return this.tell(kind === "blank" ? "まだの空らんはありません。" : "一覧で確かめる答えは、もうありません。");
    const title = bundle ? `似ている答え ${pages.length}人` : kind === "blank" ? `空らんと読めた${pages.length}人` : found.mixed ? `${text}と読めた${pages.length}人` : `「${text}」と読めた${pages.length}人`;
    const hint = bundle ? "ちがう答えは Space で外します。点は、F・J・数字で決めます。"
      : kind === "blank" ? "何か書いてあれば Space で外します。外した答えは、あとで1人ずつ見ます。"
      : found.mixed ? "絵の下が、機械の読んだ数です。読みちがいと、○かもしれない答えは Space で外します。外した答えは、あとで1人ずつ見ます。"
      : found.right ? "ちがう答えは Space で外します。外した答えは、あとで1人ずつ見ます。" : "正答でないと読めた答えです。○かもしれない答えは Space で外します。";
    const offer = bundle ? null : kind === "blank" || !found.right ? 0 : state.full;
    const sheet = this.querySelector("m-sheet");
    this.hush();
    sheet.onclosed = () => this.select(this.page);
    sheet.show({
      title, hint, pages, state, view: this.view, names: this.names, offer, read: Boolean(found.mixed),
      done: (sure, points, odd) => {
        for (const page of odd) state.odd.add(page);
        this.many(sure, points, bundle ? "group" : kind === "blank" ? "blank" : "sheet");
      },
    });
  }

  nextSheet() {
    const { state } = this;
    const reading = state.readings.find(({ text, pages }) => text !== null && state.open(pages).length);
    if (reading) return this.sheet(reading.text === "" ? "blank" : "reading", reading);
    const at = state.bundles.findIndex((pages) => state.open(pages).length);
    if (at >= 0) return this.sheet("bundle", { at });
    return this.sheet("alone");
  }

  // One by one, without a word of the machine.
  one(pages) {
    if (!pages.length) return this.tell("1人ずつ見る答えは、もうありません。");
    this.filter = pages;
    this.page = pages[0];
    this.draw();
  }

  audit() {
    this.checking = true;
    this.one(this.state.toCheck);
    this.tell("まとめて確かめた答えから、5%をもう一度見ます。はじめの点は見えません。");
  }

  endFilter({ quiet = false } = {}) {
    const { checking } = this;
    this.filter = null;
    this.checking = false;
    this.draw();
    if (quiet) return;
    this.paused = checking ? "抜き取りの確かめが終わりました。" : "1人ずつの採点が終わりました。";
    this.tell(this.paused);
  }

  // --- looking closer ---

  zoom(open = this.querySelector(".zoom").hidden) {
    this.hush();
    const box = this.querySelector(".zoom");
    box.hidden = !open;
    if (!open) return;
    const answer = this.state.byPage.get(this.page);
    box.replaceChildren(el("span", { class: "zoom-who" }, this.view.nameOf(answer, this.pages.indexOf(this.page), this.names)), picture(this.view.urlOf(answer), answer.size, "拡大した答え"));
  }

  wholePage(open = !this.shownPage) {
    this.hush();
    const box = this.querySelector(".whole");
    this.shownPage = open;
    box.hidden = !open;
    if (!open) return;
    const { covers, whole: page } = this.state.byPage.get(this.page);
    const hidden = this.names === "hidden";
    if (hidden && !covers.length) return box.replaceChildren(el("p", {}, "氏名らんの場所が分からないので、名前を隠している間は答案の全体を出しません。H で名前を出すと見られます。"));
    const src = this.dataset.picture.replace("00000000-0000-0000-0000-000000000000", page);
    if (box.querySelector("img")?.getAttribute("src") === src && box.dataset.names === this.names) return;
    box.dataset.names = this.names;
    const whole = el("img", { src, alt: "答案の全体" });
    whole.addEventListener("error", async () => {
      const words = await this.whyNoPage(src);
      if (whole.isConnected) box.replaceChildren(el("p", {}, words));
    });
    const shade = ([left, top, width, height]) => {
      const made = el("span", { class: "cover", ariaHidden: "true" });
      for (const [side, share] of Object.entries({ left, top, width, height })) made.style[side] = `${share * 100}%`;
      return made;
    };
    box.replaceChildren(el("span", { class: "whole-page" }, whole, ...(hidden ? covers.map(shade) : [])));
  }

  // An image that fails does not say why: it is asked. That the sign-in has ended covers the screen by itself.
  async whyNoPage(src) {
    const answer = await fetch(src, { headers: { "X-Requested-With": "fetch" }, cache: "no-store" }).catch(() => null);
    if (!answer || answer.status >= 500 || answer.status === 429) return "この答案の全体を、いま取り出せませんでした。採点はこの端末に残ります。回線が戻ったら、P でもう一度開いてください。";
    if (answer.status === 401 || answer.redirected) return "サインインが切れています。サインインし直すと、答案の全体を見られます。";
    if (answer.status === 403) return "この答案の全体は、いまは見られません。画面を開き直すと、理由と、できることが出ます。";
    return "この答案の全体は、ありません。保管の日数が過ぎて消したか、読み取りがまだ終わっていません。";
  }

  close() {
    if (!this.querySelector(".zoom").hidden) return this.zoom(false);
    if (this.shownPage) return this.wholePage(false);
    if (this.filter) return this.endFilter({ quiet: true });
  }

  // --- stamps: words in 【 】 at the head of a comment (stamps.py), put there and taken away by the same key ---

  get stamps() { return [...this.querySelectorAll("#comment [data-stamp]")].map((one) => one.dataset.stamp); }

  stamp(word) {
    if (!word || !this.page || this.state.data.settled) return this.state.data.settled && this.tell("このテストは確定しています。");
    if (this.disputed()) return;
    const now = this.state.mark(this.page);
    const comment = stamped(now.comment, word);
    if (comment.length > LONGEST) return this.tell(`コメントはスタンプと合わせて${LONGEST}字までです。`);
    const strokes = this.state.act([{ page: this.page, points: now.points, comment, criteria: now.criteria }], "key");
    this.view.paint(this.state, this.page);
    this.announce(this.page);
    this.select(this.page);
    this.keep(strokes);
  }

  showStamps() {
    const [words] = parted(this.querySelector("#comment-text").value);
    for (const button of this.querySelectorAll("#comment [data-stamp]")) button.setAttribute("aria-pressed", String(words.includes(button.dataset.stamp)));
  }

  stampInDialog(word) {
    const input = this.querySelector("#comment-text");
    input.value = stamped(input.value, word);
    this.showStamps();
    input.focus(); // Enter writes it
  }

  editStamps() {
    this.hush();
    this.querySelector("#comment").close();
    this.querySelector("#stamps").showModal();
  }

  comment() {
    if (this.disputed()) return;
    this.hush();
    const dialog = this.querySelector("#comment");
    dialog.querySelector("input").value = this.state.mark(this.page).comment;
    this.showStamps();
    dialog.returnValue = "";
    dialog.showModal();
    dialog.querySelector("input").select();
  }

  commented(dialog) {
    const text = dialog.querySelector("input").value.trim().slice(0, 200);
    const now = this.state.mark(this.page);
    if (dialog.returnValue === "save" && text !== now.comment) {
      const strokes = this.state.act([{ page: this.page, points: now.points, comment: text, criteria: now.criteria }], "key");
      this.view.paint(this.state, this.page);
      this.keep(strokes);
    }
    this.select(this.page);
  }

  toggleMode() {
    if (this.filter) return this.endFilter({ quiet: true });
    this.remember("mode", this.mode === "grid" ? "single" : "grid");
    this.showTools();
    this.draw();
  }

  toggleNames() {
    this.remember("names", this.names === "shown" ? "hidden" : "shown");
    if (this.shownPage) this.wholePage(true);
    this.showTools();
    this.draw();
  }

  toggleOrder() {
    this.remember("order", ORDERS[(ORDERS.indexOf(this.sorted) + 1) % ORDERS.length]);
    this.showTools();
    this.draw();
    if (this.sorted === "likeness" && this.state.unlike) this.tell(this.state.unlike);
  }

  showTools() {
    this.querySelector("[data-do=mode]").replaceChildren(this.mode === "grid" ? "ひとつずつ" : "ならべる", kbd("G"));
    this.querySelector("[data-do=names]").replaceChildren(this.names === "shown" ? "名前を隠す" : "名前を出す", kbd("H"));
    this.querySelector("[data-do=order]").replaceChildren(ORDER_WORDS[this.sorted], kbd("L"));
  }
};

self.MinamoMarks = { ...self.MinamoMarks, Closer };
