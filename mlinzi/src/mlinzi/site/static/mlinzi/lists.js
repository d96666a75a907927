// Lists that change in place: the filters and the pager of a list swap #list only. Without scripts they load the page.
// Pages are never kept in the browser's storage (historyCacheSize 0 in the page's head): what is opened here is sealed elsewhere.
document.addEventListener("htmx:beforeSwap", (event) => {
  // The session may have ended meanwhile: what comes back then is no list, so the whole page is asked for.
  if (event.detail.target.id === "list" && !event.detail.serverResponse.includes('id="list"')) {
    event.detail.shouldSwap = false;
    location.assign(event.detail.pathInfo.finalRequestPath);
  }
});
document.addEventListener("htmx:afterSettle", (event) => {
  // A link that was clicked inside the list is gone with it; whoever uses the keyboard goes on at the list's beginning.
  const list = document.getElementById("list");
  if (list && document.activeElement === document.body) list.focus();
});
