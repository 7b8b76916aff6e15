// Marks that wait on this device, for every page of the staff (design/js/unsent.js).
const { Store, sendStrokes, batchOf } = self.MinamoMarks;

// No marking screen is there to say what became of them.
const tell = (sitting, text) => document.dispatchEvent(new CustomEvent("toast", {
  detail: { text, next: ["見る", () => location.assign(`/marking/sittings/${sitting}/`)], seconds: 60 },
}));

const send = async (pass) => {
  const store = new Store(pass.account, pass.keys);
  const waiting = await store.mine();
  for (const sitting of new Set(waiting.map((one) => one.sitting))) {
    let rest = waiting.filter((one) => one.sitting === sitting), most, lost = 0, overtaken = 0;
    const why = new Set();
    while (rest.length) {
      const batch = batchOf(rest, most);
      const answer = await sendStrokes(`/marking/sittings/${sitting}/strokes/`, batch.flatMap((one) => one.strokes), pass.token, "");
      if (typeof answer === "string") break;
      if (answer.error && batch.length > 1) { most = 0; continue; } // one at a time: only what is refused itself goes
      await store.drop(batch);
      lost += answer.error ? batch.reduce((sum, one) => sum + one.count, 0) : Object.keys(answer.refused).length;
      overtaken += answer.overtaken?.length ?? 0;
      for (const words of answer.error ? [answer.error] : Object.values(answer.refused)) why.add(words);
      rest = rest.filter((one) => !batch.includes(one));
    }
    if (lost) tell(sitting, `この端末で待っていた採点のうち${lost}件は、保存できませんでした。${[...why].join("")}`);
    if (overtaken) tell(sitting, "この端末で待っていた採点に、ほかの先生が先に採点した答えがあります。どちらの点にするか選んでください。");
  }
};

self.MinamoUnsent.offer({
  words: (count) => `採点が${count}件`,
  async counted(account) {
    const own = (await new Store(account, []).all()).filter((one) => one.account === account);
    return own.reduce((sum, one) => sum + one.count, 0);
  },
  send: (pass) => self.MinamoSealed.inTurn("minamo-marking", () => send(pass)),
});
