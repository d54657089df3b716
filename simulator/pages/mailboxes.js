// The mailboxes: a list of addresses, the chosen one's mails, and the mail that is open.
import { element, get, mark, pager, say, send, thousands, time, trying } from "./api.js";

const $ = (id) => document.getElementById(id);
const FROM = { sendgrid: "SendGrid", smtp: "SMTP", product: "the product" };
const wide = matchMedia("(min-width: 901px)");
let chosen = "";
let open = null;
let way = "html";
let shownMails = "";

export const wanted = { q: "", page: 0 };

export function list(part, reload) {
  $("mailboxes-total").textContent = thousands(part.total);
  const rows = part.rows.map((row) => line(row));
  if (!rows.length) {
    rows.push(element("li", { className: "none" }, wanted.q ? "No mailbox matches."
      : "No mails yet. Mails of campaigns, approval requests and password resets appear here."));
  }
  $("mailboxes-list").replaceChildren(...rows);
  if (!chosen && part.rows.length && wide.matches) choose(part.rows[0].address);
  pager($("mailboxes-pager"), part, (page) => { wanted.page = page; reload(); });
}

function line(row) {
  const button = element("button", { type: "button", "data-name": row.address, onclick: () => choose(row.address) },
    element("span", { className: "name" }, row.address),
    element("time", {}, time(row.at)),
    element("span", { className: "last" }, row.last || "(no subject)"),
    tag(row.status));
  if (row.address === chosen) button.setAttribute("aria-current", "true");
  return element("li", {}, button);
}

function tag(status) {
  const bad = { bounced: "bounced", blocked: "blocked", spam: "spam", dropped: "dropped", deferred: "deferred" }[status];
  return bad ? element("span", { className: `tag ${bad === "deferred" ? "wait" : "out"}` }, bad) : null;
}

export async function choose(address) {
  chosen = address;
  open = null;
  shownMails = "";
  $("mailbox").removeAttribute("data-empty");
  document.body.dataset.mailbox = "open";
  mark($("mailboxes-list"), address);
  await refresh();
}

const place = () => `/_/mailboxes/${encodeURIComponent(chosen)}`;

export async function refresh() {
  if (!chosen) return;
  const { value: box } = await get(place());
  if (box.address !== chosen) return;
  $("mailbox-address").textContent = box.address;
  $("mailbox-facts").textContent = box.total === 1 ? "1 mail" : `${thousands(box.total)} mails`;
  const state = JSON.stringify([box.messages, open]);
  if (state === shownMails) return;
  const first = open === null && box.messages.length > 0;
  if (first) open = box.messages[0].id;
  shownMails = JSON.stringify([box.messages, open]);
  $("mails").replaceChildren(...box.messages.map(mailLine));
  $("mails").hidden = box.messages.length < 2;
  const current = box.messages.find((mail) => mail.id === open);
  if (current) await show(current);
}

function mailLine(mail) {
  const button = element("button", { type: "button", onclick: () => { open = mail.id; trying(refresh); } },
    element("span", { className: "name" }, mail.subject || "(no subject)"), element("time", {}, time(mail.at)),
    tag(mail.status));
  if (mail.id === open) button.setAttribute("aria-current", "true");
  return element("li", {}, button);
}

async function show(current) {
  const { value: mail } = await get(`${place()}/messages/${encodeURIComponent(current.id)}`);
  if (mail.id !== open) return;
  $("mail").hidden = false;
  $("mail-subject").textContent = mail.subject || "(no subject)";
  const facts = [["From", mail.headers.From ?? mail.sender], ["To", mail.to],
    ["Sent by", `${FROM[mail.provider]} · ${mail.status}${mail.note ? ` · ${mail.note}` : ""}`]];
  $("mail-head").replaceChildren(...facts.flatMap(([name, value]) =>
    [element("dt", {}, name), element("dd", {}, value)]));
  acts(mail);
  $("mail-headers").textContent = Object.entries(mail.headers).map(([name, value]) => `${name}: ${value}`).join("\n");
  const source = `${place()}/messages/${encodeURIComponent(mail.id)}/page?as=${way === "text" ? "text" : "html"}`;
  if ($("mail-frame").dataset.source !== source) {
    $("mail-frame").dataset.source = source;
    $("mail-frame").src = source;
  }
  $("mail-frame").hidden = way === "headers";
  $("mail-headers").hidden = way !== "headers";
}

function acts(mail) {
  const button = (label, act, done, kind = "") => element("button", {
    type: "button", className: kind, onclick: () => trying(async () => {
      const answer = await send("POST", `${place()}/messages/${encodeURIComponent(mail.id)}/${act}`);
      say(done(answer));
      shownMails = "";
      await refresh();
    }),
  }, label);
  const buttons = [];
  if (mail.unsubscribe) {
    buttons.push(
      button("Unsubscribe (one click)", "unsubscribe", (a) => `The product answered ${a.status} to the one-click unsubscribe.`, "stop"),
      element("a", { href: mail.unsubscribe, target: "_blank", rel: "noopener noreferrer", className: "button" },
        "Open unsubscribe page"));
  }
  if (mail.provider !== "product") {
    buttons.push(button("Report spam", "spam", () => "The product is told of a spam report."),
      button("Bounce", "bounce", () => "The mail bounced for good; the product is told."),
      button("Block", "block", () => "The mailbox refused this mail; the product is told."));
  }
  $("mail-acts").replaceChildren(...buttons);
  $("mail-acts").hidden = !buttons.length;
  $("answer").hidden = mail.provider !== "smtp";
}

async function answer() {
  const path = `${place()}/messages/${encodeURIComponent(open)}/reply`;
  if (await trying(() => send("POST", path, { body: $("answer-body").value }))) {
    $("answer-body").value = "";
    say("The answer is on its way to the product.");
    await refresh();
  }
}

export function start(reload) {
  for (const button of document.querySelectorAll("[data-as]")) {
    button.addEventListener("click", () => {
      way = button.dataset.as;
      for (const other of document.querySelectorAll("[data-as]")) {
        other.setAttribute("aria-pressed", String(other === button));
      }
      shownMails = "";
      trying(refresh);
    });
  }
  $("answer").addEventListener("submit", (event) => { event.preventDefault(); answer(); });
  $("mailboxes-q").addEventListener("input", () => {
    wanted.q = $("mailboxes-q").value.trim();
    wanted.page = 0;
    reload();
  });
}
