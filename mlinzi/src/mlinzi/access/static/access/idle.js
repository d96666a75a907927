/* Warns before a session ends. At the end it hands in what was typed and clears the screen of what was read.

   All tabs share one clock: what is done in one keeps the others open as well. Without scripts the session ends
   all the same, on the server. */
(function () {
  'use strict'
  const bar = document.getElementById('idle')
  if (!bar) return
  const warnAfter = Number(bar.dataset.warn) * 1000
  const endAfter = Number(bar.dataset.end) * 1000
  const left = bar.querySelector('[data-left]')
  const CLOCK = 'mlinzi-last-seen'
  let typedIn = null
  let leaving = false
  let ownClock = Date.now()

  function seen (moment) {
    ownClock = Math.max(ownClock, moment)
    try { window.localStorage.setItem(CLOCK, String(ownClock)) } catch (error) { /* then each tab has its own clock */ }
  }

  function lastSeen () {
    let shared = 0
    try { shared = Number(window.localStorage.getItem(CLOCK)) || 0 } catch (error) { /* see above */ }
    // A clock that was set back must not keep a session open for ever.
    return Math.min(Math.max(ownClock, shared), Date.now())
  }

  async function stay () {
    const answer = await fetch(bar.action, { method: 'POST', body: new FormData(bar), redirect: 'manual' })
    if (answer.status === 204) seen(Date.now())
    else leave()
    look()
  }

  async function leave () {
    if (leaving) return
    leaving = true
    const body = typedIn ? new FormData(typedIn) : new FormData(bar)
    for (const [name, value] of Array.from(body.entries())) {
      if (value instanceof File) body.delete(name)
    }
    if (typedIn) body.set('posted_to', new URL(typedIn.action, location.href).pathname)
    document.querySelector('main').hidden = true
    try {
      await fetch(bar.dataset.keep, { method: 'POST', body: body, redirect: 'manual' })
    } catch (error) {
      // No network: nothing is kept yet, so stay here, covered, and try again with the next look.
      leaving = false
      return
    }
    const query = new URLSearchParams({ next: location.pathname + location.search, ended: typedIn ? 'kept' : 'idle' })
    location.assign(bar.dataset.signIn + '?' + query)
  }

  function look () {
    const idle = Date.now() - lastSeen()
    if (idle >= endAfter) { leave(); return }
    const warn = idle >= warnAfter
    if (warn) left.textContent = String(Math.ceil((endAfter - idle) / 1000))
    if (bar.hidden === warn) bar.hidden = !warn
  }

  document.addEventListener('input', function (event) {
    const form = event.target.form
    if (form && form !== bar && form.method === 'post') typedIn = form
  })
  bar.addEventListener('submit', function (event) {
    event.preventDefault()
    stay()
  })
  seen(Date.now())
  window.setInterval(look, 1000)
  document.addEventListener('visibilitychange', look)
})()
