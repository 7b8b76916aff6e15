// What the server says to a script that is refused: the sentence with the clause and the way on, where one goes for it, and whether the
// rules say no for good (`final`). Whatever is not final leaves what waits to be sent where it is.
const GO = { person: "本人を確かめる", act: "本人を確かめる", proof: "端末の画面へ", device: "端末の画面へ", posture: "端末の画面へ" };
self.MinamoRefusal = {
  async of(answer) {
    const plain = answer.headers.get("Content-Type")?.startsWith("text/plain");
    return {
      words: plain ? await answer.text() : "", way: answer.headers.get("X-Minamo-Way") ?? "",
      to: answer.headers.get("X-Minamo-To") ?? "", final: answer.headers.get("X-Minamo-Final") === "yes",
    };
  },
  // The link to the way on, or nothing to put anywhere.
  way({ way, to }, className = "") { return to ? [Object.assign(document.createElement("a"), { href: to, className, textContent: GO[way] ?? "続ける" })] : []; },
};
