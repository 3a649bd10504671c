"use strict";
// Whatever a message says reaches the page by textContent only.
const data = JSON.parse(document.getElementById("data").textContent);
const rows = document.getElementById("rows");
const controls = Object.fromEntries(
  ["text", "identity", "transaction", "errors", "group"].map((id) => [id, document.getElementById(id)]));
const KEY = "\u0000";
const key = (one, id) => one.identity + KEY + id;

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function duration(seconds) {
  const hours = Math.floor(seconds / 3600), minutes = Math.floor(seconds / 60) % 60;
  return (hours ? hours + " h " : "") + (hours || minutes ? minutes + " min " : "") + seconds % 60 + " s";
}

function energy(wh) {
  return wh === null ? "" : (wh / 1000).toFixed(3) + " kWh";
}

function latency(ms) {
  return ms === undefined ? "" : ms < 9.95 ? ms.toFixed(1) + " ms" : ms < 10000 ? Math.round(ms) + " ms" : (ms / 1000).toFixed(1) + " s";
}

function expanded(step) {
  const more = element("div", "more");
  const known = [
    step.time, step.identity, step.version, step.kind, step.id && "id " + step.id,
    step.size !== undefined && step.size + " characters", step.transaction && "transaction " + step.transaction,
  ];
  more.append(element("p", "", known.filter(Boolean).join(" · ")));
  if (step.code || step.description) {
    more.append(element("p", "bad", [step.code, step.description].filter(Boolean).join(": ")));
  }
  if (step.payload !== undefined) more.append(element("pre", "", step.payload));
  return more;
}

function row(step) {
  if (!step.from) {
    const who = step.kind === "gap" ? "" : step.identity + " " + step.kind + (step.version ? ", " + step.version : "") + ": ";
    return element("div", step.faulty ? "event bad" : "event", step.time.slice(11, 23) + "  " + who + (step.facts || ""));
  }
  const details = element("details");
  const summary = element("summary", "row");
  const answer = step.kind !== "CALL";
  const bad = step.kind === "CALLERROR" || step.kind === "unreadable";
  const lane = element("span", "lane " + step.from + (answer ? " answer" : "") + (bad || step.lack ? " bad" : ""));
  lane.append(element("span", "arrow"), element("span", "name", step.action || (step.kind === "unreadable" ? "unreadable" : "?")));
  const what = element("span", bad ? "what bad" : "what");
  if (step.lack) what.append(element("span", "lack", step.lack));
  what.append(step.facts || "");
  what.title = step.facts || "";
  summary.append(element("span", "when", step.time.slice(11, 23)), element("span", "who", step.identity), lane, what, element("span", "ms", latency(step.latency)));
  details.append(summary);
  details.addEventListener("toggle", () => {
    if (details.open && details.childElementCount === 1) details.append(expanded(step));
  });
  return details;
}

const made = new Map();
const built = (step) => {
  if (!made.has(step)) made.set(step, row(step));
  return made.get(step);
};

function wanted() {
  const words = controls.text.value.toLowerCase().split(/\s+/).filter(Boolean);
  const { identity, transaction, errors } = controls;
  return data.steps.filter((step) => {
    if (errors.checked && !step.faulty) return false;
    if (identity.value !== "" && step.identity !== identity.value) return false;
    if (transaction.value !== "" && (step.transaction === undefined || key(step, step.transaction) !== transaction.value)) return false;
    if (!words.length) return true;
    step.words ??= [step.time, step.kind, step.identity, step.action, step.id, step.facts, step.lack, step.code, step.description, step.payload].join(" ").toLowerCase();
    return words.every((word) => step.words.includes(word));
  });
}

function grouped(steps) {
  const groups = new Map(data.transactions.map((one) => [key(one, one.id), []]));
  const others = [];
  for (const step of steps) (step.transaction === undefined ? others : groups.get(key(step, step.transaction)) || others).push(step);
  const items = [];
  for (const one of data.transactions) {
    const members = groups.get(key(one, one.id));
    if (members.length) items.push([one.identity, "transaction " + one.id, duration(one.seconds), energy(one.energy)].filter(Boolean).join(" · "), ...members);
  }
  return others.length ? [...items, "No transaction", ...others] : items;
}

let round = 0;
function show() {
  const mine = ++round;
  const steps = wanted();
  const items = controls.group.checked ? grouped(steps) : steps;
  document.getElementById("count").textContent = steps.length.toLocaleString("en") + " of " + data.steps.length.toLocaleString("en");
  document.getElementById("none").hidden = steps.length > 0;
  rows.replaceChildren();
  let next = 0, day = "";
  // In portions, so that the first screen of a long log is there at once.
  (function portion() {
    if (mine !== round) return;
    const fragment = document.createDocumentFragment();
    for (const end = Math.min(items.length, next + 500); next < end; next++) {
      const item = items[next];
      if (typeof item === "string") {
        fragment.append(element("h2", "", item));
        continue;
      }
      if (item.time.slice(0, 10) !== day) {
        day = item.time.slice(0, 10);
        fragment.append(element("div", "event day", day));
      }
      fragment.append(built(item));
    }
    rows.append(fragment);
    if (next < items.length) setTimeout(portion);
  })();
}

function option(value, text) {
  const made = element("option", "", text);
  made.value = value;
  return made;
}

const identities = [...new Set(data.steps.map((step) => step.identity).filter(Boolean))].sort();
document.body.classList.toggle("many", identities.length > 1);
controls.identity.hidden = identities.length < 2;
controls.identity.append(option("", "all stations"), ...identities.map((one) => option(one, one)));
controls.transaction.hidden = !data.transactions.length;
controls.transaction.append(option("", "all transactions"), ...data.transactions.map((one) => option(key(one, one.id), one.id + (identities.length > 1 ? " (" + one.identity + ")" : ""))));
document.getElementById("overview").hidden = !data.transactions.length;
for (const one of data.transactions) {
  const choose = element("button", "", one.id);
  choose.type = "button";
  choose.addEventListener("click", () => {
    controls.transaction.value = controls.transaction.value === key(one, one.id) ? "" : key(one, one.id);
    show();
  });
  const line = element("tr", one.faulty ? "bad" : "");
  const first = element("td");
  first.append(choose);
  line.append(first, ...[one.identity, one.first.replace("T", " ").replace("Z", ""), duration(one.seconds), energy(one.energy), one.messages].map((text) => element("td", "", text)));
  document.querySelector("#overview tbody").append(line);
}
if (data.steps.length) {
  const [first, last] = [data.steps[0].time, data.steps[data.steps.length - 1].time].map((time) => time.slice(0, 19).replace("T", " "));
  document.getElementById("span").textContent = first + " to " + last + " UTC";
}
let pause;
controls.text.addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(show, 150);
});
for (const one of ["identity", "transaction", "errors", "group"]) controls[one].addEventListener("change", show);
show();
