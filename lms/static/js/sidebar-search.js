// The search of the sidebar sends what is typed in the address. Where it looks for people
// a name, a phone or a document number is typed: that is posted instead.

const FORM = "find-person-anywhere";

function postInstead(event) {
  const posted = document.getElementById(FORM);
  const typed = event.target;
  if (typed.getAttribute("action") !== posted.getAttribute("action")) return;
  const words = typed.elements.q;
  if (!words || !words.value.trim()) return;
  event.preventDefault();
  event.stopPropagation();
  posted.elements.words.value = words.value;
  posted.elements.csrfmiddlewaretoken.value = window.wagtailConfig.CSRF_TOKEN;
  posted.submit();
}

// Before the sidebar's own handler, which listens below the document.
document.addEventListener("submit", postInstead, true);
