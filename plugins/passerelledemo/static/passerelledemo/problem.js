/* What the problem block's script expects of the page around it, and the platform gives: no more than that. */
(function ($) {
  "use strict";

  const live = $('<div class="sr" aria-live="polite">').appendTo("body");
  const token = () => (document.cookie.match(/(?:^|; )csrftoken=([^;]*)/) || [])[1];

  $.ajaxSetup({ beforeSend(xhr) { xhr.setRequestHeader("X-CSRFToken", token()); } });
  $.postWithPrefix = $.post;
  $.getWithPrefix = $.get;
  $.ajaxWithPrefix = $.ajax;

  window.MathJax = { Hub: { Queue() {}, Startup: { signal: { Interest() {} } } } };
  window.Logger = { log() {} };
  window.SR = {
    readText(text) { live.text(text); },
    readTexts(texts) { live.text(texts.join(" ")); },
  };
  window.edx = {
    StringUtils: { interpolate: (text, values) => text.replace(/{(\w+)}/g, (whole, key) => String(values[key])) },
  };
}(window.jQuery));
