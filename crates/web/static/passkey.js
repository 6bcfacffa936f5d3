
// Passkeys: the question of the form is put to the browser, and what it answers is sent with the form. Whether the answer
// counts is decided by the server.
for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential || !window.isSecureContext) continue;
  const { passkey, challenge, domain, holder, person, known } = form.dataset;
  form.hidden = false;
  if (form.nextElementSibling?.matches("[data-passkey-without]")) form.nextElementSibling.hidden = true;

  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const put = (name, buffer) => {
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = name;
    input.value = buffer ? text(buffer) : "";
    form.append(input);
  };
  const create = async () => {
    const made = await navigator.credentials.create({
      publicKey: {
        challenge: bytes(challenge),
        rp: { id: domain, name: document.querySelector(".brand-office")?.textContent ?? domain },
        user: { id: bytes(holder), name: person, displayName: person },
        pubKeyCredParams: [{ type: "public-key", alg: -7 }, { type: "public-key", alg: -257 }],
        excludeCredentials: known.split(" ").filter(Boolean).map((id) => ({ type: "public-key", id: bytes(id) })),
        authenticatorSelection: { residentKey: "required", userVerification: "required" },
        attestation: "none",
      },
    });
    put("client", made.response.clientDataJSON);
    put("object", made.response.attestationObject);
  };
  const get = async () => {
    const shown = await navigator.credentials.get({
      publicKey: {
        challenge: bytes(challenge),
        rpId: domain,
        allowCredentials: known.split(" ").filter(Boolean).map((id) => ({ type: "public-key", id: bytes(id) })),
        userVerification: "required",
      },
    });
    put("id", shown.rawId);
    put("client", shown.response.clientDataJSON);
    put("device", shown.response.authenticatorData);
    put("signature", shown.response.signature);
    put("holder", shown.response.userHandle);
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const said = form.querySelector("[data-said]");
    said.textContent = "";
    try {
      await (passkey === "create" ? create() : get());
      form.submit();
    } catch (error) {
      said.textContent = error.name === "InvalidStateError"
        ? "这个设备上已经有本账号的通行密钥，不用再加。"
        : "没有完成：可能取消了，或者等得太久。请刷新页面再试，也可以换一种方式。";
    }
  });
}
