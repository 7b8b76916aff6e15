// 正答を続けて入れる: which key means which symbol of a question's alphabet, and what a typed or converted text means.
const KATAKANA = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン";
const HIRAGANA = "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをん";
const ROWS = [KATAKANA, HIRAGANA, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789", "①②③④⑤", "一二三四五六七八九十"];
const VOWELS = { a: 0, i: 1, u: 2, e: 3, o: 4 };
const SIGNS = { o: "○", x: "×", "〇": "○", "◯": "○", "✕": "×", "✖": "×", "○": "○", "×": "×", t: "△", "△": "△" };

const RINGED = "①②③④⑤"; // NFKC would take their rings away
const plain = (text) => [...text].map((c) => (RINGED.includes(c) ? c : c.normalize("NFKC"))).join("");

// The symbols of an alphabet, as `reading/symbols.py parse_alphabet` reads it; [] for what is no range, and for numbers of several digits.
export function symbolsOf(alphabet) {
  const text = plain(alphabet).trim().replace(/(?<=\S)\s*[-ー―−–—‐‑〜~]\s*(?=\S)/gu, "-"); // 長音 between two symbols is a dash
  if (/^\d+-\d{2,3}$/.test(text)) return []; // typed whole
  const parts = text.split(/[\s、,・]+/).map(symbolsIn);
  return parts.every(Boolean) ? [...new Set(parts.flat())] : [];
}

function symbolsIn(part) {
  if (!part.includes("-")) return [...part];
  const ends = /^(.)-(.)$/u.exec(part);
  const row = ends && ROWS.find((one) => one.includes(ends[1]) && one.includes(ends[2]));
  const [from, to] = row ? [row.indexOf(ends[1]), row.indexOf(ends[2])] : [1, 0];
  return from <= to ? [...row.slice(from, to + 1)] : null;
}

const twins = (c) => {
  const plain = c.normalize("NFKC");
  const found = [c, plain, plain.toUpperCase(), plain.toLowerCase()];
  const kana = KATAKANA.indexOf(c) >= 0 ? HIRAGANA[KATAKANA.indexOf(c)] : HIRAGANA.indexOf(c) >= 0 ? KATAKANA[HIRAGANA.indexOf(c)] : "";
  return kana ? [...found, kana] : found;
};

// One character, from a key or from the input method → the symbol of this question, or "".
export function symbolFor(c, alphabet) {
  const symbols = symbolsOf(alphabet);
  const hit = twins(c).find((one) => symbols.includes(one));
  if (hit) return hit;
  if (SIGNS[c] && symbols.includes(SIGNS[c])) return SIGNS[c];
  if (/^[0-9０-９]$/.test(c)) return symbols[(Number(c.normalize("NFKC")) + 9) % 10] ?? ""; // 1 = the first … 0 = the tenth
  const kana = symbols.some((s) => KATAKANA.includes(s)) ? KATAKANA : symbols.some((s) => HIRAGANA.includes(s)) ? HIRAGANA : "";
  const vowel = kana && c in VOWELS ? kana[VOWELS[c]] : "";
  return vowel && symbols.includes(vowel) ? vowel : "";
}

export const oneKey = (q) => (q.kind === "symbol" || q.kind === "sign") && symbolsOf(q.alphabet).length > 0;
// Answers that are all right stand apart by 「／」. A comma is part of an answer, except where no answer can have one; a slash between
// letters or digits too (km/h). What is written in whole sentences is never parted by itself.
const APART = { symbol: /[、,，／/・\s]+/u, sign: /[、,，／/・\s]+/u, number: /[、／\n]|(?<![0-9A-Za-z])\/|\/(?![0-9A-Za-z])/u, writing: /[／\n]/u };
export const JOINT = "／";
export const several = (text, kind) => {
  const parts = text.split(APART[kind] ?? /[／\n]|(?<![0-9A-Za-z])\/|\/(?![0-9A-Za-z])/u);
  return [...new Set(parts.map((one) => one.trim()).filter(Boolean))];
};
// Which of the answers a question of this kind can have: words fit words, a symbol its alphabet. `setup.py` refuses the others.
export const fitting = (keys, kind, alphabet) => {
  if (kind === "short" || kind === "writing") return keys;
  const symbols = kind === "number" ? [] : symbolsOf(alphabet);
  if (symbols.length) return keys.filter((one) => symbols.includes(one) || symbols.includes(plain(one)) || symbols.includes(SIGNS[one]));
  return kind === "number" || /^\d+\D+\d{2,3}$/.test(plain(alphabet).trim()) ? keys.filter((one) => /^[\d.,/:+-]*\d[\d.,/:+-]*$/.test(numeral(one))) : keys;
};
// 機械が読めない数の正答: what to say of keys that are no whole number within the range that is read; "" where the machine reads them all,
// or reads nothing (no range). `reading/symbols.py` reads numbers of three figures at most.
export function unreadable(q) {
  const [, largest] = /^\d+\D+(\d{2,3})$/.exec(plain(q.alphabet).trim()) ?? [, Math.max(-1, ...symbolsOf(q.alphabet).map(Number).filter(Number.isInteger))];
  if (q.kind !== "number" || Number(largest) < 0) return "";
  const beyond = q.keys.filter((one) => !/^\d+$/.test(one) || Number(one) > Number(largest));
  if (!beyond.length) return "";
  const wider = beyond.every((one) => /^\d{1,3}$/.test(one)) ? "範囲を「0-999」にすると、読めます。" : "機械が読むのは、999までの整数だけです（範囲を空にすると、何も読みません）。";
  return `「${beyond.join(JOINT)}」は、機械では読めません（読む範囲は${plain(q.alphabet).trim()}）。人が見て採点します。${wider}`;
}
export const numeral = (text) => text.normalize("NFKC").trim().replace(/[ー−–—‐‑]/gu, "-");
