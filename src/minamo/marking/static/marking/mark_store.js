// Strokes that wait on this device, each under lock (design/js/sealed.js): a comment may speak of a child.
class MarkStore extends self.MinamoSealed.Shelf {
  constructor(account, keys) { super("minamo-marking", "strokes", account, keys); }

  add(sitting, strokes) { return super.add({ sitting, count: strokes.length }, strokes); }

  async mine(sitting) {
    return (await super.mine((one) => !sitting || one.sitting === sitting)).map((one) => ({ ...one, strokes: one.content }));
  }
}

// → the server's answer | {error} | "later" | "signin" | "denied" (kept, and tried again later: the way on may have been gone meanwhile).
// `hold`: told until when the server asks to wait; `refused`: told why and what the way on is.
const PATIENCE = 12_000;
const sendStrokes = async (url, strokes, token, device, { hold = () => {}, refused = () => {} } = {}) => {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  try {
    const body = JSON.stringify({ strokes, device });
    const answer = await fetch(url, {
      method: "POST", credentials: "same-origin", cache: "no-store", signal: stop.signal, keepalive: body.length < 60_000, body,
      headers: { "Content-Type": "application/json", "X-CSRFToken": token, "X-Requested-With": "fetch", Accept: "application/json" },
    });
    if (answer.status === 200 && !answer.redirected) return await answer.json();
    if (answer.status === 422) return await answer.json();
    if (answer.status === 401 || answer.redirected) return "signin";
    if (answer.status === 429) hold(Date.now() + 1000 * (Number(answer.headers.get("Retry-After")) || 5));
    if (answer.status === 403) refused(await self.MinamoRefusal.of(answer));
    if (answer.status === 403 || answer.status === 404) return "denied";
    return "later";
  } catch {
    return "later";
  } finally {
    clearTimeout(timer);
  }
};

// Whoever sends what waits, and how much at once: the server takes 400 strokes of a sending.
const MOST = 300;
const batchOf = (waiting, most = MOST) => {
  const batch = waiting.slice(0, 1);
  let count = batch[0].strokes.length;
  for (const one of waiting.slice(1)) {
    count += one.strokes.length;
    if (count > most) break;
    batch.push(one);
  }
  return batch;
};

self.MinamoMarks = { ...self.MinamoMarks, Store: MarkStore, sendStrokes, batchOf };
