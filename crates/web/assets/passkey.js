// Asks the browser for a passkey and sends its answer with the form. Everything else works without any script.
const from = window.PublicKeyCredential;

async function ask(form) {
  const sent = await fetch(form.dataset.options, {
    method: "POST",
    body: new URLSearchParams(new FormData(form)),
    headers: { Accept: "application/json" },
    redirect: "error",
  });
  if (!sent.ok) throw new Error("no challenge");
  const { handle, options } = await sent.json();
  const credential =
    form.dataset.passkey === "create"
      ? await navigator.credentials.create({ publicKey: from.parseCreationOptionsFromJSON(options.publicKey) })
      : await navigator.credentials.get({ publicKey: from.parseRequestOptionsFromJSON(options.publicKey) });
  form.elements.handle.value = handle;
  form.elements.response.value = JSON.stringify(credential.toJSON());
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!from?.parseCreationOptionsFromJSON) break;
  const problem = form.querySelector("[role=alert]");
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    problem.hidden = true;
    try {
      await ask(form);
      form.submit();
    } catch (error) {
      const cancelled = error.name === "NotAllowedError" || error.name === "AbortError";
      problem.textContent = cancelled ? problem.dataset.cancelled : problem.dataset.failed;
      problem.hidden = false;
      button.disabled = false;
    }
  });
}
