// form-js 1.8.7 keeps an empty entry among its errors for every field of a list (dynamiclist) that was edited, and
// Tasklist takes any entry for an error: its button would stay disabled although nothing is wrong. Where the form shows
// no error, the button is given back; form-js checks the whole form again when it is pressed.

const BUTTON = '.form-actions button[ng-click="complete()"][disabled]';
const ERROR = '.fjs-has-errors, .fjs-form-field-error';

const owner = button => {
  let scope = window.angular.element(button).scope();
  while (scope && !Object.prototype.hasOwnProperty.call(scope, '$invalid')) scope = scope.$parent;
  return scope;
};

const release = () => {
  for (const button of document.querySelectorAll(BUTTON)) {
    const form = button.closest('form, [tasklist-form], .task-form, body').querySelector('.fjs-container');
    if (!form || !form.querySelector('.fjs-form-field-dynamiclist') || form.querySelector(ERROR)) continue;
    const scope = owner(button);
    if (!scope || !scope.$invalid) continue;
    scope.$invalid = false;
    scope.$applyAsync();
  }
};

let waiting = false;
new MutationObserver(() => {
  if (waiting) return;
  waiting = true;
  // Both libraries have drawn their new state by the next task.
  setTimeout(() => {
    waiting = false;
    release();
  });
}).observe(document.documentElement, { subtree: true, childList: true, attributes: true, attributeFilter: ['disabled'] });

// A value counts 0.3 s after it was typed, or when its field is left by pressing the button itself: then the button goes
// out and comes back between press and release, and the browser makes no click of the two. That click is made up for.
const SUBMIT = '.form-actions button[ng-click="complete()"]';
const PRESS_MS = 200;
let press = null;

const makeUp = made => {
  if (press !== made) return; // the browser's own click came, or the next press
  const { button } = made;
  if (!button.isConnected || performance.now() - made.at > 10 * PRESS_MS) press = null;
  else if (!made.swallowed || button.disabled) setTimeout(() => makeUp(made), PRESS_MS / 4);
  else {
    press = null;
    button.click();
  }
};

document.addEventListener('pointerdown', event => {
  const button = event.target.closest(SUBMIT);
  press = button && !button.disabled ? { button, at: performance.now(), swallowed: false } : null;
  if (!press) return;
  const made = press;
  new MutationObserver((_, observer) => {
    if (press !== made) observer.disconnect();
    else if (button.disabled) made.swallowed = true;
  }).observe(button, { attributes: true, attributeFilter: ['disabled'] });
  setTimeout(() => makeUp(made), PRESS_MS);
}, true);

document.addEventListener('click', event => {
  if (event.target.closest(SUBMIT)) press = null;
}, true);
