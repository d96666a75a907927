// Only what helps where scripts run: a quicker exit, and a little work that tells people from machines.
// Nothing here is needed, and nothing is stored.
(() => {
  const exit = document.getElementById("exit");
  const leave = () => {
    document.documentElement.style.display = "none";
    navigator.sendBeacon(exit.action);
    location.replace(exit.dataset.to);
  };
  if (exit) {
    exit.addEventListener("submit", (event) => { event.preventDefault(); leave(); });
    let shifts = [];
    addEventListener("keyup", (event) => {
      if (event.key !== "Shift") { shifts = []; return; }
      shifts = [...shifts.filter((at) => event.timeStamp - at < 5000), event.timeStamp];
      if (shifts.length > 2) leave();
    });
    // Back out of the neutral page must not show what was read here.
    addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  }

  const work = document.querySelector("input[name=work][data-puzzle]");
  if (work && window.crypto && crypto.subtle) {
    const text = new TextEncoder();
    const search = async () => {
      for (let at = 0; at < 2000000; at += 1) {
        const digest = await crypto.subtle.digest("SHA-256", text.encode(`${work.dataset.puzzle}|${at}`));
        if (new DataView(digest).getUint32(0) >>> (32 - work.dataset.bits) === 0) { work.value = at; return; }
        if (at % 200 === 199) await new Promise((done) => setTimeout(done, 4));
      }
    };
    search();
  }
})();
