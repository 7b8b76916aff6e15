// What the marking surface shows: cards of answers, chips of questions, the side. Only this file makes elements.
const { parted } = self.MinamoMarks;
const el = (name, attributes = {}, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "class") made.className = value;
    else if (key === "data") Object.assign(made.dataset, value);
    else if (key in made && key !== "list") made[key] = value;
    else if (value !== false && value !== null) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== ""));
  return made;
};
const SECOND = 2; // the blind marking
const kbd = (text) => el("kbd", { ariaHidden: "true" }, text);

// ○ △ × by shape, colour and word.
const glyph = (mark, full, blank) => {
  if (mark.points === null) return { kind: "none", sign: "", word: "まだ" };
  if (mark.points === full) return { kind: "right", sign: "○", word: `○ ${full}点` };
  if (mark.points > 0) return { kind: "part", sign: `△${mark.points}`, word: `△ ${mark.points}点` };
  return blank ? { kind: "wrong", sign: "空", word: "空らん 0点" } : { kind: "wrong", sign: "×", word: "× 0点" };
};

// What stands under an answer: criteria, stamps, words.
const noted = (mark) => {
  const [stamps, rest] = parted(mark.comment);
  const words = [...mark.criteria, rest].filter(Boolean).join("　");
  return [...stamps.map((one) => el("span", { class: "stamp" }, one)), ...(words ? [words] : [])];
};

const picture = (url, [width, height], alt = "") =>
  url ? el("img", { src: url, alt, width, height, draggable: false, decoding: "sync" }) : el("span", { class: "no-picture" }, width ? "絵がありません" : "この問いのページがありません");

class View {
  constructor(surface) {
    this.surface = surface;
    this.grid = surface.querySelector(".answers");
    this.urls = new Map();
  }

  // Pictures become blobs once per question: no request and no decoding under the hand.
  urlOf(answer) {
    if (!answer.image) return null;
    if (!answer.url) {
      const bytes = Uint8Array.from(atob(answer.image), (c) => c.charCodeAt(0));
      answer.url = URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" }));
      answer.image = true;
    }
    return answer.url;
  }

  forget(state) {
    for (const answer of state.answers) if (answer.url) { URL.revokeObjectURL(answer.url); answer.url = null; }
  }

  // --- the grid ---

  build(state, pages, names) {
    this.cards = new Map(pages.map((page, at) => [page, this.card(state, page, at, names)]));
    this.grid.replaceChildren(...[...this.cards.values()].map((card) => el("li", {}, card)));
    const width = Math.max(0, ...state.answers.map(({ size }) => size[0])); // pixels of paper at 200 dpi
    this.grid.dataset.shape = width > 900 ? "long" : width > 420 ? "wide" : "small";
  }

  nameOf(answer, at, names) {
    if (names === "hidden") return `答案${at + 1}`;
    const number = answer.number === null ? "" : `${answer.number}番`;
    return `${number} ${answer.name}`.trim();
  }

  card(state, page, at, names) {
    const answer = state.byPage.get(page);
    const who = names === "hidden" ? [this.nameOf(answer, at, names)]
      : [answer.number === null ? "" : `${answer.number}番`, el("span", { class: "who-name" }, answer.name)];
    const card = el("button", { class: "answer", type: "button", tabIndex: -1, data: { page } },
      el("span", { class: "answer-top" }, el("span", { class: "answer-who" }, ...who), el("span", { class: "sign", ariaHidden: "true" })),
      el("span", { class: "crop" }, picture(this.urlOf(answer), answer.size)),
      el("span", { class: "answer-note" }));
    card.dataset.at = at;
    card.label = this.nameOf(answer, at, names);
    this.paint(state, page, card);
    return card;
  }

  // After a key: this card and nothing else.
  paint(state, page, card = this.cards.get(page), { veiled = false } = {}) {
    if (!card) return;
    const mark = state.mark(page);
    const shown = veiled ? { kind: "none", sign: "", word: "もう一度見る" } : glyph(mark, state.full, state.byPage.get(page).reading === "");
    card.dataset.mark = shown.kind;
    card.dataset.conflict = state.conflicts.has(page);
    card.querySelector(".sign").textContent = shown.sign;
    card.querySelector(".answer-note").replaceChildren(...(veiled ? [] : noted(mark)));
    const conflict = state.conflicts.has(page) ? "、食い違い" : "";
    const note = !veiled && mark.comment ? `、コメント ${mark.comment}` : "";
    card.setAttribute("aria-label", `${card.label}：${shown.word}${conflict}${note}`);
  }

