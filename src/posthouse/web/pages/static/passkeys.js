"use strict";

// Passkeys: a form with data-make or data-prove carries what the browser shall make or prove, in the standard's JSON; the answer
// goes back in its field "credential". Without this file, or without passkeys in the browser, such forms stay hidden.

function octets(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
}

function text(buffer) {
  const binary = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function plain(credential) {
  const { response } = credential;
  const told = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) {
      told[name] = text(response[name]);
    }
  }
  return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response: told };
}

async function asked(form) {
  if (form.dataset.prove) {
    const options = JSON.parse(form.dataset.prove);
    options.challenge = octets(options.challenge);
    return navigator.credentials.get({ publicKey: options });
  }
  const options = JSON.parse(form.dataset.make);
  options.challenge = octets(options.challenge);
  options.user.id = octets(options.user.id);
  options.excludeCredentials = options.excludeCredentials.map((known) => ({ ...known, id: octets(known.id) }));
  return navigator.credentials.create({ publicKey: options });
}

if (window.PublicKeyCredential) {
  for (const form of document.querySelectorAll("form[data-prove], form[data-make]")) {
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const said = form.querySelector("[role=alert]");
      said.hidden = true;
      try {
        form.elements.credential.value = JSON.stringify(plain(await asked(form)));
      } catch {
        said.hidden = false;
        return;
      }
      form.submit();
    });
  }
}
