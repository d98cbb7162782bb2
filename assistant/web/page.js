// What the browser does by itself: keep the draft for this tab, paint the marks, copy, download.
// Outside text only ever becomes a text node here, never markup.
(() => {
  "use strict";
  const KEY = "benchcoach.draft";
  const box = () => document.querySelector("#draft textarea");
  let known = { marks: [], length: 0 }; // what the last check said, and of how long a text
  let marks = []; // those of them that still stand on their own words
  let length = 0;
  let spot = null; // a clause of the ledger that is being looked at

  // --- What was typed outlives a reload, in this tab alone (session storage goes when the tab goes).
  // Every box in a part of class bc-keep is kept, by that part's id.
  const nameOf = (field) => field.closest(".bc-keep").id;
  const kept = () => document.querySelectorAll(".bc-keep textarea, .bc-keep input");
  const keep = () => {
    const all = read();
    for (const field of kept()) if (restored.has(field)) all[nameOf(field)] = field.value;
    try { sessionStorage.setItem(KEY, JSON.stringify(all)); } catch (e) { console.warn("the text is too long to keep over a reload"); }
  };
  const read = () => {
    try { return JSON.parse(sessionStorage.getItem(KEY) || "{}"); } catch (e) { sessionStorage.removeItem(KEY); return {}; }
  };
  window.benchcoach = { kept: (name) => read()[name] || "" };
  const restored = new WeakSet();
  const restore = () => {
    const fresh = [...kept()].filter((field) => !restored.has(field));
    const fold = document.querySelector("#context > button[aria-expanded=false]");
    if (fresh.length === 0 && !fold) return;
    const all = read();
    for (const field of fresh) {
      restored.add(field);
      const text = all[nameOf(field)];
      if (text) bring(field, text);
    }
    // Fields in a fold exist only once it is open, and what they hold counts.
    if (fold && ["standard", "stated_when", "to_whom"].some((name) => all[name] && !document.querySelector(`#${name} textarea`))) fold.click();
  };
  // A tab that opens late draws its boxes before it listens to them, and empties what was put there meanwhile.
  const bring = (field, text, times = 5) => {
    if (field.value || !field.isConnected || times === 0) return;
    put(field, text);
    setTimeout(() => bring(field, text, times - 1), 100);
  };
  // What the program put into a box (an answer) is kept when the page goes; a phone may only hide it first.
  addEventListener("pagehide", () => keep());
  document.addEventListener("visibilitychange", () => { if (document.hidden) keep(); });
  const put = (field, text) => {
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };

  // --- Marks: a copy of the text behind the box carries the colours.
  const mirror = () => {
    const area = box();
    if (!area) return null;
    let pane = document.getElementById("bc-mirror");
    if (!pane || pane.parentElement !== area.parentElement) {
      if (pane) pane.remove();
      pane = document.createElement("div");
      pane.id = "bc-mirror";
      pane.setAttribute("aria-hidden", "true");
      area.parentElement.insertBefore(pane, area);
      area.addEventListener("scroll", () => { pane.scrollTop = area.scrollTop; hideReason(); });
      new ResizeObserver(paint).observe(area);
    }
    return pane;
  };
  const SHARED = ["fontFamily", "fontSize", "fontWeight", "fontStyle", "lineHeight", "letterSpacing", "wordSpacing", "textIndent", "textAlign", "tabSize", "direction",
    "paddingTop", "paddingBottom", "paddingLeft", "paddingRight"];
  const paint = () => {
    const area = box();
    const pane = mirror();
    if (!pane) return;
    const style = getComputedStyle(area);
    for (const name of SHARED) pane.style[name] = style[name];
    pane.style.boxSizing = "border-box";
    pane.style.left = area.offsetLeft + area.clientLeft + "px";
    pane.style.top = area.offsetTop + area.clientTop + "px";
    pane.style.width = area.clientWidth + "px";
    pane.style.height = area.clientHeight + "px";
    const text = area.value;
    const shown = spot && text.slice(spot.start, spot.end) === spot.text ? [{ ...spot, family: "clause" }] : marks;
    pane.replaceChildren();
    let at = 0;
    shown.forEach((mark, index) => {
      const from = Math.max(at, mark.start); // two findings over the same words: the first one has them
      if (from >= mark.end) return;
      pane.append(text.slice(at, from));
      const piece = document.createElement("mark");
      piece.className = "bc-" + mark.family;
      piece.dataset.index = String(index);
      piece.textContent = text.slice(from, mark.end);
      pane.append(piece);
      at = mark.end;
    });
    pane.append(text.slice(at) + "\n");
    pane.scrollTop = area.scrollTop;
  };
  const readMarks = (data) => {
    const area = box();
    if (!area) return;
    known = { marks: JSON.parse(data || "[]"), length: area.value.length };
    moveMarks();
  };
  const moveMarks = () => { // while the next check is on its way, marks stay on their own words or hide
    const text = box().value;
    const shift = text.length - known.length;
    marks = known.marks.map((m) => [0, shift].map((by) => ({ ...m, start: m.start + by, end: m.end + by }))
      .find((moved) => text.slice(moved.start, moved.end) === m.text)).filter(Boolean);
    length = text.length;
    paint();
  };

  // --- The reason for a mark, on hover, on touch, and where the caret stands.
  const hideReason = () => { const pop = document.getElementById("bc-reason"); if (pop) pop.remove(); };
  const showReason = (index) => {
    const mark = marks[index];
    const piece = document.querySelector(`#bc-mirror mark[data-index="${index}"]`);
    if (!mark || !piece) return hideReason();
    let pop = document.getElementById("bc-reason");
    if (pop && pop.dataset.index === String(index)) return undefined;
    hideReason();
    pop = document.createElement("div");
    pop.id = "bc-reason";
    pop.dataset.index = String(index);
    pop.setAttribute("role", "status");
    const first = document.createElement("p");
    const name = document.createElement("strong");
    name.textContent = mark.name + ". ";
    first.append(name, mark.why);
    pop.append(first);
    if (mark.better) { const second = document.createElement("p"); second.textContent = "→ " + mark.better; pop.append(second); }
    document.body.append(pop);
    const at = piece.getBoundingClientRect();
    const wide = document.documentElement.clientWidth;
    pop.style.left = Math.max(16, Math.min(at.left, wide - pop.offsetWidth - 16)) + scrollX + "px";
    pop.style.top = at.bottom + 8 + scrollY + "px";
    return undefined;
  };
  const underPointer = (event) => {
    for (const piece of document.querySelectorAll("#bc-mirror mark[data-index]")) {
      for (const r of piece.getClientRects()) {
        if (event.clientX >= r.left && event.clientX <= r.right && event.clientY >= r.top && event.clientY <= r.bottom) return Number(piece.dataset.index);
      }
    }
    return -1;
  };
  const atCaret = () => {
    const at = box().selectionStart;
    const index = at === box().selectionEnd ? marks.findIndex((m) => at > m.start && at < m.end) : -1;
    if (index >= 0) showReason(index); else hideReason();
  };

  const examples = () => {
    const list = document.querySelector(".bc-examples");
    if (!list || !box()) return;
    const own = box().value.trim();
    list.hidden = own !== "" && ![...list.querySelectorAll("[data-example]")].some((b) => b.dataset.example === own);
  };
  let soon = 0;
  let touched = 0;
  const look = (wait = performance.now() - touched > 400 ? 0 : 30) => { // a paste at once, keys when they rest
    touched = performance.now();
    clearTimeout(soon);
    soon = setTimeout(() => {
      press("look");
      // Somebody may type before the page is all there: until the first answer, ask again.
      if (box().value.trim() && !document.getElementById("bc-marks")) look(400);
    }, wait);
  };
  const press = (id) => { const button = document.getElementById(id); if (button) button.click(); };

  const copy = async (button) => {
    const from = document.getElementById(button.dataset.copy);
    const lines = from.tagName === "UL" ? [...from.children].map((li) => li.textContent) : [from.textContent];
    await navigator.clipboard.writeText(lines.join("\n"));
    const before = button.textContent;
    if (before === button.dataset.done) return;
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = before; }, 1800);
  };
  const download = (button) => {
    const link = document.createElement("a");
    const text = button.dataset.from ? document.getElementById(button.dataset.from).textContent : filledIn(button.dataset.text);
    link.href = URL.createObjectURL(new Blob([text], { type: "text/markdown;charset=utf-8" }));
    link.download = button.dataset.download;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
  // Files go to the server one by one, as they are; what comes back is a word that each is known by there.
  const send = async (field, files) => {
    const drop = field.closest("label");
    const said = drop.querySelector("span");
    const before = said.textContent;
    said.textContent = field.dataset.sending + " …";
    const given = [];
    for (const file of files) {
      const name = file.webkitRelativePath || file.name;
      let token = "";
      try {
        const answer = await fetch("knowledge/files?name=" + encodeURIComponent(name), { method: "POST", body: file });
        if (answer.ok) token = await answer.text();
      } catch (e) { console.warn("a file was not taken"); }
      given.push({ name, token });
    }
    said.textContent = before;
    field.value = "";
    document.documentElement.dataset.value = JSON.stringify(given);
    press(field.dataset.files);
  };
  const dropOn = (event) => (event.target instanceof Element ? event.target.closest("label.bc-drop") : null);
  document.addEventListener("change", (event) => {
    const field = event.target;
    if (field instanceof HTMLInputElement && field.dataset.files && field.files.length) send(field, [...field.files]);
  });
  document.addEventListener("dragover", (event) => { if (dropOn(event)) event.preventDefault(); });
  document.addEventListener("drop", (event) => {
    const drop = dropOn(event);
    if (!drop) return;
    event.preventDefault();
    if (event.dataTransfer.files.length) send(drop.querySelector("input"), [...event.dataTransfer.files]);
  });

  const spotRow = (row) => {
    spot = row ? { start: Number(row.dataset.start), end: Number(row.dataset.end), text: row.dataset.text } : null;
    paint();
  };

  // --- What is typed into a question of a prepared page stands in the page at once.
  const fillIn = (field) => {
    for (const place of document.querySelectorAll("[data-filled]")) {
      if (place.dataset.filled !== field.dataset.fill) continue;
      const said = field.value.trim();
      place.textContent = said || place.dataset.blank;
      place.classList.toggle("bc-blank", !said);
    }
  };
  // --- A blank of a rewrite is a field: one field fills every blank of its name, and is remembered over a new tone.
  const gaps = new Map();
  const paintGap = (name) => {
    for (const place of document.querySelectorAll("[data-gap-of]")) {
      if (place.dataset.gapOf !== name) continue;
      const said = gaps.get(name) || "";
      place.textContent = said || `[${name}]`;
      place.classList.toggle("bc-filled", said !== "");
    }
  };
  const fillGap = (field) => { gaps.set(field.dataset.gap, field.value.trim()); paintGap(field.dataset.gap); agreedFromGaps(); };
  const filledIn = (text) => {
    let now = text; // in Markdown a bracket carries a backslash before it
    for (const [name, said] of gaps) if (said) now = now.replaceAll(`[${name}]`, said).replaceAll(`\\[${name}\\]`, said);
    return now;
  };
  const freshGaps = () => {
    for (const field of document.querySelectorAll("input[data-gap]")) {
      if (knownGaps.has(field)) continue;
      knownGaps.add(field);
      const said = gaps.get(field.dataset.gap);
      if (said) field.value = said;
    }
    for (const place of document.querySelectorAll("[data-gap-of]:not(.bc-filled)")) if (gaps.get(place.dataset.gapOf)) paintGap(place.dataset.gapOf);
  };
  const knownGaps = new WeakSet();
  let written = ""; // what stands in the box for what was agreed because of the blanks, and not by hand
  const agreedFromGaps = () => {
    const field = document.querySelector("#agreed :is(textarea, input)");
    const [what, day] = [gaps.get("who does what"), gaps.get("date")].map((said) => said || "");
    if (!field || !what || (field.value !== "" && field.value !== written)) return;
    written = day ? `${what} by ${day}` : what;
    put(field, written);
  };

  // --- Draft and rewrite side by side: a clause that is touched, and what became of it.
  const showSide = (piece) => {
    const frame = piece && piece.closest("section");
    for (const lit of document.querySelectorAll(".bc-side.bc-lit")) lit.classList.remove("bc-lit");
    const note = frame && frame.querySelector(".bc-side-note");
    if (!note) return;
    const both = frame.querySelectorAll(`.bc-side[data-side="${piece.dataset.side}"]`);
    for (const one of both) one.classList.add("bc-lit");
    note.textContent = both[0].dataset.note || note.dataset.hint;
  };

  // --- Whether the server answers. What was typed is kept in this tab, so that a page loaded again has it.
  let gone = false;
  const alive = async () => {
    const banner = document.getElementById("bc-lost");
    if (!banner || document.hidden) return;
    let answers = false;
    try { answers = (await fetch("health", { cache: "no-store", signal: AbortSignal.timeout(4000) })).ok; } catch (e) { answers = false; }
    if (!answers) { gone = true; banner.hidden = false; keep(); }
    else if (gone) { banner.querySelector("span").textContent = banner.dataset.back; banner.querySelector("button").hidden = false; }
  };
  setInterval(alive, 5000);
  addEventListener("online", alive);

  const openFold = (id) => {
    const inside = document.getElementById(id);
    const folded = inside && inside.closest("details");
    if (!folded) return;
    folded.open = true;
    folded.scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    folded.querySelector("summary").focus({ preventScroll: true });
  };

  const print = () => {
    document.documentElement.classList.add("bc-printing");
    addEventListener("afterprint", () => document.documentElement.classList.remove("bc-printing"), { once: true });
    window.print();
  };

  document.addEventListener("input", (event) => {
    if (event.target instanceof Element && event.target.matches("[data-fill]")) fillIn(event.target);
    if (event.target instanceof Element && event.target.matches("[data-gap]")) fillGap(event.target);
    if (event.target === box()) { gaps.clear(); hideReason(); moveMarks(); examples(); look(); }
    keep();
  });
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const button = target && target.closest("[data-copy],[data-download],[data-example],[data-press],[data-print],[data-open],[data-reload],[data-gap-of],.bc-side");
    if (button && button.dataset.copy) copy(button);
    else if (button && button.dataset.download) download(button);
    else if (button && button.dataset.print) print();
    else if (button && button.dataset.open) openFold(button.dataset.open);
    else if (button && button.dataset.reload) location.reload();
    else if (button && button.dataset.gapOf) { const field = [...document.querySelectorAll("input[data-gap]")].find((f) => f.dataset.gap === button.dataset.gapOf); if (field) field.focus(); }
    else if (button && button.dataset.side) showSide(button);
    else if (button && button.dataset.press) { document.documentElement.dataset.value = button.dataset.value; press(button.dataset.press); }
    else if (button) { put(box(), button.dataset.example); box().focus(); box().setSelectionRange(0, 0); }
    else if (target === box()) atCaret();
    else hideReason();
  });
  document.addEventListener("pointermove", (event) => {
    if (event.pointerType === "touch" || event.target !== box()) return;
    const index = spot ? -1 : underPointer(event);
    if (index >= 0) showReason(index); else if (document.activeElement !== box()) hideReason(); else atCaret();
  });
  document.addEventListener("pointerover", (event) => {
    const side = event.target instanceof Element ? event.target.closest(".bc-side") : null;
    if (side && event.pointerType !== "touch") showSide(side);
    const row = event.target instanceof Element ? event.target.closest("tr[data-start]") : null;
    if (row || spot) spotRow(row);
  });
  document.addEventListener("focusin", (event) => { if (event.target.matches(".bc-side")) showSide(event.target); });
  document.addEventListener("keyup", (event) => { if (event.target === box()) atCaret(); });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hideReason();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target === box()) { event.preventDefault(); press("go"); }
  });
  // --- On a small screen the answer arrives out of sight: bring it in, once, when it begins and when it is there.
  let running = false;
  const follow = () => {
    const now = document.querySelector(".bc-progress") !== null;
    if (now === running) return;
    running = now;
    const shown = document.getElementById(now ? "progress" : document.querySelector("#trouble .bc-trouble") ? "trouble" : "spoken");
    const at = shown ? shown.getBoundingClientRect() : null;
    if (!at || at.height === 0 || (at.top > 90 && at.top < innerHeight * 0.6)) return;
    shown.scrollIntoView({ block: now ? "nearest" : "start", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  };
  const fold = () => { // the component's own button does not say whether its fold is open
    const button = document.querySelector("#context > button");
    const body = document.querySelector("#context > [data-testid=accordion-content]");
    const open = body ? String(body.style.display !== "none") : "";
    if (button && button.getAttribute("aria-expanded") !== open) button.setAttribute("aria-expanded", open);
  };

  addEventListener("resize", () => { hideReason(); paint(); });

  // --- Gradio draws the page late and redraws parts of it: watch for the box and for new marks.
  let seen = null;
  let shownMarks = null;
  new MutationObserver(() => {
    if (box() && box() !== seen) { seen = box(); mirror(); examples(); paint(); }
    follow();
    fold();
    freshGaps();
    restore();
    const holder = document.getElementById("bc-marks");
    const now = holder && holder.dataset.marks;
    if (holder && now !== shownMarks) { shownMarks = now; readMarks(now); }
    else if (seen && seen.value.length !== length) { moveMarks(); examples(); keep(); }
  }).observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-marks", "style"] });
})();
