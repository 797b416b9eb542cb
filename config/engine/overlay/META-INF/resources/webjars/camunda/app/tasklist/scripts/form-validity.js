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
    scope.$apply(() => { scope.$invalid = false; });
  }
};

// At once, before the browser's next event: whoever types and presses the button finds it enabled. form-js has drawn its
// new state by now, since it was told of the change before Tasklist was.
new MutationObserver(release)
  .observe(document.documentElement, { subtree: true, childList: true, attributes: true, attributeFilter: ['disabled'] });
