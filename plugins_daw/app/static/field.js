// A field to type into: what is half typed stays, whatever the host says meanwhile.

import { html, useLayoutEffect, useRef } from "./vendor/htm-preact.js";

// `start`: text that the field opens with, as if it had been typed. `focus`: it takes the keyboard as soon as it is there.
export function Field({ value, commit, cancel = () => {}, start = null, focus = false, ...rest }) {
  const input = useRef(null);
  const typed = useRef(start); // null: nothing yet. No state: a field that is taken away loses the focus, and must not commit twice.

  // Before the next key can come: an effect after painting would lose what is typed at once.
  useLayoutEffect(() => {
    if (!focus) return;
    input.current.focus();
    if (start === null) input.current.select();
  }, []);

  const done = () => {
    const text = typed.current;
    typed.current = null;
    if (text === null) cancel();
    else commit(text);
  };
  const key = (event) => {
    event.stopPropagation();
    if (event.key === "Escape") {
      typed.current = null;
      event.target.value = value;
    }
    if (event.key === "Enter" || event.key === "Escape") done();
  };
  return html`<input ...${rest} ref=${input} value=${typed.current ?? value} onInput=${(event) => (typed.current = event.target.value)}
    onKeyDown=${key} onBlur=${done} />`;
}
