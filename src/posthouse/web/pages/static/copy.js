"use strict";

// Copy buttons: shown only where copying works; without this file every value can still be selected with one click.

async function copied(text, source) {
  if (navigator.clipboard && window.isSecureContext) {
    await navigator.clipboard.writeText(text);
    return true;
  }
  const selection = window.getSelection();
  const range = document.createRange();
  range.selectNodeContents(source);
  selection.removeAllRanges();
  selection.addRange(range);
  const done = document.execCommand("copy");
  selection.removeAllRanges();
  return done;
}

for (const button of document.querySelectorAll("button.copy")) {
  const words = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    let done = false;
    try {
      done = await copied(button.dataset.copy, button.previousElementSibling);
    } catch {
      done = false;
    }
    if (!done) {
      return;
    }
    button.textContent = button.dataset.done;
    button.classList.add("done");
    document.getElementById("said").textContent = `${button.dataset.done}: ${button.dataset.copy}`;
    window.setTimeout(() => {
      button.textContent = words;
      button.classList.remove("done");
    }, 1600);
  });
}
