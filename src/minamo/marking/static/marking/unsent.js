// On every page of the staff: marks that wait on this device are sent when their teacher is signed in; before signing out they are
// sent first, and when that cannot be, she is told before she goes. What another teacher left here stays locked and is not shown.
const KEYS = "/marking/queue/";
const { Store, sendStrokes, batchOf } = self.MinamoMarks;
const form = document.querySelector("[data-signout]");

const counted = async () => {
  const own = (await new Store(form.dataset.account, []).all()).filter((one) => one.account === form.dataset.account);
  return own.reduce((sum, one) => sum + (one.count ?? one.strokes.length), 0);
};

// → {token, account, keys}, or nothing while there is no line or nobody is signed in
const passport = async () => {
  try {
    const answer = await fetch(KEYS, { headers: { Accept: "application/json", "X-Requested-With": "fetch" }, cache: "no-store" });
    return answer.ok && !answer.redirected ? await answer.json() : null;
  } catch { return null; }
};

const send = async () => {
  const pass = await passport();
  if (!pass || pass.account !== form.dataset.account) return;
  const store = new Store(pass.account, pass.keys);
  const waiting = await store.mine();
  for (const sitting of new Set(waiting.map((one) => one.sitting))) {
    let rest = waiting.filter((one) => one.sitting === sitting), most;
    while (rest.length) {
      const batch = batchOf(rest, most);
      const answer = await sendStrokes(`/marking/sittings/${sitting}/strokes/`, batch.flatMap((one) => one.strokes), pass.token, "");
      if (typeof answer === "string") break;
      if (answer.error && batch.length > 1) { most = 0; continue; } // one at a time: only what is refused itself goes
      await store.drop(batch);
      rest = rest.filter((one) => !batch.includes(one));
    }
  }
};

// One window sends at a time, the marking screen among them.
const flush = async () => {
  if (!(await counted())) return 0;
  await (navigator.locks ? navigator.locks.request("minamo-marking", send) : send());
  return counted();
};

// On the first page after a sign-in the proof of the device may not be there yet.
const TRIES = 5, PAUSE = 2500;
const again = async (tries = TRIES) => {
  if (await flush().catch(() => 1) && tries > 1) setTimeout(() => again(tries - 1), PAUSE);
};

const made = (tag, text, kind = "") => Object.assign(document.createElement(tag), { textContent: text, className: kind });

const ask = (count) => new Promise((resolve) => {
  const dialog = document.createElement("dialog");
  const title = Object.assign(made("h2", `まだ送れていない採点が${count}件あります`), { id: "unsent-title" });
  dialog.setAttribute("aria-labelledby", title.id);
  const head = made("div", "", "dialog-head"), body = made("div", "", "stack"), row = made("div", "", "row");
  const stay = made("button", "サインアウトをやめる", "btn primary"), go = made("button", "残してサインアウト", "btn");
  head.append(title);
  row.append(stay, go);
  body.append(made("p", "回線がつながると送れます。いまサインアウトすると、採点はこの端末に鍵をかけて残り、次にあなたがこの端末でサインインしたときに送ります。ほかの人には読めません。"), row);
  dialog.append(head, body);
  document.body.append(dialog);
  dialog.addEventListener("close", () => { dialog.remove(); resolve(dialog.returnValue === "go"); });
  stay.addEventListener("click", () => dialog.close("stay"));
  go.addEventListener("click", () => dialog.close("go"));
  dialog.showModal();
});

if (form?.dataset.account && "indexedDB" in self) {
  again();
  document.addEventListener("submit", async (event) => {
    if (event.target !== form || form.dataset.cleared) return;
    event.preventDefault();
    const left = await flush().catch(() => 0);
    if (left && !(await ask(left))) return;
    form.dataset.cleared = "yes";
    form.submit();
  });
}
