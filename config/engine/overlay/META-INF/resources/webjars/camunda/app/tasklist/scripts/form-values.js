// What is typed counts at once, so that the form submits what people see in it. form-js 1.8.7 holds text back for 0.3 s
// and draws every field from the values that it has: whatever changed in between, such as a number typed just before,
// put the old value back under the typist's hands, and Enter submitted without the new one. `debounce` is its own option
// for that, which Tasklist does not set. A date counts by effects, which its Preact leaves until a frame was painted: a
// press on the button was faster than the frame.

// The libraries' numbers in the bundle of Tasklist 7.24.0.
const FORM_JS = 57661;
const PREACT = 56345;

window.webpackChunkcamunda_bpm_webapp.push([['form-values'], {}, bundle => {
  const form = bundle(FORM_JS).Form.prototype;
  const create = form._createInjector;
  form._createInjector = function (options, container) {
    return create.call(this, { ...options, debounce: false }, container);
  };
  bundle(PREACT).options.requestAnimationFrame = queueMicrotask;
}]);
