// Talking to the simulator's own API, and the few ways of making elements that every part uses.

export async function get(path, headers = {}) {
  const answer = await fetch(path, { headers });
  if (answer.status === 304) return null;
  if (!answer.ok) throw new Error(await sentence(answer));
  const value = await answer.json();
  return { value, tag: answer.headers.get("ETag") };
}

export async function send(method, path, body) {
  const answer = await fetch(path, {
    method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body ?? {}),
  });
  if (!answer.ok) throw new Error(await sentence(answer));
  return answer.json();
}

async function sentence(answer) {
  try {
    return (await answer.json()).error;
  } catch {
    return `The simulator answered ${answer.status}.`;
  }
}

let hiding;
export function say(words, bad = false) {
  const place = document.getElementById("said");
  place.textContent = words;
  place.classList.toggle("bad", bad);
  place.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => { place.hidden = true; }, 6000);
}

export async function trying(act) {
  try {
    return await act();
  } catch (error) {
    say(error.message, true);
    return undefined;
  }
}

// element("li", {className: "x"}, "text", child): properties are set, children appended; text is never markup.
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key in made) made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// Shows which button of a list is the chosen one.
export function mark(list, name) {
  for (const button of list.querySelectorAll("button")) {
    if (button.dataset.name === name) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
}

const clock = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit" });
const exact = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat([], { month: "short", day: "numeric" });

export function time(seconds) {
  const at = new Date(seconds * 1000);
  return at.toDateString() === new Date().toDateString() ? clock.format(at) : day.format(at);
}

export const timeToTheSecond = (seconds) => exact.format(new Date(seconds * 1000));
export const thousands = (number) => number.toLocaleString("en-US");

export function phoneNumber(number) {
  const found = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number ?? "");
  return found ? `(${found[1]}) ${found[2]}-${found[3]}` : number;
}

// The words with every web address in them as a link that opens in a new tab.
export function linked(words) {
  const parts = [];
  let from = 0;
  for (const link of words.matchAll(/https?:\/\/[^\s<>"')\]]+[^\s<>"')\].,;:!?]/g)) {
    parts.push(words.slice(from, link.index),
      element("a", { href: link[0], target: "_blank", rel: "noopener noreferrer" }, link[0]));
    from = link.index + link[0].length;
  }
  parts.push(words.slice(from));
  return parts;
}

export function pager(place, part, turn) {
  const pages = Math.max(1, Math.ceil(part.total / part.size));
  place.hidden = pages < 2;
  if (place.hidden) return;
  const button = (label, name, page, off) =>
    element("button", { type: "button", disabled: off, "aria-label": name, onclick: () => turn(page) }, label);
  place.replaceChildren(
    button("‹", "Previous page", part.page - 1, part.page === 0),
    element("span", {}, `${part.page + 1} of ${thousands(pages)}`),
    button("›", "Next page", part.page + 1, part.page + 1 >= pages));
}
