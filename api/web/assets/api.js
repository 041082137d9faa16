/* Shows the description of the interface with Redoc; nothing of it comes from elsewhere. */
const place = document.getElementById("beschrijving");
Redoc.init(
  place.dataset.adres,
  {
    disableSearch: true, // It would start a worker that the page does not allow.
    hideDownloadButtons: true,
    hideLoading: true,
    nativeScrollbars: true,
    scrollYOffset: 0,
    theme: { typography: { fontFamily: "system-ui, sans-serif", headings: { fontFamily: "system-ui, sans-serif" } } },
  },
  place,
);
