// 並べ方: the orders in which boxes of a sheet may be read: line by line, or column by column where strips of paper part them.
// Pure: boxes in, orders (lists of indexes) out. Boxes are [x0, y0, x1, y1]; a vertical sheet has its lines from the right, its columns are tiers.
const TOUCH = 12; // pixels at 200 dpi: neighbours that share a rule
const ALIKE = 0.85; // strips nearly as wide as the widest part columns as well

const axes = (vertical) => (vertical ? [0, 1] : [1, 0]);

// Parts between which nothing is crossed along an axis.
function cut(items, axis, reverse = false) {
  const parts = [];
  let reach = -Infinity;
  for (const one of [...items].sort((a, b) => a.box[axis] - b.box[axis])) {
    if (one.box[axis] >= reach - TOUCH) parts.push([]);
    parts.at(-1).push(one);
    reach = Math.max(reach, one.box[axis + 2]);
  }
  return reverse ? parts.reverse() : parts;
}

function lines(items, vertical) {
  if (items.length < 2) return items;
  const [first, second] = axes(vertical);
  const parts = cut(items, first, vertical);
  if (parts.length > 1) return parts.flatMap((part) => lines(part, vertical));
  const columns = cut(items, second);
  if (columns.length > 1) return columns.flatMap((part) => lines(part, vertical));
  return [...items].sort((a, b) => (a.box[first] - b.box[first]) * (vertical ? -1 : 1) || a.box[second] - b.box[second]);
}

// Columns of runs of lines that the same strip parts; `every`: at each strip, otherwise at the widest.
function columns(items, vertical, every) {
  const [first, second] = axes(vertical);
  const runs = [];
  for (const band of cut(items, first, vertical)) {
    const longer = runs.length ? [...runs.at(-1), ...band] : [];
    if (longer.length && cut(runs.at(-1), second).length > 1 && cut(longer, second).length > 1) runs[runs.length - 1] = longer;
    else runs.push(band);
  }
  return runs.flatMap((run) => split(cut(run, second), second, every).flatMap((part) => lines(part, vertical)));
}

function split(parts, axis, every) {
  const gaps = parts.slice(1).map((part, at) => Math.min(...part.map((one) => one.box[axis])) - Math.max(...parts[at].map((one) => one.box[axis + 2])));
  const least = every ? -Infinity : ALIKE * Math.max(...gaps);
  const blocks = [];
  parts.forEach((part, at) => (at && gaps[at - 1] < least ? blocks.at(-1).push(...part) : blocks.push([...part])));
  return blocks;
}

// The orders that differ: lines first, then columns.
export function orders(boxes, vertical) {
  const items = boxes.map((box, at) => ({ box, at }));
  const found = [lines(items, vertical), columns(items, vertical, false), columns(items, vertical, true)].map((way) => way.map((one) => one.at));
  return found.filter((way, at) => found.findIndex((other) => other.join() === way.join()) === at);
}