  select(page, { focus = true, quiet = false } = {}) {
    this.grid.querySelector(".answer[aria-current]")?.removeAttribute("aria-current");
    for (const old of this.grid.querySelectorAll(".answer[tabindex='0']")) old.tabIndex = -1;
    const card = this.cards.get(page);
    if (!card) return;
    card.setAttribute("aria-current", "true");
    card.tabIndex = 0;
    if (focus) card.focus({ preventScroll: true });
    if (!quiet) card.scrollIntoView({ block: "nearest" });
  }

  get columns() {
    const cards = [...this.grid.children];
    const top = cards[0]?.offsetTop;
    return Math.max(1, cards.findIndex((card) => card.offsetTop !== top) === -1 ? cards.length : cards.findIndex((card) => card.offsetTop !== top));
  }

  // --- chips, side, head ---

  chips(state, link) {
    const nav = this.surface.querySelector(".chips");
    if (this.chipped !== state) {
      this.chipped = state;
      nav.replaceChildren(...state.data.questions.map((one) => {
        const chip = el("a", { class: "chip", href: link(one.id), data: { question: one.id } }, one.label);
        this.chip(chip, one, one.marked);
        if (one.id === state.question.id) chip.setAttribute("aria-current", "page");
        return chip;
      }));
      nav.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    this.chip(nav.querySelector("[aria-current]"), state.data.questions.find((one) => one.id === state.question.id), state.done);
  }

  chip(chip, one, marked) {
    const full = one.total > 0 && marked >= one.total;
    chip.dataset.state = full ? "done" : marked ? "part" : "none";
    chip.setAttribute("aria-label", `${one.label} ${full ? "採点済み" : `${marked}／${one.total}`}`);
  }

  progress(state, words) {
    this.surface.querySelector("[data-all]").textContent = this.whole(state);
    const bar = this.surface.querySelector(".side progress");
    Object.assign(bar, { max: state.answers.length || 1, value: state.done });
    this.surface.querySelector("[data-here]").textContent = `この問い ${state.done} / ${state.answers.length}`;
    this.surface.querySelector("[data-rest]").textContent = words;
  }

  // The whole test; for who marks it a second time only what is hers: what she has taken or begun, and the question she is at.
  whole(state) {
    const here = state.question.id, second = state.data.round === SECOND;
    const counted = state.data.questions.filter((one) => !second || one.id === here || (one.round === SECOND && one.taken));
    const total = counted.reduce((sum, one) => sum + one.total, 0);
    const done = counted.reduce((sum, one) => sum + (one.id === here ? state.done : one.marked), 0);
    const share = done && done * 100 < total ? "1 %未満" : `${total ? Math.floor((done / total) * 100) : 0} %`;
    const words = `${share}　${done.toLocaleString("ja-JP")} / ${total.toLocaleString("ja-JP")}`;
    return second ? `2回目のあなたの分　${words}` : words;
  }

  // Made anew only when a row says something else than before.
  groups(state) {
    const open = (pages) => (pages.every((page) => state.marked(page)) ? (state.seen(pages) ? "0" : "3") : state.open(pages).length ? "1" : "2");
    const said = [state.question.id, state.data.grouped, state.toCheck.length, ...state.readings.map(({ text, pages }) => `${text}${pages.length}${open(pages)}`), ...state.bundles.map(open)].join();
    if (this.grouped === said) return;
    this.grouped = said;
    const list = this.surface.querySelector("[data-groups]");
    const row = (title, pages, kind, how, action) => {
      const left = pages.filter((page) => !state.marked(page));
      if (left.length && !state.open(left).length && action.sheet !== "alone") [kind, how, action] = ["warn", "1人ずつ", { sheet: "alone" }];
      const tag = left.length ? el("button", { class: `tag ${kind}`, type: "button", data: action }, how)
        : state.seen(pages) ? el("span", { class: "tag good" }, "✓ 確認済") : el("span", { class: "tag line" }, "採点ずみ");
      if (left.length) tag.setAttribute("aria-label", `${title} ${how}`);
      return el("li", {}, el("b", {}, title), el("span", { class: "num" }, `${pages.length}人`), tag);
    };
    const rows = state.readings.map(({ text, pages, right }) => {
      if (text === null) return row("読めない", pages, "warn", "1人ずつ", { sheet: "alone" });
      if (text === "") return row("空らん", pages, "line", "0点 見る", { sheet: "blank" });
      return row(text, pages, right ? "good" : "bad", right ? "○ 見る" : "× 見る", { sheet: "reading", text });
    });
    state.bundles.forEach((pages, at) => rows.push(row(`まとまり${at + 1}`, pages, "line", "見る", { sheet: "bundle", at })));
    list.replaceChildren(...rows);
    const asked = this.surface.dataset.asked === state.question.id && !state.data.grouped;
    const askable = !state.question.read && !state.data.grouped && state.answers.length > 0;
    this.surface.querySelector("[data-grouping]").hidden = !asked;
    this.surface.querySelector("[data-ask-groups]").hidden = !askable || asked;
    const none = this.surface.querySelector("[data-no-groups]");
    const failed = state.data.grouped && !state.bundles.length && !state.question.read;
    none.hidden = (rows.length > 0 && !failed) || askable;
    none.textContent = failed ? `まとまりは作れませんでした。1人ずつ見ます。${state.unlike ? "" : "L で似ている順に並びます。"}` : "この問いは1人ずつ見ます。";
    const waiting = state.toCheck.length;
    const audit = this.surface.querySelector("[data-audit]");
    audit.hidden = !waiting;
    audit.querySelector("span").textContent = `抜き取りの確かめ ${waiting}人`;
  }

  criteria(state) {
    const { note, criteria, keys } = state.question;
    this.surface.querySelector("[data-note]").textContent = note || (criteria.length ? "" : "この問いのめやすは書かれていません。");
    this.surface.querySelector("[data-criteria]").replaceChildren(...criteria.map((one, at) =>
      el("li", {}, el("button", { class: "btn small", type: "button", data: { criterion: at } },
        el("span", {}, one.label), el("span", { class: "num" }, `${one.points}点`), kbd(`Alt ${at + 1}`)))));
    const tag = this.surface.querySelector("[data-key]");
    tag.hidden = !keys.length;
    tag.title = tag.textContent = `正答 ${keys.join("・")}`;
  }

  conflict(state, page) {
    const box = this.surface.querySelector(".side > [data-conflict]");
    const others = page ? state.conflicts.get(page) ?? [] : [];
    box.hidden = !others.length;
    if (!others.length) return;
    const now = state.mark(page);
    const words = (one) => (one.points === null ? "点なし" : `${one.points}点`) + (one.comment ? `「${one.comment}」` : "");
    const who = (one) => (one.mine ? "自分" : `${one.by}さん`);
    const choice = (text, key) => el("button", { class: "btn small", type: "button", data: { choose: key } }, text);
    box.querySelector("p").textContent = "同じ答えを、同じころに2人が採点しました。どちらにするか選んでください。";
    box.querySelector("div").replaceChildren(
      choice(`${who(now)}の${words(now)}のまま`, now.key),
      ...others.map((one) => choice(`${who(one)}の${words(one)}にする`, one.key)));
  }

  claims(state) {
    const others = state.data.claims.filter((one) => !one.mine);
    const box = this.surface.querySelector("[data-claims]");
    box.hidden = !others.length && state.data.round === 1;
    const second = state.data.round === 2 ? ["2回目の採点です。1回目の点は見えません。"] : [];
    box.textContent = [...second, ...others.map((one) => `${one.by}さんが${one.all ? "このテスト全部" : "この問い"}を受け持っています。`)].join("　");
  }

  // --- one answer, large ---

  large(state, page, names, order, { veiled = false } = {}) {
    const stage = this.surface.querySelector(".stage");
    const answer = state.byPage.get(page);
    const mark = veiled ? { points: null, criteria: [], comment: "" } : state.mark(page);
    const shown = glyph(mark, state.full, answer.reading === "");
    const at = order.indexOf(page);
    stage.dataset.mark = shown.kind;
    stage.replaceChildren(
      el("div", { class: "stage-top" }, el("b", {}, this.nameOf(answer, at, names)),
        el("span", { class: "num sub" }, `${at + 1} / ${order.length}`), el("span", { class: "sign", ariaHidden: "true" }, shown.sign)),
      el("div", { class: "stage-crop" }, picture(this.urlOf(answer), answer.size, `${this.nameOf(answer, at, names)}の答え`)),
      el("p", { class: "answer-note" }, ...noted(mark)));
  }
}

self.MinamoMarks = { ...self.MinamoMarks, View, el, kbd, picture, glyph };
