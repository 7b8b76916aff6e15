// Keys, taps and buttons of <m-marking>. Every key does what a button beside it says.
const Hands = (Base) => class extends Base {
  // --- hands ---

  get actions() {
    return {
      f: () => this.give(this.state.full), j: () => this.give(0), d: () => this.part(), g: () => this.toggleMode(), n: () => this.next(),
      h: () => this.toggleNames(), l: () => this.toggleOrder(), b: () => this.sheet("blank"), s: () => this.nextSheet(),
      c: () => this.comment(), p: () => this.wholePage(), z: () => this.back("undo"), a: () => (this.state.toCheck.length ? this.audit() : this.tell("抜き取りの確かめは、いまはありません。")),
      "shift+f": () => this.many(this.pages, this.state.full, "all"), "shift+z": () => this.back("redo"),
      "shift+n": () => this.state.data.previous && this.open(this.state.data.previous),
      " ": () => this.zoom(), enter: () => this.enter(), escape: () => this.close(), "?": () => { this.hush(); this.querySelector("#keys").showModal(); },
      backspace: () => this.give(null, { stay: true }),
    };
  }

  // After the last answer of a sample, or of those looked at one by one, the same key again would mark an ordinary answer:
  // nothing is marked until a person has said what next (Enter, an arrow, a tap, another view).
  get marks() { return /^(?:[0-9fjd]|backspace|shift\+f)$/u; }

  waits(marking) {
    if (!this.paused) return false;
    if (marking) this.tell(`${this.paused}つづけるときは Enter で次へ、矢印で答えを選びます。`);
    else this.paused = "";
    return marking;
  }

  key(event) {
    if (this.covered || event.ctrlKey || event.metaKey || event.isComposing || document.querySelector("dialog[open]") || !this.state) return;
    if (event.target.matches?.("input, textarea, select, summary")) return;
    const key = event.key.toLowerCase();
    if (event.altKey) {
      const digit = /^Digit([1-9])$/.exec(event.code);
      if (!digit) return;
      event.preventDefault();
      if (this.waits(true)) return;
      return this.criterion(Number(digit[1]) - 1);
    }
    const stamp = event.shiftKey && /^Digit([1-6])$/.exec(event.code);
    if (stamp) {
      event.preventDefault();
      if (this.waits(true)) return;
      return this.stamp(this.stamps[Number(stamp[1]) - 1]);
    }
    if (["enter", " "].includes(key) && event.target.closest?.("button:not(.answer), a")) return;
    const single = this.main.dataset.mode === "single";
    const row = single ? 1 : this.view.columns;
    const steps = { arrowright: 1, arrowleft: -1, arrowdown: row, arrowup: -row };
    const named = event.shiftKey && key.length === 1 && key !== "?" ? `shift+${key}` : key;
    const work = key in steps ? () => this.move(steps[key]) : /^[0-9]$/.test(key) ? () => this.digit(key) : this.actions[named];
    if (!work) return;
    event.preventDefault();
    if (this.waits(this.marks.test(named))) return;
    work();
    this.measure(event);
  }

  // From the key to the next picture on the screen, for whoever measures (bin/bench marking-keys).
  measure(event) {
    requestAnimationFrame(() => setTimeout(() => performance.measure("minamo-key", { start: event.timeStamp, end: performance.now() })));
  }

  click(event) {
    if (this.covered) return;
    const at = (selector) => event.target.closest(selector);
    if (this.waits(Boolean(at("[data-do=right], [data-do=part], [data-do=wrong], [data-criterion]")))) return;
    if (at("[data-dismiss]")) return at("dialog").close();
    const card = at(".work .answers .answer");
    if (card) return this.cycle(card.dataset.page);
    const chip = at(".chip");
    if (chip && !event.ctrlKey && !event.metaKey) { event.preventDefault(); return this.open(chip.dataset.question); }
    const action = at("[data-do]")?.dataset.do;
    const keys = { right: "f", wrong: "j", all: "shift+f", undo: "z", redo: "shift+z", mode: "g", names: "h", order: "l", page: "p",
                   zoom: " ", help: "?", next: "n", comment: "c", audit: "a", sheets: "s" };
    if (action === "before") return this.move(-1);
    if (action === "after") return this.move(1);
    if (action === "part") return this.part({ finger: true });
    if (action in keys) return this.actions[keys[action]]();
    const sheet = at("[data-sheet]");
    if (sheet) return this.sheet(sheet.dataset.sheet, { text: sheet.dataset.text, at: Number(sheet.dataset.at) });
    const criterion = at("[data-criterion]");
    if (criterion) return this.criterion(Number(criterion.dataset.criterion));
    const stamp = at("[data-stamp]");
    if (stamp) return this.stampInDialog(stamp.dataset.stamp);
    if (at("[data-edit-stamps]")) return this.editStamps();
    const choice = at("[data-choose]");
    if (choice) return this.choose(choice.dataset.choose);
    if (at(".zoom")) this.zoom(false);
    if (at(".whole")) this.wholePage(false);
  }
};

self.MinamoMarks = { ...self.MinamoMarks, Hands };
