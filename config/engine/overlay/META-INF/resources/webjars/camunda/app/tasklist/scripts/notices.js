// What the engine refuses reaches people in its own English words. Here they read what happened and what to do next;
// Tasklist keeps the form as they filled it.

const SENTENCES = [
  [/ENGINE-03005/, '同一案件的另一步恰好同时提交，这一次没有记入。填写的内容都还在，请再点一次。'],
  [/is already claimed by someone else/, '同事已经领取了这个任务。请刷新页面。'],
  [/does not have .*permission/s,
    '您现在没有办理它的权限：任务可能已经转给别人。请刷新页面；仍须由您办理的，请找系统管理员。'],
  [/^(Request has been terminated|Bad Gateway|Service Unavailable|Gateway Time-?out)/,
    '没有收到系统的答复：网络断了，或系统正在重新启动。填写的内容都还在，请稍候再试；先看任务列表，也许已经办成。'],
  [/^$/, '有的项目还没有填好，请看表单里的红字。'] // form-js found it
];
const CHINESE = /[\u4e00-\u9fff]/;

const explain = message => {
  const known = SENTENCES.find(([pattern]) => pattern.test(message));
  if (known) return known[1];
  if (CHINESE.test(message)) return message;
  return `系统没有办成。填写的内容都还在，请稍候再试；仍然不成的，请把下面的话告诉系统管理员：\n${message}`;
};

window.angular.module('cam.commons.util').decorator('Notifications', ['$delegate', notifications => {
  const show = notifications.addError;
  notifications.addError = notice => {
    notice.message = explain(notice.message || '');
    show.call(notifications, notice);
  };
  return notifications;
}]);
