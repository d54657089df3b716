// The phones: a list of numbers, and the chosen one as a phone.
import { element, get, linked, mark, pager, phoneNumber, say, send, thousands, time, trying } from "./api.js";

const $ = (id) => document.getElementById(id);
// Beside each other there is room to show the newest at once; on a small screen the list comes first.
const wide = matchMedia("(min-width: 901px)");
let chosen = "";
let shownMessages = "";

export const wanted = { q: "", page: 0 };

export function list(part, reload) {
  $("phones-total").textContent = thousands(part.total);
  const rows = part.rows.map((row) => line(row));
  if (!rows.length) rows.push(nobody());
  $("phones-list").replaceChildren(...rows);
  if (!chosen && part.rows.length && wide.matches) choose(part.rows[0].number);
  pager($("phones-pager"), part, (page) => { wanted.page = page; reload(); });
}

function line(row) {
  const button = element("button", { type: "button", "data-name": row.number, onclick: () => choose(row.number) },
    element("span", { className: "name" }, phoneNumber(row.number)),
    element("time", {}, time(row.at)),
    element("span", { className: "last" }, `${row.inbound ? "You: " : ""}${row.last || "Picture"}`),
    row.opted_out ? element("span", { className: "tag out" }, "opted out") : null);
  if (row.number === chosen) button.setAttribute("aria-current", "true");
  return element("li", {}, button);
}

function nobody() {
  const digits = wanted.q.replace(/[\s()\-.]/g, "");
  const number = /^\d{10}$/.test(digits) ? `+1${digits}` : digits;
  if (/^\+\d{8,15}$/.test(number)) {
    return element("li", { className: "none" }, "Nobody texted this number yet.",
      element("button", { type: "button", className: "plain", onclick: () => choose(number) },
        `Use ${phoneNumber(number)} as a phone`));
  }
  return element("li", { className: "none" },
    wanted.q ? "No phone matches." : "No texts yet. They appear here as soon as the product sends one. " +
      "To text from a new phone, type its whole number above.");
}

export async function choose(number) {
  chosen = number;
  shownMessages = "";
  $("phone").removeAttribute("data-empty");
  document.body.dataset.phone = "open";
  mark($("phones-list"), number);
  await trying(knowNumbers);
  await refresh();
}

export async function refresh() {
  if (!chosen) return;
  const answer = await get(`/_/phones/${encodeURIComponent(chosen)}`);
  const phone = answer.value;
  if (phone.number !== chosen) return;
  $("phone-number").textContent = phoneNumber(phone.number);
  const facts = [...phone.opted_out.map((name) => `opted out of ${phoneNumber(name)}`)];
  if (phone.undelivered) facts.push(`unreachable: ${phone.undelivered}`);
  $("phone-facts").textContent = facts.join(" · ") || `${thousands(phone.total)} messages`;
  $("phone-facts").classList.toggle("out", facts.length > 0);
  const state = JSON.stringify(phone.messages);
  if (state === shownMessages) return;
  shownMessages = state;
  const place = $("bubbles");
  place.replaceChildren(...phone.messages.map(bubble));
  place.scrollTop = place.scrollHeight;
  remember(phone.messages);
}

function bubble(message) {
  const words = linked(message.body);
  if (message.media) words.unshift(element("span", { className: "picture" }, "Picture"));
  const facts = [time(message.at)];
  if (message.own) facts.push("carrier's own answer");
  else if (!message.inbound) facts.push(message.error_code ? `${message.status} ${message.error_code}` : message.status);
  if (!message.inbound && message.segments > 1) facts.push(`${message.segments} segments`);
  const kind = message.inbound ? "mine" : message.own ? "own" : "theirs";
  return element("li", { className: `bubble ${kind}${message.error_code ? " lost" : ""}` },
    element("p", {}, ...words),
    element("small", {}, `${message.inbound ? "to" : "from"} ${phoneNumber(message.with) ?? "…"} · ${facts.join(" · ")}`));
}

// Replies go to whoever texted last, unless another number is picked.
function remember(messages) {
  const last = [...messages].reverse().find((message) => message.with)?.with;
  if (last) $("reply-to").value = last;
}

async function reply(body, media = 0) {
  if (!chosen) { say("Choose a phone first.", true); return; }
  const done = await trying(() => send("POST", `/_/phones/${encodeURIComponent(chosen)}/reply`,
    { body, media, to: $("reply-to").value || undefined }));
  if (done) {
    $("reply-body").value = "";
    await refresh();
  }
}

// The world may be put after the page was opened.
async function knowNumbers() {
  if ($("reply-to").options.length) return;
  const { value } = await get("/_/world");
  $("reply-to").replaceChildren(...value.numbers.map((number) => element("option", { value: number.number },
    number.service ? `${phoneNumber(number.number)} · ${number.service}` : phoneNumber(number.number))));
}

export function start(reload) {
  $("reply").addEventListener("submit", (event) => { event.preventDefault(); reply($("reply-body").value); });
  $("reply-body").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); reply($("reply-body").value); }
  });
  $("quick").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) reply(button.dataset.body, Number(button.dataset.media ?? 0));
  });
  $("phones-q").addEventListener("input", () => { wanted.q = $("phones-q").value.trim(); wanted.page = 0; reload(); });
}
