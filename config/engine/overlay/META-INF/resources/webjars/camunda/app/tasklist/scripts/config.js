// Tasklist is Chinese for everybody, whatever language the browser asks for: the forms and the notices are, too.
export default {
  app: { vendor: '销售流程', name: '任务列表' },
  locales: {
    availableLocales: ['zh-CN'],
    fallbackLocale: 'zh-CN'
  },
  // The form library speaks English only, loses what is typed fast and takes lists for wrong; the engine speaks English.
  customScripts: ['scripts/form-language', 'scripts/form-values', 'scripts/form-validity', 'scripts/notices'],
  // A comment on a task belongs to its case.
  assignProcessInstanceIdToTaskComment: true,
  disableWelcomeMessage: true,
  shortcuts: {
    claimTask: { key: 'ctrl+alt+c', description: '领取当前任务' },
    focusFilter: { key: 'ctrl+shift+f', description: '转到第一个筛选器' },
    focusList: { key: 'ctrl+alt+l', description: '转到列表中的第一个任务' },
    focusForm: { key: 'ctrl+alt+f', description: '转到任务表单的第一个字段' },
    startProcess: { key: 'ctrl+alt+p', description: '打开发起流程的窗口' }
  }
};
