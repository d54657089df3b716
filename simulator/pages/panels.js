// The panel of faults, the counts, and the log of calls.
import { element, get, say, send, thousands, timeToTheSecond, trying } from "./api.js";

const $ = (id) => document.getElementById(id);

const FAULTS = [
  ["Calls to a provider", [
    ["lost_reply", "Reply lost", "accepted, then the connection drops"],
    ["dropped", "Never arrived", "the connection drops, nothing is accepted"],
    ["truncated_201", "Half a reply", "accepted, the answer breaks off"],
    ["accepted_500", "Error after accepting", "accepted, the answer is 500"],
    ["status_500", "Server error", "500, nothing is accepted"],
    ["rate_429", "Too many requests", "429, nothing is accepted"],
  ]],
  ["Afterwards", [
    ["undelivered", "Texts not delivered", "30003, 30005, 30006 or 30007"],
    ["bounced", "Mails bounce", "the address does not exist"],
    ["duplicate_callbacks", "Callbacks twice", ""],
    ["out_of_order", "Callbacks out of order", "some come a second late"],
    ["hold_callbacks", "Callbacks held", "until this is back at 0"],
    ["drop_inbound", "Replies get lost", "the product's inbox is not told"],
  ]],
];

const COUNTS = [["texts", "texts"], ["mails", "mails"], ["replies", "replies"], ["opted_out", "opted out"],
  ["callbacks_waiting", "callbacks waiting"], ["callbacks_held", "held"], ["callbacks_failed", "failed"]];
const ONLY_IF_ANY = new Set(["callbacks_held", "callbacks_failed"]);

export function counts(given) {
  $("counts").replaceChildren(...COUNTS.filter(([name]) => given[name] || !ONLY_IF_ANY.has(name)).map(([name, label]) => element("div",
    { className: given[name] && name === "callbacks_failed" ? "bad" : "" },
    element("dd", {}, thousands(given[name])), element("dt", {}, label))));
  $("calls-total").textContent = thousands(given.calls);
}

export function buildFaults() {
  const groups = FAULTS.map(([title, rows]) => element("fieldset", {}, element("legend", {}, title),
    ...rows.map(([name, label, hint]) => element("div", { className: "fault" },
      element("label", { htmlFor: `fault-${name}` }, label, element("small", {}, hint)),
      element("input", { type: "range", id: `fault-${name}`, name, min: 0, max: 100, step: 1, value: 0 }),
      element("span", { id: `out-${name}`, className: "share", "aria-hidden": "true" }, "0 %")))));
  const options = (pairs) => pairs.map(([value, label]) => element("option", { value }, label));
  const more = element("fieldset", { className: "more" }, element("legend", {}, "Which calls"),
    element("label", {}, "Provider", element("select", { name: "provider" }, ...options([
      ["", "all"], ["twilio", "Twilio"], ["sendgrid", "SendGrid"], ["smtp", "SMTP"], ["dns", "DNS"]]))),
    element("label", {}, "Scope", element("select", { name: "scope" }, ...options([
      ["sends", "hand-offs"], ["all", "every call"]]))),
    element("label", {}, "Delay, ms", element("input", { type: "number", name: "latency_ms", min: 0, max: 60000, value: 0 })),
    element("label", {}, "Seed", element("input", { type: "number", name: "seed", placeholder: "random" })));
  const clear = element("button", { type: "button", className: "quiet", onclick: () => put({}) }, "No faults");
  $("faults").replaceChildren(...groups, more, element("div", { className: "foot" }, clear));
  $("faults").addEventListener("input", (event) => {
    if (event.target.type === "range") $(`out-${event.target.name}`).textContent = `${event.target.value} %`;
  });
  $("faults").addEventListener("change", () => put(chosen()));
  $("faults").addEventListener("submit", (event) => event.preventDefault());
}

function chosen() {
  const given = {};
  for (const input of $("faults").elements) {
    if (!input.name) continue;
    if (input.type === "range") given[input.name] = Number(input.value) / 100;
    else if (input.name === "seed") given.seed = input.value === "" ? null : Number(input.value);
    else if (input.name === "latency_ms") given.latency_ms = Number(input.value);
    else given[input.name] = input.value;
  }
  return given;
}

async function put(given) {
  const answer = await trying(() => send("PUT", "/_/faults", given));
  if (!answer) return;
  faults(answer, true);
  if (answer.released) say(`${thousands(answer.released)} held callbacks are on their way.`);
}

export function faults(given, force = false) {
  if (!force && $("faults").contains(document.activeElement)) return;
  for (const input of $("faults").elements) {
    if (!input.name) continue;
    const value = given[input.name];
    if (input.type === "range") {
      input.value = Math.round(value * 100);
      $(`out-${input.name}`).textContent = `${Math.round(value * 100)} %`;
      input.closest(".fault").classList.toggle("on", value > 0);
    } else input.value = value ?? "";
  }
}

export async function calls() {
  const { value } = await get("/_/log?limit=60");
  const rows = value.calls.map((call) => element("tr", {},
    element("td", {}, timeToTheSecond(call.at)),
    element("td", {}, element("span", { className: `way ${call.direction}` }, call.direction)),
    element("td", {}, element("b", {}, call.kind), ` ${call.method} `, element("code", {}, call.url)),
    element("td", { className: good(call.status) }, `${call.status ?? "none"} · ${call.ms} ms`),
    element("td", {}, element("code", {}, call.signature)),
    element("td", {}, call.detail)));
  if (!rows.length) rows.push(element("tr", {}, element("td", { colSpan: 6 }, "No calls yet.")));
  $("calls").replaceChildren(...rows);
}

const good = (status) => (status >= 200 && status < 300 ? "good" : "bad");
