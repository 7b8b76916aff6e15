// What the server says to a script that is refused: the sentence with the clause and the way on, where one goes for it, and whether the
// rules say no for good (`final`). Whatever is not final leaves what waits to be sent where it is.
// Pages have it in their bundle, the service worker by importScripts.
const GO = { person: "本人を確かめる", act: "本人を確かめる", proof: "端末の画面へ", device: "端末の画面へ", posture: "端末の画面へ" };
self.MinamoRefusal = {
  PAUSE: 300_000, // milliseconds until what was refused is tried again by itself: each refusal is a row in the trail
  async of(answer) { return this.told((name) => answer.headers.get(name), await answer.text()); },
  // The same of an answer that htmx got.
  heard(xhr) { return this.told((name) => xhr.getResponseHeader(name), xhr.responseText); },
  told(header, text) {
    const plain = header("Content-Type")?.startsWith("text/plain");
    return { words: plain ? text : "", way: header("X-Minamo-Way") ?? "", to: header("X-Minamo-To") ?? "", final: header("X-Minamo-Final") === "yes" };
  },
  // The link to the way on, or nothing to put anywhere.
  way({ way, to }, className = "") { return to ? [Object.assign(document.createElement("a"), { href: to, className, textContent: this.words(way) })] : []; },
  words(way) { return GO[way] ?? "続ける"; },
};
