/* The ceremony of a passkey: ask the device, put its answer into the form, send it. */
(function () {
  'use strict'
  const form = document.querySelector('form[data-passkey]')
  const options = document.getElementById('passkey-options')
  if (!form || !options || !window.webauthnJSON || !window.PublicKeyCredential) return
  const button = form.querySelector('[data-start]')
  const failed = form.querySelector('[data-failed]')
  const data = JSON.parse(options.textContent)

  async function ask () {
    if (form.dataset.passkey === 'create') return window.webauthnJSON.create(data.creation_options)
    return window.webauthnJSON.get(data.request_options)
  }

  button.hidden = false
  button.addEventListener('click', async function () {
    button.disabled = true
    failed.hidden = true
    try {
      form.elements.credential.value = JSON.stringify(await ask())
      form.submit()
    } catch (error) {
      // Whether somebody said no, or the device is not known, browsers tell on purpose only vaguely.
      failed.hidden = false
      button.disabled = false
    }
  })
})()
