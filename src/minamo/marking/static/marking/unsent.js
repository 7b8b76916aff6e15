// Marks that wait on this device, for every page of the staff (design/js/unsent.js).
const { Store, sendStrokes, batchOf } = self.MinamoMarks;

const send = async (pass) => {
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

self.MinamoUnsent.offer({
  words: (count) => `採点が${count}件`,
  async counted(account) {
    const own = (await new Store(account, []).all()).filter((one) => one.account === account);
    return own.reduce((sum, one) => sum + one.count, 0);
  },
  // One window sends at a time, the marking screen among them.
  send: (pass) => (navigator.locks ? navigator.locks.request("minamo-marking", () => send(pass)) : send(pass)),
});
