// What pages do beyond being read: the language switch follows instant navigation, figures enlarge, questions answer,
// families of curves move. Listeners sit on the document, so that pages brought in by instant navigation need no set-up.
"use strict";

(() => {
  const russian = document.documentElement.lang === "ru";

  // --- the language switch: instant navigation replaces <head> and the page but not the header ---

  function aimLanguageSwitch() {
    for (const a of document.querySelectorAll("a.language")) {
      const twin = document.head.querySelector(`link[data-link][hreflang="${a.hreflang}"]`);
      if (twin) a.href = new URL(twin.dataset.link, location.href);
    }
  }

  // --- figures: a native dialog shows the same image as large as the window allows ---

  function enlarge(link) {
    const images = [...link.querySelectorAll("img")];
    const dialog = document.createElement("dialog");
    const close = document.createElement("button");
    const stage = document.createElement("div");
    dialog.className = "zoom";
    dialog.setAttribute("aria-label", images[0]?.alt ?? "");
    close.type = "button";
    close.textContent = "×";
    close.setAttribute("aria-label", russian ? "Закрыть" : "Close");
    stage.tabIndex = 0;
    for (const image of images) {
      const copy = image.cloneNode();
      copy.loading = "eager";
      stage.append(copy);
    }
    dialog.style.setProperty("--ratio", images[0] ? images[0].width / images[0].height || 1.6 : 1.6);
    dialog.append(close, stage);
    document.body.append(dialog);
    dialog.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => { dialog.remove(); link.focus(); });
    dialog.showModal();
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a.figure");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !window.HTMLDialogElement) return;
    event.preventDefault();
    enlarge(link);
  });

  // --- questions ---

  // "1,2·10⁻⁵", "1e-5", "−0.5", "57 %" as a number; NaN for anything else
  function number(text) {
    const digits = "⁰¹²³⁴⁵⁶⁷⁸⁹";
    const plain = text
      .replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹]/g, (digit) => digits.indexOf(digit))
      .replace(/[−–⁻]/g, "-").replace(/[\s_]/g, "").replace(",", ".")
      .replace(/[·×*]10\^?/, "e");
    const percent = plain.endsWith("%");
    const bare = percent ? plain.slice(0, -1) : plain;
    return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(bare) ? Number(bare) / (percent ? 100 : 1) : NaN;
  }

  function forget(form) {
    form.classList.remove("checked", "right", "wrong");
    form.querySelector("output").textContent = "";
    form.querySelectorAll(".option > .question-reason").forEach((reason) => reason.remove());
    form.querySelectorAll(".option").forEach((option) => option.classList.remove("right", "wrong"));
  }

  function judge(form, right, text) {
    form.classList.add("checked", right ? "right" : "wrong");
    form.querySelector("output").textContent = text;
  }

  function check(form) {
    const words = form.closest(".questions").dataset;
    forget(form);
    if (form.dataset.kind === "number") {
      const given = number(form.elements.answer.value);
      const answer = Number(form.dataset.answer);
      if (Number.isNaN(given)) form.querySelector("output").textContent = words.number;
      else {
        const right = Math.abs(given - answer) <= Number(form.dataset.tolerance) * Math.abs(answer);
        judge(form, right, right ? words.right : words.wrong);
        if (right) form.querySelector("details").open = true;
      }
      return;
    }
    const options = [...form.querySelectorAll(".option")];
    const reasons = [...form.querySelectorAll("details li")];
    const chosen = options.map((option) => option.querySelector("input").checked);
    const right = reasons.map((reason) => reason.classList.contains("right"));
    if (!chosen.includes(true)) {
      form.querySelector("output").textContent = words.choose;
      return;
    }
    options.forEach((option, i) => {
      if (!chosen[i]) return;
      const reason = document.createElement("div");
      reason.className = "question-reason";
      reason.append(...[...reasons[i].cloneNode(true).childNodes].filter((node) => !node.classList?.contains("letter")));
      option.classList.add(right[i] ? "right" : "wrong");
      option.append(reason);
    });
    const all = right.every((value, i) => value === chosen[i]);
    const found = chosen.filter((value, i) => value && right[i]).length;
    const many = form.dataset.kind === "multiple" && !all;
    const count = words.found.replace("{found}", found).replace("{right}", right.filter(Boolean).length);
    judge(form, all, (all ? words.right : words.wrong) + (many ? ` ${count}` : ""));
  }

  document.addEventListener("submit", (event) => {
    if (!event.target.matches(".question")) return;
    event.preventDefault();
    check(event.target);
  });
  document.addEventListener("input", (event) => {
    const form = event.target.closest(".question");
    if (form) forget(form);
  });
  document.addEventListener("reset", (event) => {
    if (!event.target.matches(".question")) return;
    forget(event.target);
    event.target.querySelector("details").open = false;
    event.target.querySelector("input").focus();
  });

  // --- all questions: those of a chapter stay inside of <noscript>, as text, until it is opened or drawn from ---

  function fold() { // instant navigation may parse without scripting, which makes elements of that text
    for (const folded of document.querySelectorAll(".chapter noscript")) {
      if (folded.firstElementChild) folded.textContent = folded.innerHTML;
    }
  }

  document.addEventListener("toggle", ({ target }) => {
    if (!target.matches("details.chapter") || !target.open || target.querySelector("noscript + .questions")) return;
    const folded = target.querySelector("noscript");
    folded.insertAdjacentHTML("afterend", folded.textContent);
  }, true); // this event does not bubble

  function draw() {
    const all = [...document.querySelectorAll("details.chapter")];
    const open = all.filter((chapter) => chapter.open);
    const pages = (open.length ? open : all).map((chapter) => {
      const page = new DOMParser().parseFromString(chapter.querySelector("noscript").textContent, "text/html");
      const link = chapter.querySelector("p a").cloneNode();
      link.className = "chapter-link";
      link.textContent = chapter.querySelector("summary").firstChild.textContent.trim();
      page.querySelectorAll(".answer").forEach((answer) => answer.before(link.cloneNode(true)));
      return page;
    });
    const questions = pages.flatMap((page) => [...page.querySelectorAll(".question")]);
    const box = pages[0].querySelector(".questions").cloneNode();
    for (let n = 1; n <= 10 && questions.length; n++) {
      const [question] = questions.splice(Math.floor(Math.random() * questions.length), 1);
      // the same question may stand below
      question.removeAttribute("id");
      question.querySelector(".count").textContent = `${n}.`;
      box.append(question);
    }
    document.querySelector(".drawn").replaceChildren(box);
    box.querySelector("input").focus();
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest?.(".draw button")) draw();
  });

  // --- families of curves: every position of the slider brings its own finished paths ---

  document.addEventListener("input", (event) => {
    const family = event.target.closest(".movable");
    if (!family) return;
    const frame = JSON.parse(family.dataset.frames)[event.target.value];
    family.querySelectorAll("svg svg .curve").forEach((path, i) => path.setAttribute("d", frame.curves[i]));
    family.querySelector("output").textContent = frame.value;
    family.querySelector(".note").textContent = frame.note;
    event.target.setAttribute("aria-valuetext", frame.value);
  });

  // --- formulas wider than their box: a keyboard reaches them, to scroll them (Safari's does not by itself) ---

  const boxes = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const wide = target.scrollWidth > target.clientWidth;
      for (const [name, value] of [["tabindex", "0"], ["role", "group"], ["aria-label", russian ? "Формула" : "Formula"]]) {
        if (wide) target.setAttribute(name, value);
        else target.removeAttribute(name);
      }
    }
  });

  function watchFormulas() {
    boxes.disconnect();
    for (const box of document.querySelectorAll(".formula")) boxes.observe(box);
  }

  for (const prepare of [aimLanguageSwitch, watchFormulas, fold]) {
    prepare();
    window.document$?.subscribe(prepare);
  }
})();
